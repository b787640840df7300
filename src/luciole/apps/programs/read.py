"""Decides by content what kind of program was handed in that is no Android app, and reads it to facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.archive import DIRECTORY_DAMAGE, Archive
from luciole.apps.apk.end_record import Buffer
from luciole.apps.digests import digest_facts, file_digests, similarity_facts, ssdeep_digest, tlsh_digest
from luciole.apps.installers.kinds import Installer, recognise_installer
from luciole.apps.ipa.members import Members, find_root, of_archive
from luciole.apps.macho.layout import is_macho
from luciole.apps.pe.layout import is_program
from luciole.apps.programs.gathered import Gathered
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.facts import Fact, Place
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Reason
from luciole.kernel.reading import Evidence, Reading
from luciole.kernel.vocabulary import Platform

if TYPE_CHECKING:
    import yara_x

ONE_PROGRAM = frozenset({"pe", "macho"})
_CONTENT = ("manifest", "resources", "signing", "code", "native")
_DAMAGE = frozenset({
    *DIRECTORY_DAMAGE,
    "zip.data-leaves-archive", "zip.data-cut", "zip.crc-differs", "zip.local-signature", "zip.local-name-differs",
})  # fmt: skip
"""What shows that files of an archive are gone or broken."""
_SYSTEMS: dict[str, Platform] = {"ios": "ios", "ios-simulator": "ios", "tvos": "ios", "watchos": "ios"}


class Extras(NamedTuple):
    """What is done beyond the ordinary: similarity digests, and YARA rules over the file."""

    tlsh: bool = False
    ssdeep: bool = False
    rules: yara_x.Rules | None = None


def program_kind(data: Buffer) -> str:
    """pe, macho, msi, dmg, pkg or cab, by the first and last bytes; empty for everything else, archives too."""
    if is_program(data):
        return "pe"
    if is_macho(bytes(data[:8])):
        return "macho"
    installer = recognise_installer(data)
    return installer.kind if installer else ""


def is_bundle(archive: Archive) -> bool:
    """Whether an archive holds an app of an Apple system."""
    return find_root(of_archive(archive).sizes) is not None


def read_one(data: Buffer, name: str, kind: str, extras: Extras, limits: Limits = DEFAULT) -> Reading:
    """The facts of one file of this kind (see `program_kind`). Raises ParseError when nothing of it can be read."""
    gathered = Gathered(name, limits, len(data))
    platform: Platform = "windows"
    if kind == "pe":
        from luciole.apps.pe.read import read_program  # noqa: PLC0415 - large; only what is handed in is loaded

        kind = read_program(data, gathered)
    elif kind == "macho":
        from luciole.apps.macho.read import read_macho  # noqa: PLC0415 - as above

        platform = _SYSTEMS.get(read_macho(data, gathered), "macos")
        for area in ("manifest", "resources"):
            gathered.not_looked_at(area, Reason.NOT_IN_THIS_EVIDENCE, "a program without the app around it")
    else:
        installer = recognise_installer(data)
        platform = _read_installer(data, installer, gathered)
    _rules(data, gathered, extras)
    return _finished(data, name, kind, platform, gathered, extras)


def _read_installer(data: Buffer, installer: Installer | None, gathered: Gathered) -> Platform:
    if installer is None:
        raise ParseError("no installer")
    from luciole.apps.installers.read import read_installer  # noqa: PLC0415 - as above

    read_installer(data, installer, gathered)
    return installer.platform


def read_archive(archive: Archive, name: str, extras: Extras, limits: Limits = DEFAULT) -> Reading:
    """The facts of an IPA or of a zipped .app. Raises NotThisKind when the archive holds neither."""
    gathered = Gathered(name, limits)
    platform = _bundle(of_archive(archive), gathered)
    for one in archive.anomalies:
        for area in _spoiled(one):
            gathered.lost(area, Reason.DAMAGED, one.detail, one.offset)
    reading = _finished(archive.data, name, "ipa" if platform == "ios" else "app", platform, gathered, extras)
    facts = reading.subjects[0]
    oddities = tuple(_anomaly(one, name) for one in archive.anomalies)
    subject = type(facts)(facts.subject, (*facts.facts, *oddities), facts.coverage)
    return Reading(reading.evidence, (subject,))


def read_folder(members: Members, name: str, limits: Limits = DEFAULT) -> Reading:
    """The facts of an .app that was handed in as a folder. Raises NotThisKind when it is none."""
    gathered = Gathered(name, limits)
    platform = _bundle(members, gathered)
    gathered.add("file.kind", "app")
    size = sum(members.sizes.values())
    gathered.add("file.size", size)
    gathered.not_looked_at("file", Reason.NOT_IN_THIS_EVIDENCE, "a folder has no digest of its own")
    facts = gathered.fact_set(platform, name)
    return Reading(Evidence(name, "app-file", size), (facts,))


def _bundle(members: Members, gathered: Gathered) -> Platform:
    root = find_root(members.sizes)
    if root is None:
        raise NotThisKind("this holds no app", remedy="Hand in the app itself, an .ipa file or an .app folder.")
    from luciole.apps.ipa.bundle import read_bundle  # noqa: PLC0415 - large; only what is handed in is loaded

    read_bundle(members, root, gathered)
    return "ios" if root.platform == "ios" else "macos"


def _finished(data: Buffer, name: str, kind: str, platform: Platform, gathered: Gathered, extras: Extras) -> Reading:
    digests = file_digests(data)
    facts: list[Fact] = [*digest_facts(data, name, digests, kind)]
    facts += similarity_facts(
        name, tlsh_digest(data) if extras.tlsh else "", ssdeep_digest(data) if extras.ssdeep else ""
    )
    gathered.facts[:0] = facts
    gathered.examined("file")
    if kind in ONE_PROGRAM:
        gathered.examined("archive")
    evidence = Evidence(name, "app-file", len(data), digests.sha256)
    return Reading(evidence, (gathered.fact_set(platform, digests.sha256),))


def _rules(data: Buffer, gathered: Gathered, extras: Extras) -> None:
    if extras.rules is None:
        return
    from luciole.apps.apk.rules import RuleScan  # noqa: PLC0415 - only when rules are given

    scan = RuleScan(extras.rules)
    gathered.examined("rules")
    try:
        scan.scan(bytes(data), "")
    except ParseError as error:
        gathered.lost_to("rules", error)
    for match in scan.matches:
        gathered.add(
            "rule.match", match.identifier, {"namespace": match.namespace, "member": "", "family": match.family}
        )


def _spoiled(one: Anomaly) -> tuple[str, ...]:
    """The areas of an app in an archive of which something is gone."""
    if one.id in DIRECTORY_DAMAGE:
        return ("archive", *_CONTENT)
    return ("archive",) if one.id in _DAMAGE else ()


def _anomaly(one: Anomaly, name: str) -> Fact:
    return Fact("anomaly", one.id, Place(name, one.member, one.offset), {"detail": one.detail, "refused": one.refused})
