"""Feeds the files of iOS to their parsers, whether they come from a backup or from a diagnosis archive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.collect import Collector, Origin
from luciole.devices.names import Kind, Names, NoWatch, Watch
from luciole.devices.parsers.ios import (
    accounts,
    application_state,
    asked,
    info,
    location,
    network,
    origin,
    profiles,
    settings,
    shortcuts,
    tcc,
    usage,
)
from luciole.devices.parsers.rows import Account, Row
from luciole.devices.parsers.sqlite_tables import Database
from luciole.intel.apple_ids import SYSTEM, is_shared, owner_of, shorter_ids
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State

LARGEST = 64 << 20
"""One file that is read whole."""
_MOST_CELLS = 400_000
_NO_LOG = "newer rows may stand in a write-ahead log that is not there"
Rows = Callable[[bytes, bytes, Account, "Texts"], Iterator[Row]]


class Texts:
    """Collects the texts of a file, to be searched for names once it is read."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.cut = False

    def add(self, texts: Iterable[str]) -> None:
        """Keeps texts up to the limit."""
        for text in texts:
            if len(self.found) >= _MOST_CELLS:
                self.cut = True
                return
            self.found.append(text.replace("\n", " "))


class FileReader(NamedTuple):
    """How one kind of file is read. areas: what it tells of; section: for the address of facts."""

    areas: tuple[str, ...]
    section: str
    rows: Rows


def of_plist(parse: Callable[[Value, Account], Iterator[Row]], *areas: str, section: str = "") -> FileReader:
    """A reader of a property list, unwrapped where it is a keyed archive."""

    def rows(data: bytes, _log: bytes, account: Account, texts: Texts) -> Iterator[Row]:
        value = plist.unwrap(plist.load(data))
        texts.add(plist.texts(value))
        yield from parse(value, account)

    return FileReader(areas, section, rows)


def of_database(parse: Callable[[Database, Account], Iterator[Row]], *areas: str, section: str) -> FileReader:
    """A reader of a SQLite file; what could not be read of it is an error after everything that could."""

    def rows(data: bytes, log: bytes, account: Account, texts: Texts) -> Iterator[Row]:
        database = Database(data, log)
        if database.write_ahead and not log:
            account.remark(_NO_LOG)
        texts.add(_cells(database))
        yield from parse(database, account)
        if database.lost:
            raise ParseError(database.lost, offset=database.first_lost)

    return FileReader(areas, section, rows)


def _provisioning(data: bytes, _log: bytes, account: Account, _texts: Texts) -> Iterator[Row]:
    account.anchor()
    yield from origin.provisioning(data)


def _cells(database: Database) -> Iterator[str]:
    """Every text of every table, also inside property lists that lie in a cell."""
    left = _MOST_CELLS
    for table in database.tables.values():
        for record in database.rows(table.name, *table.columns):
            for value in record.values:
                left -= 1
                if left < 0:
                    return
                if isinstance(value, str):
                    yield value
                elif isinstance(value, bytes) and value.startswith(plist.MAGIC):
                    yield from _inner(value)


def _inner(data: bytes) -> Iterator[str]:
    try:
        value = plist.load(data)
        yield from plist.texts(value)
        for part in plist.items(value, "$objects") or (value,):
            if isinstance(part, bytes) and part.startswith(plist.MAGIC):
                yield from plist.texts(plist.load(part))
    except ParseError:
        return


READERS: dict[str, FileReader] = {
    "TCC.db": of_database(tcc.parse, "ios.grants", section="access"),
    "clients.plist": of_plist(location.parse, "ios.location"),
    "applicationState.db": of_database(application_state.parse, "ios.removed", section="application_identifier_tab"),
    "DataUsage.sqlite": of_database(usage.parse, "ios.usage", section="ZPROCESS"),
    "com.apple.osanalytics.addaily.plist": of_plist(usage.parse_daily, "ios.usage", section="netUsageBaseline"),
    "Accounts3.sqlite": of_database(accounts.parse, "ios.accounts", section="ZACCOUNT"),
    "Shortcuts.sqlite": of_database(shortcuts.parse, "ios.shortcuts", section="ZSHORTCUT"),
    ".GlobalPreferences.plist": of_plist(settings.parse_global, "ios.keyboards", "ios.settings"),
    "com.apple.findmy.plist": of_plist(settings.parse_find_my, "ios.settings"),
    "com.apple.ScreenTimeAgent.plist": of_plist(settings.parse_screen_time, "ios.settings"),
    "VersionedSectionInfo.plist": of_plist(settings.parse_notifications, section="sectionInfo"),
    "data_ark.plist": of_plist(settings.parse_lockdown, "ios.computers"),
    "com.apple.networkextension.plist": of_plist(network.parse, "ios.network"),
    "com.apple.networkextension.cache.plist": of_plist(network.parse, "ios.network"),
    "preferences.plist": of_plist(network.parse_services, "ios.network", section="NetworkServices"),
    "com.apple.wifi.plist": of_plist(network.parse_wifi, "ios.network"),
    "com.apple.wifi.known-networks.plist": of_plist(network.parse_wifi, "ios.network"),
    "CloudConfigurationDetails.plist": of_plist(profiles.parse_cloud, "ios.management"),
    "MDM.plist": of_plist(profiles.parse_mdm, "ios.management"),
    "MCProfileEvents.plist": of_plist(profiles.parse_events, "ios.profiles", section="ProfileEvents"),
    **{
        name: of_plist(profiles.parse_truth, "ios.profiles")
        for name in ("ProfileTruth.plist", "ClientTruth.plist", "PayloadManifest.plist")
    },
    **{
        name: of_plist(profiles.parse_truth)
        for name in ("MCSettingsEvents.plist", "EffectiveUserSettings.plist", "UserSettings.plist")
    },
}
"""File name → reader. The same name inside an app's own folder is a file of the app and is not read."""
PROFILE = of_plist(profiles.parse, "ios.profiles", section="profile")
PAIRING = of_plist(settings.parse_pairing, "ios.computers")
INSTALL_STATE = of_plist(info.install_state, "ios.apps")
PROVISIONING = FileReader(("ios.apps",), "provisioning profile", _provisioning)
_PROFILE_START, _PROFILE_END = "profile-", ".stub"


