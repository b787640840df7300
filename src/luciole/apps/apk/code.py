"""Reads what an app's code names: watched functions, addresses, hosts, watched texts, class groups, packers.

One pass per DEX file, one DEX file in memory at a time. Android loads classes.dex, classes2.dex and so on up to the
first gap; whatever else is DEX is carried code, read the same way and marked `loaded=False`.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from luciole.apps.apk.addresses import find_addresses, lone_hosts
from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.apis import Apis
from luciole.apps.apk.carried import Carried, CarriedScan, Entry, Peek, Read, loaded_names
from luciole.apps.apk.clusters import Cluster, clusters, own_classes
from luciole.apps.apk.constants import Constants
from luciole.apps.apk.dex import Dex, Indexes, check_order, first_unsorted, read_dex
from luciole.apps.apk.libraries import NativeLibrary, read_libraries
from luciole.apps.apk.packers import PACKER_CLASSES, PACKER_LIBRARIES
from luciole.apps.apk.phrases import find_phrases
from luciole.apps.apk.rules import RuleMatch, RuleScan
from luciole.apps.apk.text_hosts import Form, hosts_in_text
from luciole.apps.apk.watched import CONTENT_AUTHORITIES, STRINGS
from luciole.apps.apk.watched_apis import MEMBERS
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import DEFAULT, Limits
from luciole.kernel.outcome import Coverage, Reason, State

if TYPE_CHECKING:
    import yara_x

CONTENT_GROUP = "content-provider"
NOT_CARRIED = frozenset((b"AndroidManifest.xml", b"resources.arsc"))
_PACKER_ENDS = tuple({name[name.rindex(b".") :] for name in PACKER_LIBRARIES})
MOST_FOUND = 50_000
"""Different addresses, hosts and texts kept of one app."""


class Found(NamedTuple):
    """One thing the code names. value: as in facts; notes: behaviours of a function, or the group of a text;
    member, offset: where it first stands; loaded: in code that Android loads by itself."""  # noqa: D209, D205 - a list of fields follows the sentence

    value: str
    notes: tuple[str, ...]
    member: str
    offset: int
    loaded: bool


class DexFile(NamedTuple):
    """One DEX file. sha256, similarity (TLSH): empty unless asked for; logical: files in a version 041 container."""

    member: str
    sha256: str
    size: int
    strings: int
    methods: int
    classes: int
    loaded: bool
    logical: int
    similarity: str = ""


class Code(msgspec.Struct, frozen=True):
    """All that was read from an app's code, native libraries and carried files; coverage: areas code, native, rules."""

    dex: tuple[DexFile, ...] = ()
    apis: tuple[Found, ...] = ()
    urls: tuple[Found, ...] = ()
    hosts: tuple[Found, ...] = ()
    texts: tuple[Found, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    packers: tuple[Found, ...] = ()
    libraries: tuple[NativeLibrary, ...] = ()
    carried: tuple[Carried, ...] = ()
    matches: tuple[RuleMatch, ...] = ()
    coverage: tuple[Coverage, ...] = ()


class Options(NamedTuple):
    """What is only done when asked for, because it costs much. thorough: SHA-1 of large DEX files, every native
    library; digests: SHA-256 of each DEX file (a quarter of all other work on the code); similarity: TLSH of each DEX
    file (nearly the cost of all other work together); texts: hosts in longer texts, not only alone or in addresses."""  # noqa: D209, D205 - a list of fields follows the sentence

    thorough: bool = False
    digests: bool = False
    similarity: bool = False
    texts: bool = False


PLAIN = Options()


def read_code(
    read: Read,
    entries: Iterable[Entry],
    anomalies: list[Anomaly],
    limits: Limits = DEFAULT,
    rules: yara_x.Rules | None = None,
    *,
    peek: Peek,
    options: Options = PLAIN,
) -> Code:
    """Everything about the code of one app file.

    read: content of an entry by name (raises ParseError); entries: those of the archive; peek: first bytes of an entry,
    see `carried.peek_entry`; anomalies: grows; rules: compiled YARA rules. Raises nothing for damaged parts: they are
    told in `coverage`.
    """
    known = list(entries)
    every_name = [entry.name for entry in known]
    names = loaded_names(every_name)
    carried_scan = CarriedScan(read, peek)
    carried = carried_scan.scan(known, NOT_CARRIED | frozenset(names))
    reader = _CodeReader(anomalies, limits, RuleScan(rules) if rules is not None else None, options)
    for name in names:
        reader.take(read, name, loaded=True)
    for file in carried:
        if file.kind == "dex":
            reader.take(read, file.name, loaded=False)
    reader.packer_files(every_name)
    libraries = read_libraries(known, read, anomalies, thorough=options.thorough)
    trouble = carried_scan.unread + libraries.unread
    complete = carried_scan.complete and not libraries.large
    native = _coverage("native", len(libraries.found) + len(carried), trouble, complete=complete)
    if libraries.others and native.state is State.EXAMINED:
        detail = f"{libraries.others} libraries for other ABIs were listed but not read"
        native = msgspec.structs.replace(native, detail=detail)
    return reader.code(libraries.found, carried, native)


class _CodeReader:
    """Gathers what the DEX files of one app name; each value once for loaded and once for carried code."""

    def __init__(self, anomalies: list[Anomaly], limits: Limits, scan: RuleScan | None, options: Options) -> None:
        self._anomalies = anomalies
        self._limits = limits
        self._scan = scan
        self._options = options
        self.texts = options.texts
        self._dex: list[DexFile] = []
        self._kinds: dict[str, dict[tuple[str, bool], Found]] = {
            kind: {} for kind in ("api", "url", "host", "text", "packer")
        }
        self._classes: set[bytes] = set()
        self._trouble: list[str] = []
        self._rule_trouble: list[str] = []
        self._complete = True

    def take(self, read: Read, name: bytes, *, loaded: bool) -> None:
        """Reads one DEX entry; a damaged one is an anomaly and a line of the coverage, and the rest goes on."""
        member = name.decode("utf-8", "replace")
        if len(self._dex) >= self._limits.dex_files:
            self._complete = False
            return
        before = len(self._anomalies)
        try:
            data = read(name)
            self._apply_rules(data, member)
            logical = read_dex(data, member, self._anomalies, sha1=self._options.thorough)
        except ParseError as error:
            self._trouble.append(str(error) if error.file else f"{member}: {error}")
            detail = f"Android would load this as code, and it cannot be read: {error.message}"
            if loaded and not error.limit:
                self._anomalies.append(Anomaly("dex.unreadable", detail, error.offset, member, refused=True))
            return
        # what Android refuses is no ordinary code: it is read as far as it goes, and more may have stood there
        self._trouble += [f"{member}: {one.detail}" for one in self._anomalies[before:] if one.refused][:1]
        self._dex.append(self._summary(data, logical, member, loaded=loaded))
        for dex in logical:
            _DexReader(dex, member, self._kinds, self._anomalies, loaded=loaded).read(self)

    def _apply_rules(self, data: bytes, member: str) -> None:
        if self._scan is None:
            return
        try:
            self._scan.scan(data, member)
        except ParseError as error:
            self._rule_trouble.append(str(error))

    def _summary(self, data: bytes, logical: tuple[Dex, ...], member: str, *, loaded: bool) -> DexFile:
        options = self._options
        similarity = _similarity(data) if options.similarity else ""
        digest = hashlib.sha256(data).hexdigest() if options.digests or options.thorough else ""
        return DexFile(
            member, digest, len(data),
            sum(len(dex.strings) for dex in logical), sum(len(dex.methods.owner) for dex in logical),
            sum(len(dex.classes) for dex in logical), loaded, len(logical), similarity,
        )  # fmt: skip

    def incomplete(self) -> None:
        """A bound was reached: what was not looked at may hold more."""
        self._complete = False

    def add_classes(self, names: Iterable[bytes]) -> None:
        """Class names of loaded code, for the groups."""
        self._classes.update(names)

    def packer_files(self, names: Iterable[bytes]) -> None:
        """Packers recognised by the name of a file they add. names: of all entries."""
        for name in [name for name in names if name.endswith(_PACKER_ENDS)]:
            packer = PACKER_LIBRARIES.get(name.rpartition(b"/")[2])
            if packer:
                member = name.decode("utf-8", "replace")
                self._kinds["packer"].setdefault((packer, True), Found(packer, (), member, 0, loaded=True))

    def code(self, libraries: list[NativeLibrary], carried: list[Carried], native: Coverage) -> Code:
        """The frozen model of all that was taken."""
        strings = sum(dex.strings for dex in self._dex)
        coverage = _coverage("code", strings, self._trouble, complete=self._complete, nothing=not self._dex)
        if coverage.state is State.EXAMINED and any(not dex.sha256 for dex in self._dex):
            coverage = msgspec.structs.replace(coverage, detail="digests of the code files were not asked for")
        kinds = {kind: tuple(found.values()) for kind, found in self._kinds.items()}
        return Code(
            tuple(self._dex), kinds["api"], kinds["url"], kinds["host"], kinds["text"],
            tuple(clusters(self._classes)), kinds["packer"], tuple(libraries), tuple(carried),
            tuple(self._scan.matches) if self._scan else (), (coverage, native, self._rules_coverage()),
        )  # fmt: skip

    def _rules_coverage(self) -> Coverage:
        if self._scan is None:
            return Coverage("rules", State.NOT_LOOKED_AT, Reason.NOT_ASKED)
        trouble = self._rule_trouble + self._trouble
        return _coverage(
            "rules", len(self._dex), trouble, complete=self._scan.complete and self._complete, nothing=not self._dex
        )


class _DexReader:
    """Reads one logical DEX file into the finds of the app."""

    def __init__(
        self, dex: Dex, member: str, kinds: dict[str, dict[tuple[str, bool], Found]], anomalies: list[Anomaly], *,
        loaded: bool,
    ) -> None:  # fmt: skip
        self._dex = dex
        self._member = member
        self._kinds = kinds
        self._anomalies = anomalies
        self._loaded = loaded

    def read(self, reader: _CodeReader) -> None:
        """Goes once over the string table, once over the text for addresses and once for phrases."""
        dex = self._dex
        found = np.full(len(watched().constants.texts), -1, np.int64)
        hosts: dict[str, int] = {}
        self._read_rows(found, hosts)
        self._read_found(found)
        start, stop = dex.text_range()
        addresses = find_addresses(dex.data, start, stop)
        if reader.texts:
            named = hosts_in_text(dex.data, start, stop, Form.COUNTED)
            hosts = named.hosts | hosts
            addresses = addresses._replace(complete=addresses.complete and named.complete)
        for url, offset in addresses.urls.items():
            self._add("url", url, offset)
        for host, offset in (addresses.hosts | hosts).items():
            self._add("host", host, offset)
        for content, offset in addresses.contents.items():
            authority = content[len("content://") :].partition("/")[0].encode()
            if authority in CONTENT_AUTHORITIES:
                self._add("text", content, offset, (CONTENT_GROUP,))
        for phrase, (group, offset) in find_phrases(dex.data, start, stop).items():
            self._add("text", phrase, offset, (group,))
        check_order(dex, self._anomalies, self._member)
        if self._loaded:
            reader.add_classes(own_classes(dex))
        if not addresses.complete or any(len(found) >= MOST_FOUND for found in self._kinds.values()):
            reader.incomplete()

    def _read_rows(self, found: Indexes, hosts: dict[str, int]) -> None:
        constants = watched().constants
        unsorted: int | None = None
        for rows in self._dex.rows():
            constants.find(self._dex, rows, found)
            lone_hosts(self._dex, rows, hosts)
            if unsorted is None:
                unsorted = first_unsorted(self._dex, rows)
        if unsorted is not None:
            detail = f"the strings are not sorted from row {unsorted} on"
            offset = int(self._dex.strings[unsorted])
            self._anomalies.append(Anomaly("dex.unsorted", detail, offset, self._member, refused=True))

    def _read_found(self, found: Indexes) -> None:
        kit = watched()
        for reference in kit.apis.references(self._dex, found):
            self._add("api", reference.member.value, self._dex.member_offset(reference.row, field=reference.field),
                      reference.member.behaviours)  # fmt: skip
        for place in (kit.texts_from + np.flatnonzero(found[kit.texts_from :] >= 0)).tolist():
            text = kit.constants.texts[place]
            offset = int(self._dex.strings[found[place]])
            if text in STRINGS:
                self._add("text", text.decode(), offset, (STRINGS[text],))
            if text in PACKER_CLASSES:
                self._add("packer", PACKER_CLASSES[text], offset)

    def _add(self, kind: str, value: str, offset: int, notes: tuple[str, ...] = ()) -> None:
        finds = self._kinds[kind]
        key = (value, self._loaded)
        if key not in finds and len(finds) < MOST_FOUND:
            finds[key] = Found(value, notes, self._member, offset, self._loaded)


class _Watched(NamedTuple):
    """Everything that is looked for among the string constants, prepared once.

    texts_from: place in `constants` from which the watched texts and the packers' classes stand.
    """

    constants: Constants
    apis: Apis
    texts_from: int


@functools.cache
def watched() -> _Watched:
    """The watched functions, texts and packers, compiled on first use."""
    apis = Apis(MEMBERS)
    named = [text for text in apis.texts() if text not in STRINGS and text not in PACKER_CLASSES]
    constants = Constants([*named, *STRINGS, *PACKER_CLASSES])
    apis.bind(constants)
    return _Watched(constants, apis, len(named))


def _similarity(data: bytes) -> str:
    """TLSH, or empty where the data is too small or too uniform for one."""
    import tlsh  # noqa: PLC0415 - loaded only when asked for

    digest: str = tlsh.hash(data)
    return "" if digest == "TNULL" else digest


def _coverage(area: str, amount: int, trouble: list[str], *, complete: bool, nothing: bool = False) -> Coverage:
    """Examined, partial, or not looked at when there was something and nothing of it could be read."""
    if trouble:
        state = State.NOT_LOOKED_AT if nothing else State.PARTIAL
        more = f" and {len(trouble) - 3} more" if len(trouble) > 3 else ""  # noqa: PLR2004 - a line stays a line
        return Coverage(area, state, Reason.DAMAGED, amount, "; ".join(trouble[:3]) + more)
    if not complete:
        return Coverage(area, State.PARTIAL, Reason.LIMIT, amount, "a bound was reached; the rest was not looked at")
    return Coverage(area, State.EXAMINED, amount=amount)
