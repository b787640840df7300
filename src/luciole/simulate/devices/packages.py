"""The list of packages of an acquisition (packages.json)."""

from __future__ import annotations

import msgspec

from luciole.simulate.apps.build import build_apk
from luciole.simulate.devices.description import App, Digests
from luciole.simulate.devices.phone import Phone, digests_of

_DIGESTS = ("md5", "sha1", "sha256", "sha512")
_WITHOUT_FILES = frozenset({"removed-data-kept", "removed-traces", "archived"})
_Value = str | int | bool | None
_Row = dict[str, _Value | dict[str, _Value]]


def packages_json(phone: Phone) -> bytes:
    """The packages of user 0 only, as the collector asks for no other; removed ones with their data kept too."""
    rows = [_package(phone, app) for app in phone.user_apps(phone.at("packages.json"), 0)]
    rows += [_package(phone, app) for app in _as_installer(phone)]
    rows += _planted(phone)
    return msgspec.json.format(msgspec.json.encode(rows), indent=4)


def apk_files(phone: Phone) -> list[tuple[str, App]]:
    """Names and apps of the files under apks/."""
    pulled = [app for app in phone.user_apps(phone.at("apks name"), 0) if app.apk or app.only_in]
    named = [(f"{app.package}.apk", app) for app in pulled if app.state not in _WITHOUT_FILES]
    return named + [(f"{app.package}_config.en.apk", app) for app in phone.at("apks split") if app.only_in]


def apk_bytes(app: App) -> bytes:
    """The app file of a described app; without a description a few bytes that are no app."""
    return build_apk(app.apk) if app.apk else b"not an app file\n"


def _as_installer(phone: Phone) -> list[App]:
    named = [app for app in phone.at("packages.json installer") if app.only_in]
    return [App(f"org.example.carried{index}", installer=app.package) for index, app in enumerate(named)]


def _planted(phone: Phone) -> list[dict[str, object]]:
    rows = []
    for kind in ("digest", "certificate"):
        for name in ("sha256", "sha1", "md5"):
            for index, value in enumerate(phone.planted(kind, f"packages.json {name}")):
                digests = msgspec.structs.replace(Digests(), **{name: value})
                app = App(f"org.example.{kind}.{name}{index}", version_code=1)
                changed = {"file": digests} if kind == "digest" else {"certificate": digests}
                rows.append(_package(phone, msgspec.structs.replace(app, **changed)))
    return rows


def _package(phone: Phone, app: App) -> dict[str, object]:
    removed = app.state in _WITHOUT_FILES
    return {
        "name": app.package,
        "files": None if removed else [_file(phone, app)],
        "installer": "null" if app.installer is None else app.installer,
        "uid": phone.app_id(app),
        "disabled": app.state == "disabled",
        "system": app.system,
        "third_party": not app.system,
    }


def _file(phone: Phone, app: App) -> _Row:
    pulled = app.apk is not None
    digests = digests_of(apk_bytes(app)) if pulled else phone.file_digests(app)
    row: _Row = {"path": phone.apk_path(app), "local_name": f"apks/{app.package}.apk" if pulled else ""}
    row |= {name: getattr(digests, name) for name in _DIGESTS}
    known = pulled or app.certificate != Digests()
    row |= {
        "error": "",
        "verified_certificate": known,
        "certificate": _certificate(phone, app) if known else _no_certificate(),
        "certificate_error": "",
        "trusted_certificate": False,
    }
    return row


def _certificate(phone: Phone, app: App) -> dict[str, _Value]:
    digests = phone.certificate_digests(app)
    return {
        "Md5": digests.md5,
        "Sha1": digests.sha1,
        "Sha256": digests.sha256,
        "ValidFrom": "2022-01-01T00:00:00Z",
        "ValidTo": "2050-01-01T00:00:00Z",
        "Issuer": app.certificate_subject,
        "Subject": app.certificate_subject,
        "SignatureAlgorithm": "SHA256-RSA",
        "SerialNumber": phone.number(app.package + "serial", 2**31),
    }


def _no_certificate() -> dict[str, _Value]:
    """What Go writes for a certificate that was never read."""
    empty = dict.fromkeys(("Md5", "Sha1", "Sha256"), "")
    zero = "0001-01-01T00:00:00Z"
    return {
        **empty, "ValidFrom": zero, "ValidTo": zero, "Issuer": "", "Subject": "", "SignatureAlgorithm": "",
        "SerialNumber": None,
    }  # fmt: skip