def reader_of(path: str) -> FileReader | None:
    """The reader of a file of the system, by the end of its path; None for all others."""
    name = path.rpartition("/")[2]
    known = READERS.get(name)
    if known is not None:
        return known
    if name.startswith(_PROFILE_START) and name.endswith(_PROFILE_END):
        return PROFILE
    if name.endswith("InstallState.plist"):
        return INSTALL_STATE
    if name.endswith(".mobileprovision"):
        return PROVISIONING
    return PAIRING if "Lockdown/pair_records/" in path and name.endswith(".plist") else None


def take(collector: Collector, where: Origin, reader: FileReader, data: bytes, log: bytes = b"") -> None:
    """Keeps the rows of one file and searches its texts; what could not be read is marked in its areas."""
    account, texts = Account(collector.taken), Texts()
    where = where._replace(label=where.section or where.label)
    collector.files.setdefault(where.source, (where.file, where.member))
    count, error = 0, None
    try:
        count = collector.take(reader.rows(data, log, account, texts), where)
    except ParseError as problem:
        error = problem
    search(collector, where, texts)
    if error is not None:
        for area in (*reader.areas, "device.names"):
            collector.damaged(area, error, where.label)
        collector.unreadable(where, "limit reached" if error.limit else "damaged")
    else:
        collector.finish(reader.areas, where, account, count)
        if account.lost and not reader.areas:
            detail = f"{where.label}: {account.lost} malformed, first at line {account.first_lost}"
            collector.mark("device.names", State.PARTIAL, Reason.DAMAGED, detail=detail)


def search(collector: Collector, where: Origin, texts: Texts) -> None:
    """Searches texts for names, and ids of extensions and shared folders also for the apps they belong to."""
    if isinstance(collector.request.watch, NoWatch):
        return
    found = list(dict.fromkeys(texts.found))
    longer = [each for text in found if is_shared(text) for each in shorter_ids(text)]
    collector.names.scan("\n".join([*found, *longer]).encode("utf-8", "replace"), where.source, where.section)
    if texts.cut:
        collector.damaged("device.names", ParseError("more texts than are searched", limit=True), where.label)


class AppleWatch:
    """Asks the caller's watch for app ids of every system: lists keep those of Apple's apart."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def known(self, kind: Kind, values: Iterable[str]) -> set[str]:
        """As `Watch.known`; a known id of iOS counts as one of an app."""
        if kind != "package":
            return self._watch.known(kind, values)
        asked = list(values)
        return self._watch.known(kind, asked) | self._watch.known("ios-bundle", asked)


def begin(collector: Collector) -> None:
    """Sets a collector up for evidence of iOS."""
    collector.platform = "ios"
    if not isinstance(collector.request.watch, NoWatch):
        collector.names = Names(AppleWatch(collector.request.watch))


def finish(collector: Collector) -> None:
    """Gives rows of extensions to their apps, and marks Apple's own apps, which nobody installed."""
    listed = {row.package for row, _ in collector.rows if row.name == "app.state"}
    system: dict[str, Origin] = {}
    for number, (row, where) in enumerate(collector.rows):
        if not row.package or row.package in listed:
            continue
        owner = owner_of(row.package, listed)
        if owner:
            collector.rows[number] = (row._replace(package=owner), where)
        elif row.package.startswith(SYSTEM):
            system.setdefault(row.package, where)
    for package, where in system.items():
        collector.add(Row("app.state", "installed", 0, package, 0), where)
        collector.add(Row("app.system", True, 0, package, 0), where)


def asked_reader(word: str) -> FileReader:
    """The reader of something that a person asked for; only addresses and app ids in it are looked at."""

    def rows(data: bytes, log: bytes, account: Account, _texts: Texts) -> Iterator[Row]:
        database = Database(data, log)
        yield from asked.parse(word, database, account)
        if database.lost:
            raise ParseError(database.lost, offset=database.first_lost)

    return FileReader((f"ios.{word}",), word, rows)
