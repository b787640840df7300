"""Reads a backup of an iPhone or iPad, plain or encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices import ios_files
from luciole.devices.collect import Collector, Origin
from luciole.devices.opened import Opened
from luciole.devices.parsers.ios import asked, info, jailbreak, keybag, manifest
from luciole.devices.parsers.ios.keybag import Decryptor, Keys, WrongPassword
from luciole.devices.parsers.ios.manifest import Entry
from luciole.devices.parsers.rows import NAMED, Account, Row
from luciole.devices.parsers.sqlite_tables import MAGIC, Database
from luciole.devices.sources.ios_backup import AREAS, INFO, LIST, MANIFEST, STATUS, places_of
from luciole.devices.tree import Tree, head
from luciole.intel.apple_ids import SYSTEM, is_bundle_id, owner_of, plain_id, shorter_ids
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Reason, State

_LARGEST_LIST = 512 << 20
_LOG = "-wal"
_BATCH = 4_000
_SMALLEST_PAGE, _PADDING = 512, 16
_APP, _PLUGIN, _GROUP = "AppDomain-", "AppDomainPlugin-", "AppDomainGroup-"
_PROFILE_FOLDER = "systemgroup.com.apple.configurationprofiles"
_ASKED: dict[str, tuple[str, ...]] = {
    "messages": ("Library/SMS/sms.db",),
    "calls": ("Library/CallHistoryDB/CallHistory.storedata",),
    "contacts": ("Library/AddressBook/AddressBook.sqlitedb",),
    "photos": ("Media/PhotoData/Photos.sqlite",),
    "browsing": (
        "Library/Safari/History.db",
        "Library/Safari/BrowserState.db",
        "Library/Application Support/Google/Chrome/Default/History",
        "profile.profile/browser.db",
        "profile.profile/places.db",
    ),
}
"""What is only read when a person asks for it, and the ends of its paths."""
KNOWN_FILES: tuple[tuple[str, str], ...] = (
    ("HomeDomain", "Library/TCC/TCC.db"),
    ("RootDomain", "Library/Caches/locationd/clients.plist"),
    ("HomeDomain", "Library/Accounts/Accounts3.sqlite"),
    ("HomeDomain", "Library/FrontBoard/applicationState.db"),
    ("WirelessDomain", "Library/Databases/DataUsage.sqlite"),
    ("HomeDomain", "Library/Preferences/com.apple.osanalytics.addaily.plist"),
    ("HomeDomain", "Library/Preferences/com.apple.findmy.plist"),
    ("HomeDomain", "Library/Preferences/com.apple.ScreenTimeAgent.plist"),
    ("HomeDomain", "Library/Preferences/.GlobalPreferences.plist"),
    ("HomeDomain", "Library/Shortcuts/Shortcuts.sqlite"),
)
"""Files whose names in a backup are known without its list of files."""


class _Backup:
    """One backup while it is read. present: names of the files that are there; logs: write-ahead logs by their file."""

    def __init__(self, opened: Opened, start: str, collector: Collector) -> None:
        assert opened.tree is not None  # noqa: S101 - for the type checker: recognise asked
        self.opened = opened
        self.tree: Tree = opened.tree
        self.start = start
        self.collector = collector
        self.present = set(self.tree.names())
        self.keys: Keys | None = None
        self.apps: set[str] = set()
        self.logs: dict[tuple[str, str], Entry] = {}

    # ------------------------------------------------------------------ files

    def origin(self, name: str, section: str, label: str) -> Origin:
        """The origin of rows from the file `name` of the evidence, shown by `label`."""
        file, member = self.opened.where(name)
        return Origin(file, member, section, label, label)

    def top_file(self, name: str, *areas: str) -> Value:
        """A property list beside the list of files; None where it is missing or damaged, which is then marked."""
        where = self.origin(self.start + name, name, name)
        try:
            if self.start + name not in self.present:
                for area in areas:
                    self.collector.mark(area, State.PARTIAL, Reason.MISSING, detail=f"{name} is not in the backup")
                return None
            value = plist.load(self.collector.whole(self.opened, self.start + name, ios_files.LARGEST))
        except ParseError as error:
            for area in (*areas, "device.names"):
                self.collector.damaged(area, error, name)
            self.collector.unreadable(where, "damaged")
            return None
        texts = ios_files.Texts()
        texts.add(plist.texts(value))
        self.collector.files.setdefault(name, (where.file, where.member))
        ios_files.search(self.collector, where, texts)
        return value

    def file_name(self, entry: Entry) -> str:
        """Where a file of the list lies: in a folder named by its first two digits, in old backups without one."""
        for name in (f"{self.start}{entry.file_id[:2]}/{entry.file_id}", f"{self.start}{entry.file_id}"):
            if name in self.present:
                return name
        return ""

    def content(self, name: str, entry: Entry, limit: int) -> bytes:
        """The content of a file of the list, decrypted where the backup is. Raises ParseError, also for a cut file."""
        if self.keys is None:
            content, size = self.collector.whole(self.opened, name, limit), manifest.size_of(entry.record)
        else:
            locked = manifest.locked(entry.record)
            key, size = self.keys.file_key(locked.protection_class, locked.key), locked.size
            content = keybag.unpadded(self._decrypted(name, key, limit), size)
        if size is not None and len(content) < size:
            raise ParseError("shorter than the list of files says", file=name, offset=len(content))
        return content

    def _decrypted(self, name: str, key: bytes, limit: int) -> bytearray:
        decryptor, found = Decryptor(key), bytearray()
        for chunk in self.collector.chunks(self.opened, name):
            found += decryptor.update(chunk)
            if len(found) > limit:
                raise ParseError(f"longer than {limit} bytes", file=name, limit=True)
        if not decryptor.whole:
            raise ParseError("an encrypted file that is cut off", file=name, offset=len(found))
        return found

    def list_content(self, key: bytes) -> bytearray:
        """Manifest.db, decrypted where there is a key. Raises ParseError."""
        name = self.start + LIST
        if key:
            clear = self._decrypted(name, key, _LARGEST_LIST)
            rest = len(clear) % _SMALLEST_PAGE
            if rest <= _PADDING:
                del clear[len(clear) - rest :]
            return clear
        found = bytearray()
        for chunk in self.tree.chunks(name):
            found += chunk
            if len(found) > _LARGEST_LIST:
                raise ParseError("a list of files that is too long", limit=True)
        return found


def read(opened: Opened, collector: Collector) -> None:
    """Reads the lists beside the files, opens the keys of an encrypted backup, then the few files that matter."""
    if opened.tree is None:
        return
    ios_files.begin(collector)
    collector.details["times"] = "in UTC"
    starts = places_of(opened.tree)
    backup = _Backup(opened, starts[0], collector)
    if len(starts) > 1:
        collector.details["other_backups"] = f"{len(starts) - 1} more in the same folder; only the first was read"
    manifest_list = backup.top_file(MANIFEST, "ios.device", "ios.apps")
    state = info.backup_state(manifest_list)
    collector.taken = state.taken or collector.taken
    collector.details["encrypted"] = "yes" if state.encrypted else "no"
    database = _open_list(backup, state)
    if collector.problem:
        return
    _about(backup, manifest_list)
    if database is not None:
        _files(backup, database)
    else:
        _known_files(backup)
    _not_asked(collector)
    ios_files.finish(collector)
    detail = "contents of apps, messages and photos were not searched"
    collector.mark("device.names", State.PARTIAL, Reason.NOT_ASKED, detail=detail)


def _open_list(backup: _Backup, state: info.BackupState) -> Database | None:
    """Manifest.db; None where it could not be read, and `problem` is set where a password is needed."""
    collector, key = backup.collector, b""
    if backup.start + LIST not in backup.present:
        _no_list(collector, Reason.MISSING, f"{LIST} is not in the backup")
        return None
    plain = head(backup.tree, backup.start + LIST, len(MAGIC)) == MAGIC
    try:
        if state.encrypted:
            backup.keys = keybag.unlock(state.key_bag, collector.request.password)
            key = b"" if plain or not state.manifest_key else backup.keys.manifest_key(state.manifest_key)
        return Database(backup.list_content(key))
    except WrongPassword as error:
        _refuse(collector, error)
    except ParseError as error:
        if state.encrypted and backup.keys is None:
            _refuse(collector, error)
        else:
            _no_list(collector, Reason.LIMIT if error.limit else Reason.DAMAGED, f"{LIST}: {error.message}")
            collector.unreadable(backup.origin(backup.start + LIST, LIST, LIST), "damaged")
    return None


def _refuse(collector: Collector, error: ParseError) -> None:
    if isinstance(error, WrongPassword) and collector.request.password:
        collector.problem = "The backup is encrypted, and this password does not fit. Nothing of it was read."
    elif isinstance(error, WrongPassword):
        collector.problem = "The backup is encrypted. Hand in its password."
    else:
        collector.problem = f"The backup is encrypted, and its keys could not be opened: {error.message}."
    collector.rows.clear()
    collector.marks.clear()
    for area in AREAS:
        collector.mark(area, State.NOT_LOOKED_AT, Reason.ENCRYPTED)


def _no_list(collector: Collector, reason: Reason, detail: str) -> None:
    """Without the list of files, nobody knows what else is there."""
    for area in (*AREAS[1:-6], "device.names"):
        collector.mark(area, State.PARTIAL, reason, detail=detail)


def _about(backup: _Backup, manifest_list: Value) -> None:
    collector = backup.collector
    about, status = backup.top_file(INFO, "ios.device", "ios.apps"), backup.top_file(STATUS)
    collector.taken = collector.taken or plist.when(about, "Last Backup Date") or plist.when(status, "Date")
    for value, name in ((about, INFO), (manifest_list, MANIFEST)):
        if value is not None:
            _take(backup, info.device, value, name, name, ("ios.device",))
    if status is not None:
        _take(backup, info.status, status, STATUS, STATUS, ())
    if about is not None:
        _take(backup, info.installed, about, INFO, "Installed Applications", ("ios.apps",))
        _take(backup, info.described, about, INFO, "Applications", ("ios.apps",), alone=False)
        _take(backup, info.without_record, about, INFO, "Applications", ("ios.apps",), alone=False)
    if manifest_list is not None and plist.at(manifest_list, "Applications") is not None:
        _take(backup, info.listed, manifest_list, MANIFEST, "Applications", ("ios.apps",))
    backup.apps = {row.package for row, _ in collector.rows if row.name == "app.state"}


def _take(
    backup: _Backup,
    parse: info.Parse,
    value: Value,
    name: str,
    section: str,
    areas: tuple[str, ...],
    *,
    alone: bool = True,
) -> None:
    """Keeps the rows of one part of a list. alone: the part by itself tells about its areas."""
    where, account = backup.origin(backup.start + name, section, name), Account(backup.collector.taken)
    try:
        count = backup.collector.take(parse(value, account), where)
    except ParseError as error:
        for area in areas:
            backup.collector.damaged(area, error, name)
        return
    if areas and (alone or account.lost):
        backup.collector.finish(areas, where, account, count)


def _files(backup: _Backup, database: Database) -> None:
    """One pass over the list: names, domains, traces; then the files that a reader knows."""
    collector = backup.collector
    where = backup.origin(backup.start + LIST, "Files", LIST)
    collector.files[LIST] = (where.file, where.member)
    wanted: list[tuple[Entry, ios_files.FileReader]] = []
    domains: dict[str, int] = {}
    count, error = 0, None
    try:
        for batch in _batches(database, collector):
            count += len(batch)
            traces = jailbreak.is_trace(_search(batch, collector))
            for entry in batch:
                domains.setdefault(entry.domain, entry.offset)
                reader = _reader_of(entry, collector)
                if reader is not None:
                    wanted.append((entry, reader))
                if entry.path.endswith(_LOG):
                    backup.logs[entry.domain, entry.path.removesuffix(_LOG)] = entry
                if traces and not entry.domain.startswith((_APP, _PLUGIN, _GROUP)) and jailbreak.is_trace(entry.path):
                    collector.add(jailbreak.of_path(f"{entry.domain}/{entry.path}", entry.offset), where)
    except ParseError as problem:
        error = problem
    _domains(backup, domains, where)
    _listed(collector, database, count, error)
    _wanted(backup, wanted, whole=error is None and not database.lost)


def _batches(database: Database, collector: Collector) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    lost = 0
    for entry in manifest.entries(database):
        if entry is None:
            lost += 1
            continue
        batch.append(entry)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    yield batch
    if lost:
        collector.mark("ios.files", State.PARTIAL, Reason.DAMAGED, detail=f"{LIST}: {lost} lines of another shape")


def _search(batch: list[Entry], collector: Collector) -> str:
    """Searches the names of some files, and returns them as one text."""
    texts = "\n".join([f"{entry.domain.replace('-', ' ', 1)} {entry.path}".replace("\n", " ") for entry in batch])
    collector.names.scan(texts.encode("utf-8", "replace"), LIST, "Files")
    return texts


def _listed(collector: Collector, database: Database, count: int, error: ParseError | None) -> None:
    problem = error or (ParseError(database.lost, offset=database.first_lost) if database.lost else None)
    collector.details["files"] = str(count)
    if problem is None:
        collector.examined("ios.files", count)
        collector.examined("ios.jailbreak", count, "only what a backup holds")
        return
    for area in (*AREAS[1:-6], "device.names"):
        collector.damaged(area, problem, LIST)


def _reader_of(entry: Entry, collector: Collector) -> ios_files.FileReader | None:
    """The reader of a file; files inside folders of apps are not taken for files of the system."""
    if entry.domain.startswith("AppDomain"):
        return _asked_of(entry, collector)
    found = ios_files.reader_of(entry.path)
    return found if found is not None else _asked_of(entry, collector)


def _asked_of(entry: Entry, collector: Collector) -> ios_files.FileReader | None:
    for word in collector.request.include & asked.WORDS:
        if entry.path.endswith(_ASKED[word]):
            return ios_files.asked_reader(word)
    return None


def _wanted(backup: _Backup, wanted: list[tuple[Entry, ios_files.FileReader]], *, whole: bool) -> None:
    collector = backup.collector
    profiles = [entry for entry, reader in wanted if _PROFILE_FOLDER in entry.domain or "ios.profiles" in reader.areas]
    for entry, reader in wanted:
        _one(backup, entry, reader)
    if profiles and whole:
        collector.examined("ios.profiles", len(profiles))
        collector.examined("ios.management", len(profiles))
    collector.details["files_read"] = str(len(wanted))


def _one(backup: _Backup, entry: Entry, reader: ios_files.FileReader) -> None:
    """Reads one file of the list."""
    collector = backup.collector
    short = entry.path.rpartition("/")[2]
    name = backup.file_name(entry)
    path = f"{entry.domain} {entry.path}"
    where = backup.origin(name, f"{path} {reader.section}".strip(), short)._replace(source=path)
    if manifest.file_id(entry.domain, entry.path) != entry.file_id:
        collector.unreadable(where, "its name does not fit the list of files")
    if not name:
        for area in reader.areas:
            collector.mark(area, State.PARTIAL, Reason.MISSING, detail=f"{short} is in the list and not in the backup")
        return
    try:
        data = backup.content(name, entry, ios_files.LARGEST)
    except ParseError as error:
        for area in (*reader.areas, "device.names"):
            collector.damaged(area, error, short)
        collector.unreadable(where, "damaged")
        return
    ios_files.take(collector, where, reader, data, _log(backup, entry))


def _log(backup: _Backup, entry: Entry) -> bytes:
    """The write-ahead log beside a SQLite file; empty where there is none or it cannot be read."""
    log = backup.logs.get((entry.domain, entry.path))
    name = backup.file_name(log) if log is not None else ""
    if log is None or not name:
        return b""
    try:
        return backup.content(name, log, ios_files.LARGEST)
    except ParseError as error:
        backup.collector.unreadable(backup.origin(name, log.path, log.path.rpartition("/")[2]), error.message)
        return b""


def _known_files(backup: _Backup) -> None:
    """Without a list of files: those whose names are the same in every backup."""
    if backup.keys is not None:
        return
    for domain, path in KNOWN_FILES:
        entry = Entry(manifest.file_id(domain, path), domain, path, b"", 0)
        reader = ios_files.reader_of(path)
        if reader is not None and backup.file_name(entry):
            _one(backup, entry, reader)


def _domains(backup: _Backup, domains: dict[str, int], where: Origin) -> None:
    """Apps by the folders they have in the backup; extensions and shared folders go to the app they belong to."""
    collector = backup.collector
    for domain, offset in domains.items():
        package = plain_id(domain.removeprefix(_APP)) if domain.startswith(_APP) else ""
        if package and (package in backup.apps or not package.startswith(SYSTEM)):
            backup.apps.add(package)
            collector.add(Row("app.state", "installed", 0, package, 0, offset=offset), where)
            collector.take(jailbreak.of_app(package), where)
    for package in backup.apps:
        collector.take(jailbreak.of_app(package), where)
    for domain, offset in domains.items():
        for start, kind in ((_PLUGIN, "plug-in"), (_GROUP, "group")):
            if domain.startswith(start):
                _extension(backup, domain.removeprefix(start), kind, offset, where)


def _extension(backup: _Backup, name: str, kind: str, offset: int, where: Origin) -> None:
    collector = backup.collector
    owner = owner_of(name, backup.apps)
    if owner:
        collector.add(Row("app.extension", name, 0, owner, 0, {"kind": kind}, offset=offset), where)
        return
    known = collector.names.known("package", shorter_ids(name))
    for package in known:
        collector.names.add("package", package, LIST, "Files", 0)
    above = plain_id(name).rpartition(".")[0]
    if kind == "plug-in" and not known and is_bundle_id(above) and not above.startswith(SYSTEM):
        collector.add(Row(NAMED, "", 0, above, 0, offset=offset), where)


def _not_asked(collector: Collector) -> None:
    for word in sorted(asked.WORDS):
        if word not in collector.request.include:
            detail = "not read, because nobody asked for it"
            collector.mark(f"ios.{word}", State.NOT_LOOKED_AT, Reason.NOT_ASKED, detail=detail)
