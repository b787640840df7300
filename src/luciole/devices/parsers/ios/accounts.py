"""Reads Accounts3.sqlite: which kinds of accounts are on the device; who they belong to is masked."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.devices.parsers.ios.info import shortened_digest
from luciole.devices.parsers.rows import Account, Row
from luciole.devices.parsers.sqlite_tables import Cell, Database
from luciole.devices.parsers.times import from_seconds
from luciole.kernel.facts import Value

_MAC_EPOCH = 978_307_200
_KINDS = {
    "com.apple.account.AppleAccount": "apple",
    "com.apple.account.AppleID": "apple",
    "com.apple.account.iTunesStore": "apple-store",
    "com.apple.account.Google": "google",
    "com.google": "google",
    "com.apple.account.Exchange": "microsoft",
    "com.microsoft": "microsoft",
    "com.apple.account.Hotmail": "microsoft",
    "com.apple.account.Yahoo": "mail",
    "com.apple.account.aol": "mail",
    "com.apple.account.IMAP": "mail",
    "com.apple.account.POP": "mail",
    "com.apple.account.SMTP": "mail",
    "com.apple.facebook": "social",
    "com.apple.twitter": "social",
    "com.apple.account.CalDAV": "calendar",
    "com.apple.account.SubscribedCalendar": "calendar",
    "com.apple.account.CardDAV": "contacts",
    "com.apple.account.FindMyFriends": "find-my",
    "com.apple.account.FamilyCircle": "family",
    "com.apple.account.IdentityServices": "messenger",
}
"""Account type → kind; the longest beginning counts."""
_BY_LENGTH = sorted(_KINDS, key=len, reverse=True)


def parse(database: Database, account: Account) -> Iterator[Row]:
    """The tables `ZACCOUNTTYPE` and `ZACCOUNT`. owner: a mark that is the same for the same name, not the name."""
    if database.has("ZACCOUNT", "ZACCOUNTTYPE"):
        account.anchor()
    types: dict[int, str] = {}
    for record in database.rows("ZACCOUNTTYPE", "Z_PK", "ZIDENTIFIER"):
        key, name = record.values
        types[key if isinstance(key, int) else record.number] = name if isinstance(name, str) else ""
    for record in database.rows("ZACCOUNT", "ZACCOUNTTYPE", "ZUSERNAME", "ZDATE", "ZACTIVE", "ZPARENTACCOUNT"):
        reference, owner, added, active, parent = record.values
        name = types.get(reference, "") if isinstance(reference, int) else ""
        if not name or isinstance(parent, int):
            continue
        kind = next((_KINDS[start] for start in _BY_LENGTH if name.startswith(start)), "other")
        mark = masked_owner(owner)
        about: dict[str, Value] = {"kind": kind, "owner": mark, "active": active != 0}
        name = f"{name[:200]} {mark}".strip()
        yield Row(
            "account",
            f"{name[:200]} {mark}".strip(),
            record.number,
            attributes=about,
            when=_time(added),
            offset=record.offset,
        )


def masked_owner(owner: Cell) -> str:
    """A mark by which two accounts of one owner are known as such."""
    return "owner " + shortened_digest(owner.lower()) if isinstance(owner, str) and owner else ""


def _time(added: Cell) -> str:
    return from_seconds(added + _MAC_EPOCH) if isinstance(added, int | float) else ""
