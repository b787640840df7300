"""One app of an Apple system, as an IPA, a zipped .app or a folder, to facts: its list, profile and programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from luciole.apps import plist
from luciole.apps.apk.plain_name import plain_name
from luciole.apps.ipa.members import DESKTOP_LIST, MOBILE_LIST, Members, Root
from luciole.apps.ipa.profile import read_profile
from luciole.apps.macho.layout import is_macho
from luciole.apps.macho.read import add_rights, read_macho
from luciole.apps.programs.gathered import Gathered
from luciole.apps.programs.plain_texts import LARGEST_TEXT, TEXT_ENDINGS, add_text_file, add_texts_of
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Value
from luciole.kernel.limits import MIB
from luciole.kernel.outcome import Reason

LARGEST_LIST = 4 * MIB
LARGEST_PROGRAM = 64 * MIB
PROGRAMS_TOTAL = 256 * MIB
MOST_PROGRAMS = 64
MOST_LISTS = 256
MOST_TEXTS = 2_000
_SCHEMES = "CFBundleURLSchemes"
_PROGRAM_FOLDERS = ("/MacOS/", "/Helpers/", "/LaunchServices/")
_KINDS = {".appex": "extension", ".framework": "framework", ".xpc": "helper", ".app": "helper", ".bundle": "library"}


class _Part(NamedTuple):
    """The app itself, or a bundle inside it. path: ends in "/"; info: its Info.plist."""

    path: str
    list: str
    kind: str
    info: plist.Map


def read_bundle(members: Members, root: Root, gathered: Gathered) -> None:
    """Adds everything about the app at `root`. What cannot be read makes its area partly examined."""
    parts = list(_parts(members, root, gathered))
    gathered.examined("archive", len(members.sizes))
    gathered.examined("manifest", len(parts))
    gathered.examined("resources")
    gathered.examined("native")
    for part in parts:
        _describe(part, gathered, own=part.path == root.path)
    if not gathered.has("program.file"):
        _names_of_languages(members, root, gathered)
    for name in sorted(members.sizes):
        if name.startswith(root.path) and name.endswith(("embedded.mobileprovision", "embedded.provisionprofile")):
            _profile(members, name, gathered)
    _programs(members, root, parts, gathered)
    _texts(members, root, parts, gathered)


def _parts(members: Members, root: Root, gathered: Gathered) -> Iterator[_Part]:
    lists = [name for name in members.sizes if name.startswith(root.path) and name.endswith("/Info.plist")]
    if root.list not in lists:
        gathered.lost("manifest", Reason.MISSING, f"{root.list}: the list of the app is not there")
    if len(lists) > MOST_LISTS:
        gathered.lost("manifest", Reason.LIMIT, f"{len(lists)} lists; {MOST_LISTS} were read")
    for name in sorted(lists, key=lambda one: (one != root.list, one))[:MOST_LISTS]:
        path = name.removesuffix(DESKTOP_LIST) if name.endswith("/" + DESKTOP_LIST) else name.removesuffix(MOBILE_LIST)
        path = re.sub(r"(\.framework/)(?:Versions/[^/]+/)?Resources/\Z", r"\1", path)
        suffix = "." + path.rstrip("/").rpartition(".")[2]
        kind = "main" if name == root.list else _KINDS.get(suffix, "")
        if not kind:
            continue
        try:
            yield _Part(path, name, kind, plist.load_map(bytes(members.read(name, LARGEST_LIST)), name))
        except ParseError as error:
            gathered.lost_to("manifest", error, name)


def _describe(part: _Part, gathered: Gathered, *, own: bool) -> None:
    info, member = part.info, part.list
    add_texts_of(gathered, plist.texts(info), member)
    named = plist.text(info, "CFBundleIdentifier")
    inner = "" if own else named or part.path
    if named and not own:
        gathered.add("program.bundle", named, {"kind": part.kind}, member=member, section="CFBundleIdentifier")
    if own:
        _identity(info, member, gathered)
    for key, value in info.items():
        if key.endswith("UsageDescription") and isinstance(value, str):
            gathered.add("program.usage", key, {"text": value, "part": inner}, member=member, section=key)
    for mode in plist.words(info, "UIBackgroundModes"):
        gathered.add("program.background", mode, {"part": inner}, member=member, section="UIBackgroundModes")
    for scheme in (each for one in plist.maps(info, "CFBundleURLTypes") for each in plist.words(one, _SCHEMES)):
        gathered.add("program.url_scheme", scheme, member=member, section="CFBundleURLTypes")
    point = plist.text(info, "NSExtension", "NSExtensionPointIdentifier") or plist.text(
        info, "EXAppExtensionAttributes", "EXExtensionPointIdentifier"
    )
    if point:
        gathered.add("program.extension", point, {"part": inner}, member=member, section="NSExtension")
    for key, trait in (("LSUIElement", "no-dock-icon"), ("LSBackgroundOnly", "background-only")):
        if plist.flag(info, key):
            gathered.add("program.trait", trait, {"part": inner}, member=member, section=key)


def _identity(info: plist.Map, member: str, gathered: Gathered) -> None:
    package = plist.text(info, "CFBundleIdentifier")
    if package:
        gathered.add("app.package", package, member=member, section="CFBundleIdentifier")
    else:
        gathered.lost("manifest", Reason.DAMAGED, f"{member}: the list names no app")
    for key in ("CFBundleDisplayName", "CFBundleName"):
        _label(plist.text(info, key), "", member, gathered)
    version = plist.text(info, "CFBundleShortVersionString") or plist.text(info, "CFBundleVersion")
    if version:
        gathered.add("app.version_name", version, member=member, section="CFBundleShortVersionString")
    for key, name in (("NSHumanReadableCopyright", "copyright"), ("MinimumOSVersion", "minimum-system"),
                      ("LSMinimumSystemVersion", "minimum-system"), ("DTPlatformName", "made-for")):  # fmt: skip
        if text := plist.text(info, key):
            gathered.add("program.property", text, {"key": name}, member=member, section=key)


def _label(text: str, locale: str, member: str, gathered: Gathered) -> None:
    if text:
        held: dict[str, Value] = {"locale": locale, "of": "application", "plain": plain_name(text)}
        gathered.add("app.label", text[: gathered.limits.label_text], held, member=member)


def _names_of_languages(members: Members, root: Root, gathered: Gathered) -> None:
    """The names that InfoPlist.strings gives the app in further languages, where it is a property list."""
    for name in sorted(members.sizes):
        if (
            not (name.startswith(root.path) and name.endswith(".lproj/InfoPlist.strings"))
            or name.count("/") > root.path.count("/") + 3
        ):
            continue
        locale = name.rpartition(".lproj")[0].rpartition("/")[2].replace("_", "-")
        try:
            data = bytes(members.read(name, LARGEST_LIST))
        except ParseError as error:
            gathered.lost_to("resources", error, name)
            continue
        try:
            info = plist.load_map(data, name)
        except ParseError:
            # most are lists of texts in a form of their own; the name in the app's own list was read
            continue
        for key in ("CFBundleDisplayName", "CFBundleName"):
            _label(plist.text(info, key), locale, name, gathered)


def _profile(members: Members, name: str, gathered: Gathered) -> None:
    try:
        found = read_profile(bytes(members.read(name, LARGEST_LIST)), name)
    except ParseError as error:
        gathered.examined("signing")
        gathered.lost_to("signing", error, name)
        return
    held: dict[str, Value] = {
        "kind": found.kind, "devices": found.devices, "team": found.team, "team_name": found.team_name,
        "created": found.created, "expires": found.expires,
    }  # fmt: skip
    gathered.add("program.profile", found.name or found.team_name or "profile", held, member=name)
    if found.team:
        gathered.add("program.team", found.team, {"name": found.team_name}, member=name)
    if found.signer is None:
        gathered.lost("signing", Reason.DAMAGED, f"{name}: the signature of the profile does not verify")
    add_rights(gathered, found.rights, name, "profile")


def _texts(members: Members, root: Root, parts: list[_Part], gathered: Gathered) -> None:
    """The addresses in the settings and scripts of the app."""
    read = {part.list for part in parts}
    names = [name for name in sorted(members.sizes) if name.startswith(root.path) and name.endswith(TEXT_ENDINGS)]
    if len(names) > MOST_TEXTS:
        gathered.lost("code", Reason.LIMIT, f"{len(names)} files of texts; {MOST_TEXTS} were searched")
    for name in names[:MOST_TEXTS]:
        if name in read or not members.sizes[name]:
            continue
        try:
            add_text_file(gathered, bytes(members.read(name, LARGEST_TEXT)), name)
        except ParseError as error:
            gathered.lost_to("resources", error, name)


def _programs(members: Members, root: Root, parts: list[_Part], gathered: Gathered) -> None:
    """Every program of the app, its own first."""
    gathered.examined("code", 0)
    gathered.examined("signing", 0)
    room, count = PROGRAMS_TOTAL, 0
    for name, kind in _executables(members, root, parts, gathered):
        size = members.sizes[name]
        count += 1
        if count > MOST_PROGRAMS or size > min(LARGEST_PROGRAM, room):
            gathered.lost("code", Reason.LIMIT, f"{name}: {size} bytes, not read")
            continue
        room -= size
        _one_program(members, name, kind, gathered)


def _one_program(members: Members, name: str, kind: str, gathered: Gathered) -> None:
    try:
        data = members.read(name, LARGEST_PROGRAM)
        read_macho(data, gathered, name, kind)
    except ParseError as error:
        gathered.lost_to("code", error, name)
        gathered.lost_to("signing", error, name)


def _executables(members: Members, root: Root, parts: list[_Part], gathered: Gathered) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for part in parts:
        found = _executable(members, part)
        if found and found not in seen:
            seen.add(found)
            yield found, part.kind
        elif part.kind in {"main", "extension"} and not found:
            gathered.lost("code", Reason.MISSING, f"{part.path}: its program is not there")
    for name in sorted(members.sizes):
        if name in seen or not name.startswith(root.path):
            continue
        if name.endswith(".dylib") or any(one in name for one in _PROGRAM_FOLDERS) or _is_of_framework(name):
            start = _start(members, name)
            if is_macho(start):
                yield name, "library" if name.endswith(".dylib") else "helper"


def _is_of_framework(name: str) -> bool:
    """Whether a file lies in a framework and bears its name: its program, also where the framework has no list."""
    folder, _, last = name.rpartition("/")
    return f"/{last}.framework" in folder


def _executable(members: Members, part: _Part) -> str:
    name = plist.text(part.info, "CFBundleExecutable") or part.path.rstrip("/").rpartition("/")[2].rpartition(".")[0]
    places = (f"{part.path}{name}", f"{part.path}Contents/MacOS/{name}", f"{part.path}Versions/A/{name}")
    return next((place for place in places if place in members.sizes), "")


def _start(members: Members, name: str) -> bytes:
    try:
        return bytes(members.read(name, LARGEST_PROGRAM)[:8])
    except ParseError:
        return b"\xcf\xfa\xed\xfe\0\0\0\0"
