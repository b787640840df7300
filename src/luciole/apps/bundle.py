"""Puts together an app that comes in several files: loose split sets and the containers XAPK, APKS and APKM."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.archive import DIRECTORY_DAMAGE, Archive, Entry, show
from luciole.apps.apk.end_record import Buffer
from luciole.apps.apk.manifest import read_manifest
from luciole.apps.apk.manifest_model import Manifest, Split
from luciole.apps.apk.signing.model import Signing
from luciole.apps.apk.signing.verify import verify
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.facts import Fact, Place, Value
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Coverage, Reason, State

SetKind = Literal["split-set", "apks", "xapk", "apkm"]
MANIFEST = b"AndroidManifest.xml"
MOST_PARTS = 512
MOST_DESCRIPTION = 1 << 20
MOST_LISTED = 64
BASE_ONLY = ("file.", "signature.", "app.")
"""Facts that the base alone states for the whole app; of the splits only labels and their own names count."""
FROM_SPLITS = {"app.label", "app.split"}
BASE = "base"
UNNAMED_SPLITS = "splits"


class Part(NamedTuple):
    """One file of an app. name: as handed in; sha256: of the file; signers: SHA-256 of those whom devices accept."""

    name: str
    data: Buffer
    archive: Archive
    sha256: str
    package: str
    version_code: int | None
    split: Split
    signing: Signing

    @property
    def signers(self) -> frozenset[str]:
        """The signers an Android 13 device would name, else those of any range of releases."""
        signers = self.signing.current or [one for range_ in self.signing.accepted for one in range_.signers]
        return frozenset(one.certificate.sha256 for one in signers)


class Apart(NamedTuple):
    """A file that does not belong to the app. why: plain words; part: None where it could not be read."""

    name: str
    why: str
    part: Part | None = None


class AppSet(NamedTuple):
    """An app in several files.

    identity: SHA-256 over the sorted SHA-256 of its parts; base: None when it was not handed in; missing: parts that
    must exist and were not there; apart: files of other apps, versions or signers, and unreadable ones; extra: names of
    members that are no app files; anomalies: of the container.
    """

    kind: SetKind
    identity: str
    base: Part | None
    splits: tuple[Part, ...]
    missing: tuple[str, ...]
    apart: tuple[Apart, ...]
    extra: tuple[str, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Base first, then the splits."""
        return ((self.base,) if self.base else ()) + self.splits


class _Description(msgspec.Struct):
    """What manifest.json of an XAPK or info.json of an APKM claims about the package."""

    package_name: str = ""
    pname: str = ""


def container_kind(archive: Archive) -> SetKind | None:
    """What kind of container of app files `archive` is, by its content; None for an app file or anything else."""
    names = archive.entries.keys()
    if MANIFEST in names or not any(_is_app(name) for name in names):
        return None
    if b"info.json" in names:
        return "apkm"
    if b"manifest.json" in names:
        return "xapk"
    return "apks"


def open_set(source: Archive | Sequence[tuple[str, Buffer]], limits: Limits = DEFAULT) -> AppSet:
    """The app in `source`: an opened container, or the names and contents of loose files.

    Raises ParseError beyond the limits, NotThisKind when none of the files is an app file that can be read.
    """
    if isinstance(source, Archive):
        kind = container_kind(source)
        if kind is None:
            raise NotThisKind("this archive holds no app files")
        return _assemble(kind, _members(source), limits, _extra(source), source)
    if len(source) > MOST_PARTS:
        raise ParseError(f"{len(source)} files, the limit is {MOST_PARTS}", limit=True)
    return _assemble("split-set", iter(source), limits)


def set_facts(app: AppSet, file: str = "") -> list[Fact]:
    """Facts about the set as a whole: its kind, its parts, what is missing."""
    facts = [Fact("file.kind", app.kind, Place(file))]
    for part in app.parts:
        attributes: dict[str, Value] = {"split": part.split.name, "sha256": part.sha256, "size": len(part.data)}
        facts.append(Fact("file.part", part.sha256, Place(file, part.name), attributes))
    facts += [Fact("file.part_missing", name, Place(file, app.base.name if app.base else "")) for name in app.missing]
    return facts


