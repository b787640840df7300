"""One Windows program to facts: who it says it is, who signed it, what it names of the system, what stands in it."""

from __future__ import annotations

import base64
import hashlib
import re

from luciole.apps.apk.end_record import Buffer
from luciole.apps.apk.plain_name import plain_name
from luciole.apps.apk.signing.certificates import Certificate
from luciole.apps.apk.signing.facts import certificate_fact
from luciole.apps.pe.authenticode import Signed, verify_program
from luciole.apps.pe.imports import read_imports
from luciole.apps.pe.layout import CERTIFICATES, CONSOLE, DLL, DOTNET, NATIVE, Layout, read_layout
from luciole.apps.pe.makers import is_installer, makers, packers
from luciole.apps.pe.resources import ICON, MANIFEST, MOST_VERSION, VERSION, Resource, resources, version_texts
from luciole.apps.programs.gathered import Gathered, add_name, add_texts
from luciole.apps.programs.watched import WINDOWS
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Place, Value
from luciole.kernel.outcome import Reason

_LANGUAGES = {
    "0409": "en-US", "0809": "en-GB", "0407": "de", "040c": "fr", "0410": "it", "0c0a": "es", "040a": "es",
    "0416": "pt-BR", "0816": "pt-PT", "0401": "ar", "0419": "ru", "0415": "pl", "0804": "zh-CN", "0411": "ja",
    "0413": "nl", "041f": "tr",
}  # fmt: skip
_PROPERTIES = {
    "CompanyName": "company", "FileDescription": "description", "LegalCopyright": "copyright",
    "OriginalFilename": "original-name", "InternalName": "internal-name", "Comments": "comments",
    "LegalTrademarks": "trademarks", "ProductName": "product",
}  # fmt: skip
_MOST_MANIFEST = 64 << 10
_MOST_ICON = 32 << 10
_PNG = b"\x89PNG\r\n\x1a\n"
_ADMINISTRATOR = re.compile(rb"level=[\"'](requireAdministrator|highestAvailable)[\"']")
_UI_ACCESS = re.compile(rb"uiAccess=[\"']true[\"']")
_WIDE = frozenset("AW")
_OVERLAY_LEAST = 16


def read_program(data: Buffer, gathered: Gathered, member: str = "", kind: str = "main") -> str:
    """Adds everything about one Windows program; member: its path inside what was handed in.

    Returns the kind of file: pe, nsis or inno. Raises ParseError when its headers cannot be read.
    """
    layout = read_layout(data)
    for loss in layout.losses:
        gathered.lost("code", Reason.DAMAGED, f"{member or gathered.file}: {loss}")
    _program(data, layout, gathered, member, kind)
    _own_words(data, layout, gathered, member)
    _signature(data, layout, gathered, member)
    _functions(data, layout, gathered, member)
    add_texts(gathered, data, member, WINDOWS)
    gathered.examined("code")
    return _made_with(data, layout, gathered, member)


def _program(data: Buffer, layout: Layout, gathered: Gathered, member: str, kind: str) -> None:
    if kind == "main" and layout.subsystem == NATIVE:
        kind = "driver"
    elif kind == "main" and layout.flags & DLL:
        kind = "library"
    held: dict[str, Value] = {"format": "pe", "architecture": layout.machine, "kind": kind, "size": len(data)}
    if member:
        held["sha256"] = hashlib.sha256(data).hexdigest()
    gathered.add("program.file", member or gathered.file, held, member=member, offset=0)
    traits = {CONSOLE: "console", NATIVE: "driver"}
    if layout.subsystem in traits and not layout.flags & DLL:
        gathered.add("program.trait", traits[layout.subsystem], section="headers")
    if layout.directory(DOTNET)[0]:
        gathered.add("program.trait", "dotnet", section="headers")
        gathered.add("program.made_with", "dotnet", section="headers")


def _own_words(data: Buffer, layout: Layout, gathered: Gathered, member: str) -> None:
    """The description of the version, what the manifest asks for, and the icon."""
    gathered.examined("manifest")
    gathered.examined("resources")
    icons: list[Resource] = []
    try:
        for one in resources(data, layout):
            if one.kind == VERSION and one.size <= MOST_VERSION:
                _version(bytes(data[one.offset : one.offset + one.size]), one.offset, gathered, member)
            elif one.kind == MANIFEST:
                content = bytes(data[one.offset : one.offset + min(one.size, _MOST_MANIFEST)])
                _manifest(content, one.offset, gathered, member)
            elif one.kind == ICON:
                icons.append(one)
    except ParseError as error:
        gathered.lost_to("manifest", error, member)
        gathered.lost_to("resources", error, member)
    if icons and not member:
        _icon(data, max(icons, key=lambda one: (data[one.offset : one.offset + 8] == _PNG, one.size)), gathered)


def _icon(data: Buffer, icon: Resource, gathered: Gathered) -> None:
    """The largest picture of the icon; only one in PNG is kept, the others need a frame of their own to be shown."""
    content = bytes(data[icon.offset : icon.offset + icon.size])
    is_png = content.startswith(_PNG)
    shown = base64.b64encode(content).decode() if is_png and len(content) <= _MOST_ICON else ""
    held: dict[str, Value] = {
        "path": "icon", "size": len(content), "data": shown, "kind": "png" if is_png else "other",
    }  # fmt: skip
    gathered.add("app.icon", hashlib.sha256(content).hexdigest(), held, offset=icon.offset, section="resources")


