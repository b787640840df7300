"""One app file to facts: decides by content what it is, reads every part, and accounts for what it could not read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial

import msgspec

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.archive import DIRECTORY_DAMAGE, NO_DIRECTORY, Archive
from luciole.apps.apk.carried import peek_entry
from luciole.apps.apk.code import Options, read_code
from luciole.apps.apk.code_facts import code_facts
from luciole.apps.apk.end_record import Buffer
from luciole.apps.apk.manifest import ManifestReading, read_manifest
from luciole.apps.apk.manifest_facts import manifest_facts, unreadable_manifest
from luciole.apps.apk.manifest_model import Split
from luciole.apps.apk.other_texts import read_other_texts, text_facts, with_texts
from luciole.apps.apk.signing.digests import ContentDigests, digests_ahead
from luciole.apps.apk.signing.facts import signing_anomalies, signing_coverage, signing_facts
from luciole.apps.apk.signing.verify import verify
from luciole.apps.beside import Beside, Forked
from luciole.apps.bundle import (
    AppSet,
    container_kind,
    merge_facts,
    missing_parts,
    open_set,
    set_coverage,
    set_facts,
)
from luciole.apps.digests import (
    WHOLE,
    digest_facts,
    file_digests,
    similarity_facts,
    ssdeep_digest,
    tlsh_digest,
    whole_digest,
)
from luciole.apps.options import PLAIN, AppOptions
from luciole.apps.programs.read import Extras, is_bundle, program_kind, read_archive, read_one
from luciole.kernel.canon import FileDigests
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.facts import Fact, FactSet, Place, Subject
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.reading import Evidence, Reading
from luciole.kernel.text import mark

MANIFEST = b"AndroidManifest.xml"
CODE = b"classes.dex"
ARCHIVE_START = b"PK"
"""First bytes of every archive that was not written to deceive."""
END_RECORD = b"PK\5\6"
_CONTAINER_CUT = DIRECTORY_DAMAGE | {"zip.bytes-before-archive"}
LONGEST_END = (1 << 16) + 22
"""Bytes in which the end record of an archive must begin for Android to take the file."""
NO_KIND = mark("this is no kind of file that Luciole reads")
KINDS_READ = mark(
    "Luciole reads app files (.apk, .xapk, .apks, .apkm, .ipa, .app), programs of Windows and macOS, .msi files, "
    "androidqf acquisitions, bug reports, whole dumpsys texts and backups."
)


def read_app(data: Buffer, name: str, options: AppOptions = PLAIN, limits: Limits = DEFAULT) -> Reading:
    """The facts of an app file or of a container with an app in several files; its content decides which it is.

    name: shown as the file of every place. Raises ParseError when the archive cannot be opened at all, NotThisKind
    when it holds no app and is no program.
    """
    kind = program_kind(data)
    if kind and not _is_android_too(data, limits):
        return read_one(data, name, kind, _extras(options), limits)
    archive = _opened(data, limits)
    if MANIFEST not in archive.entries and CODE not in archive.entries and is_bundle(archive):
        return read_archive(archive, name, _extras(options), limits)
    if container_kind(archive) is not None:
        reading = _read_set(open_set(archive, limits), name, options, limits)
        digests = file_digests(data)
        evidence = Evidence(name, "app-set", len(data), digests.sha256)
        return msgspec.structs.replace(reading, evidence=evidence)
    return _read_archive(archive, name, options, limits, alone=True)


def _extras(options: AppOptions) -> Extras:
    return Extras(options.tlsh, options.ssdeep, options.rules)


def _is_android_too(data: Buffer, limits: Limits) -> bool:
    """Whether a program for another system is an Android app as well: the one must not hide the other."""
    if data.find(END_RECORD, max(0, len(data) - LONGEST_END)) < 0:
        return False
    try:
        return MANIFEST in Archive.open(data, limits).entries
    except ParseError:
        return False


def _opened(data: Buffer, limits: Limits) -> Archive:
    """The archive; what neither begins like one nor holds its directory is no damaged app but something else."""
    try:
        return Archive.open(data, limits)
    except ParseError as error:
        if error.message != NO_DIRECTORY or data[: len(ARCHIVE_START)] == ARCHIVE_START:
            raise
    raise NotThisKind(NO_KIND, remedy=KINDS_READ)


def read_app_set(
    parts: Sequence[tuple[str, Buffer]], name: str, options: AppOptions = PLAIN, limits: Limits = DEFAULT
) -> Reading:
    """The facts of one app that was handed in as several loose files. parts: file names with contents.

    Raises ParseError beyond the limits, NotThisKind when none of the files is an app that can be read.
    """
    return _read_set(open_set(parts, limits), name, options, limits)


def _read_set(app: AppSet, name: str, options: AppOptions, limits: Limits) -> Reading:
    """One subject for the app, and one for each file that stands apart from it."""
    readings = [_read_archive(part.archive, f"{name}!{part.name}", options, limits) for part in app.parts]
    first, *others = [reading.subjects[0] for reading in readings]
    facts = [*set_facts(app, name), *_anomalies(app.anomalies, name)]
    facts += merge_facts(first.facts, [one.facts for one in others])
    coverage = (set_coverage(app), *_worst([first.coverage, *(one.coverage for one in others)]))
    subjects = [FactSet(first.subject, tuple(facts[: limits.facts]), coverage)]
    for one in app.apart:
        if one.part is not None:
            subjects += _read_archive(one.part.archive, f"{name}!{one.name}", options, limits).subjects
    size = sum(len(part.data) for part in app.parts)
    evidence = Evidence(name, "app-set", size, app.identity, details={one.name: one.why for one in app.apart})
    return Reading(evidence, tuple(subjects))


def _worst(parts: Iterable[Sequence[Coverage]]) -> tuple[Coverage, ...]:
    """For each area what was said of the part in which least of it was examined."""
    order = (State.EXAMINED, State.PARTIAL, State.NOT_LOOKED_AT)
    worst: dict[str, Coverage] = {}
    for line in (line for part in parts for line in part):
        known = worst.get(line.area)
        if known is None or order.index(line.state) > order.index(known.state):
            worst[line.area] = line
    return tuple(worst.values())


def _read_archive(archive: Archive, name: str, options: AppOptions, limits: Limits, *, alone: bool = False) -> Reading:
    """The facts of one app file that was opened. alone: no other part of the app was handed in with it."""
    if MANIFEST not in archive.entries and CODE not in archive.entries:
        raise NotThisKind(
            "this archive is not an Android app: it holds no manifest and no code",
            remedy="Hand in the app file itself, usually ending in .apk.",
        )
    work = partial(tlsh_digest, archive.data) if options.tlsh else str
    with Forked(work, apart=options.apart and options.tlsh) as similar:
        return _read_parts(archive, name, options, limits, similar, alone=alone)


def _read_parts(
    archive: Archive, name: str, options: AppOptions, limits: Limits, similar: Forked, *, alone: bool
) -> Reading:
    data = archive.data
    digests = _Digests(archive, apart=options.apart)
    facts: list[Fact] = []
    coverage = [Coverage("file", State.EXAMINED, amount=1)]
    manifest = _manifest(archive, name, facts, coverage, limits)
    if alone and manifest is not None:
        _lone_part(manifest.manifest.split, archive, name, facts, coverage)
    minimum = _min_sdk(manifest)
    # code first: what it inflates is kept, and a v1 signature is then compared with the same bytes
    code: list[Fact] = []
    code_coverage: list[Coverage] = []
    _part("code", code_coverage, lambda: _code(archive, name, code, options, limits), name)
    _part("signing", coverage, lambda: _signing(archive, name, minimum, facts, options, digests), name)
    known = similarity_facts(name, similar.result(), ssdeep_digest(data) if options.ssdeep else "")
    facts = [*digest_facts(data, name, digests.file, "apk"), *known, *facts]
    facts += code
    coverage += code_coverage
    facts += _anomalies(archive.anomalies, name)
    coverage.append(Coverage("archive", State.EXAMINED, amount=len(archive.entries)))
    subject = Subject("app", _identity(manifest, digests.file.sha256), _label(manifest))
    evidence = Evidence(name, "app-file", len(data), digests.file.sha256)
    return Reading(evidence, (FactSet(subject, tuple(facts[: limits.facts]), tuple(coverage)),))


class _Digests:
    """What needs every byte of the file and no interpreter: half of what it costs to read an app.

    Where a core is free it is computed beside the rest; apart: whether one is.
    """

    def __init__(self, archive: Archive, *, apart: bool) -> None:
        self._archive = archive
        self._content: ContentDigests | None = None
        data = archive.data
        works: list[Callable[[], str]] = [self._signed]
        works += [partial(whole_digest, data, kind) for kind in WHOLE]
        self._begun = Beside(works, apart=True) if apart else None

    def _signed(self) -> str:
        self._content = digests_ahead(self._archive)
        return ""

    @cached_property
    def file(self) -> FileDigests:
        """The digests of the whole file."""
        if self._begun is None:
            return file_digests(self._archive.data)
        return FileDigests(*self._begun.results()[1:])

    @property
    def content(self) -> ContentDigests | None:
        """The digests that signatures speak of, as far as they were computed ahead."""
        return self._content if self._begun is None or self.file else None


def _lone_part(split: Split, archive: Archive, name: str, facts: list[Fact], coverage: list[Coverage]) -> None:
    """Says which other parts of a split app must exist; what they hold was not looked at."""
    missing = missing_parts(None, (split,)) if split.name else missing_parts(split, ())
    if missing:
        facts += [Fact("file.part_missing", part, Place(name)) for part in missing]
        detail = "not handed in: " + ", ".join(missing)
        # what stands before the archive may be the other parts, in a container of which the end is gone
        reason = Reason.DAMAGED if any(one.id in _CONTAINER_CUT for one in archive.anomalies) else Reason.MISSING
        coverage.append(Coverage("splits", State.PARTIAL, reason, 1, detail))


def _identity(reading: ManifestReading | None, digest: str) -> str:
    return (reading.manifest.package if reading else "") or digest


def _manifest(
    archive: Archive, name: str, facts: list[Fact], coverage: list[Coverage], limits: Limits
) -> ManifestReading | None:
    try:
        reading = read_manifest(archive.read, archive.entries, archive.anomalies, limits)
    except ParseError as error:
        reason = Reason.LIMIT if error.limit else Reason.DAMAGED
        coverage += unreadable_manifest(str(error), error.offset, reason)
        return None
    found, covered = manifest_facts(reading, name, limits)
    facts += found
    coverage += covered
    return reading


def _signing(
    archive: Archive, name: str, minimum: int, facts: list[Fact], options: AppOptions, digests: _Digests
) -> Iterable[Coverage]:
    signing = verify(archive, minimum, every_entry=options.thorough, digests=digests.content)
    facts += signing_facts(signing, name)
    facts += _anomalies(signing_anomalies(signing), name)
    return (signing_coverage(signing),)


def _code(archive: Archive, name: str, facts: list[Fact], options: AppOptions, limits: Limits) -> Iterable[Coverage]:
    code = read_code(
        archive.read,
        archive.entries.values(),
        archive.anomalies,
        limits,
        options.rules,
        peek=partial(peek_entry, archive.data),
        options=Options(thorough=options.thorough, digests=options.code_digests, texts=options.texts),
    )
    facts += code_facts(code, name)
    texts = read_other_texts(archive) if options.texts else None
    facts += text_facts(texts, name) if texts else ()
    return with_texts(code.coverage, texts)


def _part(area: str, coverage: list[Coverage], read: Callable[[], Iterable[Coverage]], name: str) -> None:
    """Reads one part of the app; when it cannot be read, its area says so and the rest goes on."""
    try:
        coverage += read()
    except ParseError as error:
        reason = Reason.LIMIT if error.limit else Reason.DAMAGED
        where = error.file or name
        coverage.append(Coverage(area, State.NOT_LOOKED_AT, reason, 0, f"{where}: {error.message}", error.offset))


def _anomalies(anomalies: Iterable[Anomaly], name: str) -> Iterator[Fact]:
    for one in anomalies:
        attributes: dict[str, str | bool] = {"detail": one.detail, "refused": one.refused}
        yield Fact("anomaly", one.id, Place(name, one.member, one.offset), attributes)


def _min_sdk(reading: ManifestReading | None) -> int:
    sdk = reading.manifest.min_sdk if reading else None
    return sdk.level if sdk else 1


def _label(reading: ManifestReading | None) -> str:
    if reading is None or not reading.labels:
        return ""
    plain = [label.text for label in reading.labels if not label.locale]
    return plain[0] if plain else reading.labels[0].text