def set_coverage(app: AppSet) -> Coverage:
    """How far the parts of the app were there to be looked at."""
    damaged = [f"{one.name} could not be read" for one in app.apart if one.part is None]
    damaged += [one.detail for one in app.anomalies if one.id in DIRECTORY_DAMAGE]
    absent = [f"not handed in: {name}" for name in app.missing]
    if damaged or absent:
        reason = Reason.DAMAGED if damaged else Reason.MISSING
        return Coverage("splits", State.PARTIAL, reason, len(app.parts), _listed([*damaged, *absent]))
    return Coverage("splits", State.EXAMINED, amount=len(app.parts))


def _listed(details: list[str]) -> str:
    return "; ".join(details[:MOST_LISTED])


def missing_parts(base: Split | None, splits: Iterable[Split]) -> tuple[str, ...]:
    """What must exist beside the parts handed in: split types the base requires, parents of configuration splits.

    "base" stands for the base itself, "splits" for splits that the base requires without naming their types.
    """
    found = list(splits)
    names, kinds = {one.name for one in found}, {kind for one in found for kind in one.types}
    missing = [] if base else [BASE]
    if base:
        missing += [kind for kind in base.required_types if kind not in kinds]
        if base.required and not found and not missing:
            missing.append(UNNAMED_SPLITS)
    missing += [kind for one in found for kind in one.required_types if kind not in kinds]
    missing += [one.config_for for one in found if one.config_for and one.config_for not in names]
    return tuple(dict.fromkeys(missing))


def merge_facts(base: Sequence[Fact], others: Iterable[Sequence[Fact]]) -> list[Fact]:
    """The facts of the whole app: those of the base, then what the splits add.

    A split adds components, permissions, code, labels and anomalies; what it repeats and what only a base can say
    (versions, signers, digests) is left out. An entry on the home screen in any part makes the app visible.
    """
    merged = list(base)
    seen = {_key(fact) for fact in merged}
    visible = any(fact.name == "launcher.visible" and fact.value for fact in merged)
    for facts in others:
        for fact in facts:
            if fact.name == "launcher.visible":
                visible = visible or bool(fact.value)
            elif (fact.name in FROM_SPLITS or not fact.name.startswith(BASE_ONLY)) and _key(fact) not in seen:
                seen.add(_key(fact))
                merged.append(fact)
    if visible:
        merged = [
            msgspec.structs.replace(fact, value=True) if fact.name == "launcher.visible" else fact for fact in merged
        ]
    return merged


def _key(fact: Fact) -> tuple[object, ...]:
    """A fact without its place."""
    values = tuple(
        (name, tuple(value) if isinstance(value, list) else value) for name, value in sorted(fact.attributes.items())
    )
    return fact.name, fact.value, values


def _is_app(name: bytes) -> bool:
    return name[-4:].lower() == b".apk" and not name.endswith(b"/")


def _members(container: Archive) -> Iterator[tuple[str, Buffer | ParseError]]:
    """The app files inside a container, read within its limits; an unreadable one as the reason."""
    apps = [entry for name, entry in container.entries.items() if _is_app(name)]
    apps += [entry for entry in container.duplicates + container.hidden if _is_app(entry.name)]
    if len(apps) > MOST_PARTS:
        raise ParseError(f"{len(apps)} app files, the limit is {MOST_PARTS}", limit=True)
    for entry in apps:
        yield show(entry.name), _read_member(container, entry)


def _read_member(container: Archive, entry: Entry) -> Buffer | ParseError:
    try:
        return container.read_entry(entry)
    except ParseError as error:
        return error


def _extra(container: Archive) -> tuple[str, ...]:
    names = (name for name in container.entries if not _is_app(name) and not name.endswith(b"/"))
    return tuple(show(name) for name, _ in zip(names, range(MOST_LISTED), strict=False))