def _version(block: bytes, offset: int, gathered: Gathered, member: str) -> None:
    for one in version_texts(block, offset):
        key = _PROPERTIES.get(one.key)
        if key:
            gathered.add(
                "program.property", one.text, {"key": key}, member=member, offset=one.offset, section="version"
            )
        if member:
            continue
        if one.key == "ProductName":
            gathered.add("app.package", one.text, offset=one.offset, section="version")
        elif one.key == "FileDescription":
            locale = _LANGUAGES.get(one.language, "") if gathered.has("app.label") else ""
            held: dict[str, Value] = {"locale": locale, "of": "application", "plain": plain_name(one.text)}
            gathered.add("app.label", one.text, held, offset=one.offset, section="version")
        elif one.key in {"ProductVersion", "FileVersion"} and not gathered.has("app.version_name"):
            gathered.add("app.version_name", one.text, offset=one.offset, section="version")


def _manifest(text: bytes, offset: int, gathered: Gathered, member: str) -> None:
    for pattern, trait in ((_ADMINISTRATOR, "asks-for-administrator"), (_UI_ACCESS, "ui-access")):
        found = pattern.search(text)
        if found:
            gathered.add("program.trait", trait, member=member, offset=offset + found.start(), section="manifest")


def _signature(data: Buffer, layout: Layout, gathered: Gathered, member: str) -> None:
    gathered.examined("signing")
    try:
        signed = verify_program(data, layout)
    except ParseError as error:
        gathered.lost_to("signing", error, member)
        signed = Signed("failed", error.message, offset=error.offset)
    else:
        if signed.state in {"failed", "unsupported"}:
            gathered.lost("signing", Reason.DAMAGED, f"{member or gathered.file}: {signed.error}", signed.offset)
    if signed.state == "absent" and gathered.is_signed_around():
        return
    held: dict[str, Value] = {"state": signed.state, "error": signed.error, "signers": len(signed.signers)}
    gathered.add("signature.scheme", "authenticode", held, member=member, offset=signed.offset, section="signatures")
    place = Place(gathered.file, member, signed.offset, None, "signatures")
    add_certificates(gathered, signed.signers, signed.others, place, "authenticode")


def add_certificates(
    gathered: Gathered, signers: tuple[Certificate, ...], others: tuple[Certificate, ...], place: Place, scheme: str
) -> None:
    """Adds signers whose signature verifies, and the further certificates that stand beside them."""
    seen = {str(fact.value) for fact in gathered.facts if fact.name == "signature.certificate"}
    for one in signers:
        if one.sha256 not in seen:
            gathered.facts.append(certificate_fact(one, place, "signer", [scheme], verified=True))
        if one.issuer_name == one.subject_name:
            gathered.add(
                "signature.weak", one.sha256, {"why": "self-signed"}, member=place.member, section="signatures"
            )
    # the certificates above a signer are those of thousands of makers: only where nothing verifies are they named
    for one in others if not signers else ():
        if one.sha256 not in seen:
            gathered.facts.append(certificate_fact(one, place, "signer", [scheme], verified=False))


def _functions(data: Buffer, layout: Layout, gathered: Gathered, member: str) -> None:
    try:
        found = read_imports(data, layout)
    except ParseError as error:
        gathered.lost_to("code", error, member)
        return
    for library in found.libraries:
        gathered.add("program.library", library, member=member, section="imports")
    for library, function in found.functions:
        watched = WINDOWS.get(function) or (WINDOWS.get(function[:-1]) if function[-1:] in _WIDE else None)
        if watched is not None:
            add_name(gathered, watched, "import", member)
        elif library in {"ws2_32", "wsock32"} and function in {"#4", "#19"}:
            # the oldest network functions are often listed by their number
            add_name(gathered, WINDOWS["connect" if function == "#4" else "send"], "import", member)
    if found.odd:
        detail = f"{member or gathered.file}: {found.odd} names in the list of functions are no names"
        gathered.lost("code", Reason.DAMAGED, detail)


def _made_with(data: Buffer, layout: Layout, gathered: Gathered, member: str) -> str:
    gathered.examined("native")
    for name, offset in packers(layout):
        gathered.add("code.packer", name, member=member, offset=offset, section="sections")
        gathered.lost(
            "code", Reason.UNKNOWN_FORMAT, f"{member or gathered.file}: packed with {name}; its inside was not seen"
        )
    behind = _behind(data, layout)
    names = set()
    for maker in makers(data, layout, behind):
        names.add(maker.name)
        place = maker.offset if maker.offset >= 0 else None
        gathered.add("program.made_with", maker.name, member=member, offset=place)
        if maker.name == "nsis":
            _open_nsis(data, maker.offset - 4, gathered, member)
        elif maker.carries:
            detail = f"{member or gathered.file}: made with {maker.name}; the files inside were not opened"
            gathered.lost("code", Reason.UNKNOWN_FORMAT, detail)
            gathered.lost("native", Reason.UNKNOWN_FORMAT, detail)
    if behind[1] >= _OVERLAY_LEAST:
        held: dict[str, Value] = {"kind": "behind-the-program", "size": behind[1]}
        gathered.add("carried.file", f"behind byte {behind[0]}", held, member=member, offset=behind[0])
    return is_installer(frozenset(names)) or "pe"


def _open_nsis(data: Buffer, start: int, gathered: Gathered, member: str) -> None:
    from luciole.apps.installers.read import read_nsis  # noqa: PLC0415 - only installers need it

    if start < 0:
        for area in ("code", "native"):
            gathered.lost(area, Reason.DAMAGED, f"{member or gathered.file}: an installer whose data was not found")
        return

    read_nsis(data, start, gathered, member)


def _behind(data: Buffer, layout: Layout) -> tuple[int, int]:
    """Offset and size of what stands behind the sections, without the signatures."""
    offset, size = layout.directory(CERTIFICATES)
    stop = offset if layout.end <= offset and offset + size <= len(data) else len(data)
    return layout.end, max(0, stop - layout.end)
