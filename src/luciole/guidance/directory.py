"""A directory of help: who helps in which country, how fresh each entry is, and how it is said to people."""

from __future__ import annotations

from datetime import date

import msgspec

from luciole.guidance import texts
from luciole.guidance.languages import name_of
from luciole.kernel.text import CLOSES, OPENS, Translator, mark

WORLD = "001"
"""Country code of an entry for every country, as in Unicode CLDR."""
SHELF_LIFE_DAYS = 365
"""An entry that nobody verified for longer than this is marked as old."""

OLD = mark("This was last verified on {date}. It may have changed.")
UNVERIFIED = mark("Nobody has verified this yet. Look it up before you rely on it.")
VERIFIED = mark("Verified on {date}.")
NOT_YOUR_COUNTRY = mark("No entry for this country is in the directory. These entries are for every country:")
TITLE = mark("Where to find help")
PHONE, HOURS, LANGUAGES, LINK = mark("Telephone"), mark("Hours"), mark("Languages"), mark("Web page")
SERVICES = mark("What they offer")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One organisation that helps.

    country: ISO 3166-1 alpha-2, or `WORLD`; languages: BCP 47 codes; services: plain words; phone, hours, link: empty
    where not known; last_verified: ISO 8601 date, empty where nobody did; source: where the entry comes from.
    """

    id: str
    country: str
    name: str
    languages: tuple[str, ...]
    services: tuple[str, ...]
    source: str
    phone: str = ""
    hours: str = ""
    link: str = ""
    last_verified: str = ""
    note: str = ""


class Listed(msgspec.Struct, frozen=True):
    """An entry with how far it can be relied on. freshness: `verified`, `old` or `to-be-verified`."""

    entry: Entry
    freshness: str

    def caution(self, translate: Translator) -> str:
        """That sentence for people."""
        form = {"verified": VERIFIED, "old": OLD}.get(self.freshness, UNVERIFIED)
        return translate(form, date=self.entry.last_verified)


def entries_for(entries: tuple[Entry, ...], country: str, today: str) -> tuple[Listed, ...]:
    """The entries of a country and after them those for every country. country: as in `Entry`, any case.

    today: ISO 8601 date. An empty country gives only the entries for every country.
    """
    wanted = country.upper()
    own = [one for one in entries if one.country == wanted and wanted != WORLD]
    world = [one for one in entries if one.country == WORLD]
    return tuple(Listed(one, freshness(one, today)) for one in (*own, *world))


def freshness(entry: Entry, today: str) -> str:
    """How far an entry can be relied on. today: ISO 8601 date. A date to come counts as not verified."""
    if not entry.last_verified:
        return "to-be-verified"
    age = (date.fromisoformat(today) - date.fromisoformat(entry.last_verified)).days
    if age < 0:
        return "to-be-verified"
    return "old" if age > SHELF_LIFE_DAYS else "verified"


def entry_lines(listed: Listed, translate: Translator) -> list[str]:
    """An entry as lines of text: its name, what it does, how to reach it, how fresh that is.

    Names, numbers and addresses stay as they are; services and notes are the words of whoever wrote the directory.
    """
    entry = listed.entry
    named = (
        (PHONE, entry.phone),
        (HOURS, entry.hours),
        (LANGUAGES, translate.listed(map(name_of, entry.languages))),
        (LINK, entry.link),
    )
    lines = [entry.name, translate.listed(translate(one) for one in entry.services)]
    lines += [_pair(title, value, translate) for title, value in named if value]
    return [*lines, *([translate(entry.note)] if entry.note else []), listed.caution(translate)]


def _pair(title: str, value: str, translate: Translator) -> str:
    """Name and value; from right to left a number or an address is kept from being turned around."""
    kept = f"{OPENS}{value}{CLOSES}" if translate.direction == "rtl" else value
    return translate(texts.PAIR, name=translate(title), value=kept)