def _assemble(
    kind: SetKind,
    members: Iterator[tuple[str, Buffer | ParseError]] | Iterator[tuple[str, Buffer]],
    limits: Limits,
    extra: tuple[str, ...] = (),
    container: Archive | None = None,
) -> AppSet:
    parts: list[Part] = []
    apart: list[Apart] = []
    for name, data in members:
        try:
            if isinstance(data, ParseError):
                raise data
            parts.append(_read_part(name, data, limits))
        except ParseError as error:
            apart.append(Apart(name, f"could not be read: {error}"))
    if not parts:
        raise NotThisKind("none of the files is an Android app that can be read")
    base, splits, others = _group(parts)
    missing = missing_parts(base.split if base else None, (part.split for part in splits))
    own = [*([base] if base else []), *splits]
    anomalies = (*container.anomalies, *_claims(container, own[0])) if container else ()
    return AppSet(
        kind, set_identity(part.sha256 for part in own), base, splits, missing, (*apart, *others), extra, anomalies
    )


def set_identity(digests: Iterable[str]) -> str:
    """The identity of a set: SHA-256 over the sorted SHA-256 (hexadecimal) of its parts."""
    return hashlib.sha256(b"".join(sorted(map(bytes.fromhex, digests)))).hexdigest()


def _read_part(name: str, data: Buffer, limits: Limits) -> Part:
    archive = Archive.open(data, limits)
    manifest: Manifest = read_manifest(
        archive.read, {MANIFEST} & archive.entries.keys(), archive.anomalies, limits
    ).manifest
    if not manifest.package:
        raise ParseError("the manifest names no package", file=name)
    minimum = manifest.min_sdk.level if manifest.min_sdk else 1
    return Part(
        name,
        data,
        archive,
        hashlib.sha256(data).hexdigest(),
        manifest.package,
        manifest.version_code,
        manifest.split,
        verify(archive, minimum),
    )


def _group(parts: list[Part]) -> tuple[Part | None, tuple[Part, ...], list[Apart]]:
    """Base and splits of the app with the most files; everything else with the reason why it stands apart."""
    groups: dict[tuple[object, ...], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.package, part.version_code, part.signers), []).append(part)
    chosen = max(groups.values(), key=_rank)
    bases = sorted((part for part in chosen if not part.split.name), key=_base_rank)
    base = bases[0] if bases else None
    splits: dict[str, Part] = {}
    own = {id(part) for part in chosen}
    apart = [Apart(part.name, "a second complete app file of the same app", part) for part in bases[1:]]
    apart += [
        Apart(part.name, f"a second file for the split {part.split.name}", part)
        for part in chosen
        if part.split.name and splits.setdefault(part.split.name, part) is not part
    ]
    apart += [Apart(part.name, _difference(part, chosen[0]), part) for part in parts if id(part) not in own]
    return base, tuple(splits.values()), apart


def _rank(group: list[Part]) -> tuple[bool, int, int]:
    return any(not part.split.name for part in group), len(group), sum(len(part.data) for part in group)


def _base_rank(part: Part) -> tuple[bool, int]:
    """The file called base comes first, else the largest."""
    return not part.name.rpartition("/")[2].startswith("base"), -len(part.data)


def _difference(part: Part, chosen: Part) -> str:
    if part.package != chosen.package:
        return f"another package: {part.package}"
    if part.version_code != chosen.version_code:
        return f"another version: {part.version_code}"
    return "another signer"


def _claims(container: Archive, part: Part) -> Iterator[Anomaly]:
    """The description inside a container is never believed; that it names another package is worth saying."""
    for name in (b"manifest.json", b"info.json"):
        if name not in container.entries:
            continue
        try:
            claimed = msgspec.json.decode(container.read(name, MOST_DESCRIPTION), type=_Description)
        except (ParseError, msgspec.DecodeError, UnicodeDecodeError):
            yield Anomaly(
                "bundle.description-unreadable", "the description of the container cannot be read", 0, show(name)
            )
            continue
        package = claimed.package_name or claimed.pname
        if package and package != part.package:
            detail = f"the description names {package[:256]}, the app is {part.package}"
            yield Anomaly("bundle.description-differs", detail, 0, show(name))
