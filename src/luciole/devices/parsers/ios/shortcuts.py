"""Reads Shortcuts.sqlite: which shortcuts send something or read something private, and which run by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.apps import plist
from luciole.apps.plist import Value
from luciole.devices.parsers.rows import LOOK, NAMED, Account, Row
from luciole.devices.parsers.sqlite_tables import Cell, Database, Record
from luciole.devices.parsers.times import from_seconds
from luciole.intel.apple_ids import SYSTEM, plain_id
from luciole.kernel.errors import ParseError

_MAC_EPOCH = 978_307_200
_MOST_ACTIONS = 500
_LARGEST = 4 << 20
_SENDS = (
    "sendmessage",
    "sendemail",
    "downloadurl",
    "getcontentsofurl",
    "airdropdocument",
    "share",
    "tweet",
    "runsshscript",
    "dropbox.savefile",
    "documentpicker.save",
    "savetofile",
)
_ALWAYS_SENDS = frozenset({*_SENDS[:8], "net.whatsapp.WhatsApp.send"})
_READS = {
    "getcurrentlocation": "place",
    "location": "place",
    "getdistance": "place",
    "takephoto": "photo",
    "takevideo": "photo",
    "getlastphoto": "photo",
    "selectphoto": "photo",
    "getlastvideo": "photo",
    "getlatestphotoimport": "photo",
    "getlatestlivephotos": "photo",
    "getlatestbursts": "photo",
    "filter.photos": "photo",
    "filter.contacts": "contacts",
    "recordaudio": "sound",
    "dictatetext": "sound",
    "takescreenshot": "screen",
    "getclipboard": "clipboard",
    "health.quantity": "health",
    "filter.health": "health",
    "getlastscreenshot": "screen",
    "findmessages": "messages",
    "filter.messages": "messages",
}
_PREFIX = "is.workflow.actions."


def parse(database: Database, account: Account) -> Iterator[Row]:
    """Tables `ZSHORTCUT`, `ZSHORTCUTACTIONS` and `ZTRIGGER`. Names of shortcuts and texts in them are not kept."""
    if database.has("ZSHORTCUT"):
        account.anchor()
    actions = _actions(database, account)
    triggers = _triggers(database)
    for number, record in enumerate(database.rows("ZSHORTCUT", "Z_PK", "ZCREATIONDATE", "ZMODIFICATIONDATE"), 1):
        key, created, changed = record.values
        key = key if isinstance(key, int) else record.number
        yield from _shortcut(number, record, actions.get(key, []), triggers.get(key), _time(changed) or _time(created))


def _shortcut(
    number: int, record: Record, actions: list[Value], trigger: tuple[bool, bool] | None, when: str
) -> Iterator[Row]:
    names = [plist.text(each, "WFWorkflowActionIdentifier") for each in actions]
    short = list(dict.fromkeys(name.removeprefix(_PREFIX) for name in names if name))
    about: dict[str, str | int | float | bool | list[str]] = {
        "kind": "shortcut" if trigger is None else "automation",
        "actions": short[:40],
        "sends": any(name in _ALWAYS_SENDS for name in short),
        "reads": list(dict.fromkeys(_READS[name] for name in short if name in _READS)),
        "asks": trigger[1] if trigger is not None else True,
        "enabled": trigger[0] if trigger is not None else False,
    }
    yield Row("shortcut", str(number), record.number, attributes=about, when=when, offset=record.offset)
    for name in names:
        package = plain_id(name)
        if package and not name.startswith((_PREFIX, SYSTEM)):
            yield Row(NAMED, "", record.number, package.rpartition(".")[0] if package.count(".") > 2 else package)  # noqa: PLR2004 - an action's name stands behind the app's
    for text in plist.texts(list(actions)):
        if "." in text and len(text) < 2_048 and "://" in text:  # noqa: PLR2004 - addresses only
            yield Row(LOOK, text, record.number)


def _actions(database: Database, account: Account) -> dict[int, list[Value]]:
    found: dict[int, list[Value]] = {}
    for record in database.rows("ZSHORTCUTACTIONS", "ZSHORTCUT", "ZDATA"):
        owner, content = record.values
        if not isinstance(owner, int) or not isinstance(content, bytes):
            continue
        try:
            value = plist.load(content) if len(content) <= _LARGEST else None
        except ParseError:
            account.lose(record.number or 1)
            continue
        listed = plist.items(value) or plist.items(value, "WFWorkflowActions")
        found[owner] = list(listed)[:_MOST_ACTIONS]
    return found


def _triggers(database: Database) -> dict[int, tuple[bool, bool]]:
    """Shortcut → whether its automation is on, and whether it asks before it runs."""
    found: dict[int, tuple[bool, bool]] = {}
    for record in database.rows("ZTRIGGER", "ZSHORTCUT", "ZENABLED", "ZSHOULDPROMPT"):
        owner, enabled, asks = record.values
        if isinstance(owner, int):
            before = found.get(owner, (False, True))
            found[owner] = (before[0] or enabled != 0, before[1] and asks != 0)
    return found


def _time(value: Cell) -> str:
    return from_seconds(value + _MAC_EPOCH) if isinstance(value, int | float) else ""
