"""Reads packages.json of an acquisition: apps with installer, file digests and signer certificates."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from luciole.devices.parsers.json_list import entries, with_lines
from luciole.devices.parsers.rows import Account, Row, is_package
from luciole.kernel.facts import Value

AREAS = ("device.packages",)
_LENGTHS = {"sha256": 64, "sha1": 40, "md5": 32}


class Certificate(msgspec.Struct, gc=False):
    """The signer certificate of one file; zero values unless the file was pulled."""

    Md5: str = ""
    Sha1: str = ""
    Sha256: str = ""
    ValidFrom: str = ""
    ValidTo: str = ""
    Issuer: str = ""
    Subject: str = ""
    SignatureAlgorithm: str = ""
    SerialNumber: int | str | None = None


class PackageFile(msgspec.Struct, gc=False):
    """One file of an app; digests are empty in the fast mode."""

    path: str = ""
    local_name: str = ""
    md5: str = ""
    sha1: str = ""
    sha256: str = ""
    verified_certificate: bool = False
    certificate: Certificate | None = None


class Package(msgspec.Struct, gc=False):
    """One app of the list."""

    name: str
    files: list[PackageFile] | None = None
    installer: str = ""
    uid: int = -1
    disabled: bool = False
    system: bool = False
    third_party: bool = False


_package = msgspec.json.Decoder(Package)


def read(data: bytes, account: Account) -> Iterator[tuple[int, Package]]:
    """Every app of the list with the line of its entry; an entry of another shape is lost alone.

    Raises ParseError where the text is no JSON list.
    """
    found = entries(data, "packages")
    account.anchor()
    for line, entry in with_lines(found, data):
        try:
            package = _package.decode(entry)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            account.lose(line)
            continue
        if is_package(package.name):
            yield line, package
        else:
            account.lose(line)


def parse(data: bytes, account: Account, user: int = 0) -> Iterator[Row]:
    """Rows about each app, all for one user: the list is taken of one user only. Raises ParseError."""
    for line, package in read(data, account):
        yield from _rows(line, package, user)


def _rows(line: int, package: Package, user: int) -> Iterator[Row]:
    name, files = package.name, package.files or []
    yield Row("app.state", "installed" if files else "removed-data-kept", line, name, user)
    if package.disabled:
        yield Row("app.state", "disabled", line, name, user)
    if package.system:
        yield Row("app.system", value=True, line=line, package=name)
    if package.uid >= 0:
        yield Row("app.uid", package.uid, line, name)
    yield Row("app.installer", "" if package.installer == "null" else package.installer, line, name)
    for file in files:
        yield from _file(line, name, file)
    if files and files[0].path:
        yield Row("app.code_path", files[0].path.rpartition("/")[0], line, name)


def _file(line: int, name: str, file: PackageFile) -> Iterator[Row]:
    for kind, length in _LENGTHS.items():
        digest = {"sha256": file.sha256, "sha1": file.sha1, "md5": file.md5}[kind].lower()
        if len(digest) == length:
            yield Row(f"file.{kind}", digest, line, name, attributes={"path": file.path})
    certificate = file.certificate
    if certificate is not None and (certificate.Sha256 or certificate.Sha1 or certificate.Md5):
        yield Row(
            "signature.certificate", certificate.Sha256.lower(), line, name, attributes=_certificate(file, certificate)
        )


def _certificate(file: PackageFile, certificate: Certificate) -> dict[str, Value]:
    texts = {
        "sha1": certificate.Sha1.lower(),
        "md5": certificate.Md5.lower(),
        "subject": certificate.Subject,
        "issuer": certificate.Issuer,
        "not_before": certificate.ValidFrom,
        "not_after": certificate.ValidTo,
        "algorithm": certificate.SignatureAlgorithm,
        "serial": "" if certificate.SerialNumber is None else str(certificate.SerialNumber),
    }
    found: dict[str, Value] = {key: value for key, value in texts.items() if value}
    return found | {"role": "signer", "verified": file.verified_certificate}
