"""One inventory of apps for each user, merged from every place that names an app, and the facts about the device.

The states of an app (`app.state`) follow one rule. Exactly one of these holds for each user: `installed`, `archived`,
`removed-data-kept`, `removed-traces` or `running-unlisted`; where two places contradict each other, the one read first
is believed, and dumpsys is read before the lists of an acquisition. `disabled`, `hidden` and `suspended` are further
facts about an installed app and stand beside `installed`, never alone. `removed-traces` and `running-unlisted` are
conclusions from the absence of an app in the lists: they are drawn only where no list was damaged or cut short.
`running-unlisted` is a process with the user id of an app that no list names; a process of a listed app may have any
name, and one of the system has no such user id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from luciole.devices.collect import Collector, Origin
from luciole.devices.parsers.rows import NAMED, Row
from luciole.devices.parsers.times import days_between, utc, with_year
from luciole.devices.stores import ROOT_APPS, SHELL, STORES
from luciole.kernel.facts import Fact, Place, Subject, Value
from luciole.kernel.outcome import Coverage, Reason, State
from luciole.kernel.vocabulary import FACTS

Placed = tuple[Row, Origin]
_PER_USER = 100_000
_DEVICE_FACTS = frozenset(name for name, fact in FACTS.items() if fact.subject == "device")
_LOCKDOWN = "always_on_vpn_lockdown"
_SINGLE = frozenset({
    "app.uid", "app.code_path", "app.version_code", "app.version_name", "app.min_sdk", "app.target_sdk", "app.system",
    "app.installer", "app.shared_user", "app.first_installed", "app.last_updated",
    "device.selinux", "device.managed", "developer_options",
})  # fmt: skip
"""Facts of which the first place read is believed; dumpsys is read before the lists of an acquisition."""
_IGNORED = {"setting": "package", "protection.off": "package", "process": "user"}
"""Attributes that differ between texts that say the same."""
_ANYBODY = frozenset({NAMED, "process"})
"""Rows that alone do not show for which user the app exists."""
_LISTS = frozenset({"device.packages", "ios.apps"})
"""Areas of which a complete list of installed apps is known."""
_BESIDE = frozenset({"disabled", "hidden", "suspended"})
"""States of an installed app; all others exclude each other."""
_APP_IDS = range(10_000, 20_000)
"""User id numbers of apps (Process.FIRST_APPLICATION_UID to LAST_APPLICATION_UID), without the user."""
_TIMED_VALUES = frozenset({"app.first_installed", "app.last_updated", "usage.last_used", "removal"})
_SEEN_VALUES = frozenset({"usage.last_used", "removal"})
"""Facts whose value is a time at which the app was there."""
_USED = ("last_foreground", "last_background")
_TIMED = ("last_foreground", "last_background", "last_rejected")
"""Attributes of `appop` that are times."""
Found = tuple[Subject, tuple[Fact, ...]]
Keyed = tuple[tuple[object, ...], Fact]


class Mention(NamedTuple):
    """Where a text first names an app. times: how often; when: the latest time that the text tells of the app, UTC."""

    origin: Origin
    line: int
    times: int
    when: str = ""


class Inventory:
    """Built once from everything that was collected; `subjects` hands out the facts.

    zone: of times that are printed without one, None where it is not known; full: more facts were found than are kept.
    """

    def __init__(self, collector: Collector, coverage: tuple[Coverage, ...], zone: dt.tzinfo | None = None) -> None:
        self.full = False
        self._collector = collector
        self._zone = zone
        self._left = collector.limits.facts_total
        self._resolved = 0
        self._apps: dict[str, list[Placed]] = {}
        self._device: list[Placed] = []
        self._mentions: dict[str, dict[tuple[str, str, str], Mention]] = {}
        self._profiles: dict[int, str] = {}
        self._lockdowns: set[int] = set()
        self._used: set[int | None] = set()
        lists = next((each for each in coverage if each.area in _LISTS and each.state is not State.NOT_LOOKED_AT), None)
        self._listed = lists is not None
        self._whole = lists is not None and lists.reason not in {Reason.DAMAGED, Reason.LIMIT}
        self._of_user = lists is not None and lists.area == "device.packages"
        self._numbered = False
        self._examined = {each.area for each in coverage if each.state is State.EXAMINED}
        self._sort()

    def _sort(self) -> None:
        """Gives every row to its app or to the device; numbers of users are resolved to apps."""
        by_uid: dict[int, dict[str, None]] = {}
        later: list[Placed] = []
        for row, origin in self._collector.rows:
            if row.uid >= 0:
                later.append((row, origin))
            elif row.package:
                self._apps.setdefault(row.package, []).append((row, origin))
                if row.name == "usage.last_used":
                    self._used.add(row.user)
                elif row.name == "app.uid":
                    by_uid.setdefault(int(row.value) % _PER_USER, {})[row.package] = None
            else:
                self._about_device(row, origin)
        self._numbered = any(number in _APP_IDS for number in by_uid)
        for row, origin in later:
            self._by_number(row, origin, by_uid.get(row.uid % _PER_USER, {}))
        self._drop_process_names()
        self._count_mentions()

    def _about_device(self, row: Row, origin: Origin) -> None:
        self._device.append((row, origin))
        if row.name == "setting" and row.value == _LOCKDOWN and row.attributes.get("value") == "1":
            self._lockdowns.add(int(str(row.attributes.get("user", 0))))
        if row.name == "device.user":
            self._profiles.setdefault(int(row.value), str(row.attributes.get("kind", "")))

    def _by_number(self, row: Row, origin: Origin, owners: dict[str, None]) -> None:
        """A row about whoever has a user id number."""
        if row.package:
            name = self._runner(row, owners)
            if name:
                self._apps.setdefault(name, []).append((row, origin))
            return
        self._resolved += len(owners)
        if self._resolved > self._collector.limits.facts * 4:
            self.full = True
            return
        for name in owners:
            self._apps[name].append((row._replace(package=name, user=row.uid // _PER_USER), origin))

    def _runner(self, row: Row, owners: dict[str, None]) -> str:
        """The app that runs a process: the name of a process may be any, its user id number may not. Empty for none."""
        if row.package in owners:
            return row.package
        if owners:
            return next(iter(owners)) if row.name == "process" and len(owners) == 1 else ""
        known = row.package in self._apps or not self._listed
        return row.package if known or (self._numbered and row.uid % _PER_USER in _APP_IDS) else ""

    def _drop_process_names(self) -> None:
        """A process whose user id is not printed may have any name: one that no list of apps has is no app."""
        for name in [name for name, rows in self._apps.items() if self._listed and not any(map(_shows_app, rows))]:
            del self._apps[name]

    def _count_mentions(self) -> None:
        for name, rows in self._apps.items():
            for row, origin in rows:
                self._mention(name, origin, row.line, 1, self._time_of(row))
        for found in self._collector.names.found:
            if found.kind == "package" and found.value in self._apps:
                origin = self._origin_of(found.source, found.section)
                key = (origin.file, origin.member, origin.label)
                times = 0 if key in self._mentions.get(found.value, {}) else found.times
                self._mention(found.value, origin, found.line, times, self._logged(found.when))
        for (label, name), when in self._collector.times.items():
            for key, each in self._mentions.get(name, {}).items() if when else ():
                if key[2] == label:
                    self._mentions[name][key] = each._replace(when=max(each.when, utc(when, self._zone)))

    def _time_of(self, row: Row) -> str:
        """The time that a row tells of its app: of an event, a removal or a use; the end of a period."""
        when = row.when or (str(row.value) if row.name in _SEEN_VALUES else "")
        if row.name == "appop":
            when = max(str(row.attributes.get(key, "")) for key in _USED)
        return utc(when.rpartition("/")[2], self._zone)

    def _logged(self, when: str) -> str:
        return utc(with_year(when, self._collector.taken), self._zone) if when else ""

    def _mention(self, name: str, origin: Origin, line: int, times: int, when: str) -> None:
        places = self._mentions.setdefault(name, {})
        key = (origin.file, origin.member, origin.label)
        before = places.get(key)
        before = before or Mention(origin, line, 0)
        places[key] = before._replace(times=before.times + times, when=max(before.when, when))

    def _origin_of(self, source: str, section: str) -> Origin:
        file, member = self._collector.files.get(source, (source, ""))
        return Origin(file, member, section, section or source, source)

    # ------------------------------------------------------------------ subjects

    def subjects(self) -> Iterator[Found]:
        """The device first, then every app of every user, by name; stops at the limit of facts."""
        yield self._device_facts()
        for name in sorted(self._apps):
            yield from self._of_app(name)
            if self._left < 0:
                return

    def _of_app(self, name: str) -> Iterator[Found]:
        rows = self._apps[name]
        mentions = [_mention_fact(mention) for mention in self._mentions[name].values()]
        of_user: dict[int | None, list[Keyed]] = {}
        for row, origin in rows:
            if row.name != NAMED:
                of_user.setdefault(row.user, []).append(_keyed(self._fact(row, origin)))
        shared = of_user.get(None, [])
        listed = any(row.name == "app.state" for row, _ in rows)
        said_of = {row.user for row, _ in rows}
        for user in self._users(rows):
            own = of_user.get(user, [])
            self._left -= len(own) + len(shared) + len(mentions)
            if self._left < 0:
                self.full = True
                return
            facts = self._locked(_one_state(_merged(own, shared)), user)
            absent = not listed and self._lists_all_of(user, said_of)
            facts += self._concluded(facts, mentions, absent=absent, used=user in self._used)
            subject = Subject(
                "app", name, user=user, profile=self._profiles.get(user, ""), platform=self._collector.platform
            )
            yield subject, self._kept((Fact("app.package", name, mentions[0].place), *facts, *mentions))

    def _lists_all_of(self, user: int, said_of: set[int | None]) -> bool:
        """Whether an app of this user would stand in a list if it were there; the list of an acquisition is of user 0.

        said_of: the users that places name with the app.
        """
        return self._whole and (bool(_LISTS & self._examined) or (self._of_user and user == 0 and 0 in said_of))

    def _kept(self, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        most = self._collector.limits.facts
        self.full = self.full or len(facts) > most
        return facts[:most]

    def _fact(self, row: Row, origin: Origin) -> Fact:
        value, attributes = row.value, row.attributes
        if row.name in _TIMED_VALUES:
            value = utc(str(value), self._zone)
        elif row.name == "appop":
            timed = {key: utc(str(attributes[key]), self._zone) for key in _TIMED if key in attributes}
            attributes = {**attributes, **timed} if timed else attributes
        return Fact(row.name, value, _place(row, origin), attributes, utc(row.when, self._zone))

    def _locked(self, facts: list[Fact], user: int) -> list[Fact]:
        """Whether the always-on VPN blocks everything else is a setting of its own."""
        if user not in self._lockdowns:
            return facts
        always = {"lockdown": True}
        return [Fact(f.name, f.value, f.place, always, f.when) if f.name == "vpn.always_on" else f for f in facts]

    @staticmethod
    def _users(rows: list[Placed]) -> list[int]:
        """The users that have the app: those with a state, then those about whom something else is said."""
        users = {row.user for row, _ in rows if row.user is not None and row.name not in _ANYBODY}
        users |= {0} if any(row.name == "app.state" and row.user is None for row, _ in rows) else set()
        users = users or {row.user for row, _ in rows if row.user is not None} or {0}
        return sorted(user for user in users if user is not None)

    def _concluded(self, facts: list[Fact], mentions: list[Fact], *, absent: bool, used: bool) -> Iterator[Fact]:
        """Facts that follow from others.

        absent: no list names the app, although one would have to; used: the use of other apps of this user was read.
        """
        states = {str(fact.value) for fact in facts if fact.name == "app.state"}
        if not states and absent:
            running = next((fact.place for fact in facts if fact.name == "process"), None)
            word = "removed-traces" if running is None else "running-unlisted"
            yield Fact("app.state", word, running or mentions[0].place)
        if "installed" not in states:
            return
        system = any(fact.name == "app.system" for fact in facts)
        installer = next((fact for fact in facts if fact.name == "app.installer"), None)
        if installer is not None:
            yield Fact("app.sideloaded", not system and _sideloaded(installer), installer.place)
        if (
            used
            and "device.usage" in self._examined
            and not system
            and not any(fact.name == "usage.last_used" for fact in facts)
        ):
            place = next((fact.place for fact in facts if fact.name == "app.state"), Place())
            yield Fact("usage.never_foreground", value=True, place=place)

    # ------------------------------------------------------------------ the device

    def _device_facts(self) -> Found:
        facts = _merged([_keyed(self._fact(row, origin)) for row, origin in self._device if row.name in _DEVICE_FACTS])
        facts = _one_proxy(facts)
        facts += [*self._patch_age(facts), *self._from_apps(), *self._named()]
        shown = {str(fact.attributes.get("key")): str(fact.value) for fact in facts if fact.name == "device.property"}
        maker, model = shown.get("manufacturer", ""), shown.get("model", "")
        label = (model if model.lower().startswith(maker.lower()) else f"{maker} {model}").strip()
        subject = Subject("device", shown.get("model", "") or "device", label, platform=self._collector.platform)
        self._left -= len(facts)
        return subject, self._kept(tuple(facts))

    def _patch_age(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        taken = self._collector.taken or self._collector.request.now
        for fact in facts:
            if fact.name == "device.property" and fact.attributes.get("key") == "patch_level":
                days = days_between(str(fact.value), taken)
                if days is not None:
                    yield Fact("device.patch_age_days", days, fact.place)

    def _from_apps(self) -> Iterator[Fact]:
        for name, rows in self._apps.items():
            allowed = next((placed for placed in rows if _may_install(placed[0])), None)
            if allowed is not None:
                yield Fact("unknown_sources", name, _place(*allowed))
            state = next((placed for placed in rows if placed[0].name == "app.state"), None)
            if name in ROOT_APPS and state is not None:
                yield Fact("root.trace", name, _place(*state), {"kind": "package"})

    def _named(self) -> Iterator[Fact]:
        for found in self._collector.names.found:
            origin = self._origin_of(found.source, found.section)
            place = Place(origin.file, origin.member, line=found.line or None, section=origin.section)
            if found.kind == "host":
                yield Fact("named.host", found.value, place, {"source": origin.label})
            elif found.kind != "package":
                yield Fact("named.digest", found.value, place, {"path": origin.label, "kind": found.kind})
            elif found.value not in self._apps:
                yield Fact("named.package", found.value, place, {"source": origin.label})


def _may_install(row: Row) -> bool:
    return row.name == "appop" and row.value == "REQUEST_INSTALL_PACKAGES" and row.attributes.get("mode") == "allow"


def _place(row: Row, origin: Origin) -> Place:
    offset = row.offset if row.offset >= 0 else None
    return Place(origin.file, origin.member, offset, row.line or None, origin.section)


def _mention_fact(mention: Mention) -> Fact:
    origin = mention.origin
    place = Place(origin.file, origin.member, line=mention.line or None, section=origin.section)
    return Fact(NAMED, origin.label, place, {"count": mention.times}, mention.when)


def _shows_app(placed: Placed) -> bool:
    return placed[0].name != "process" or placed[0].uid % _PER_USER in _APP_IDS


def _merged(*parts: Iterable[Keyed]) -> list[Fact]:
    """Each thing once, with the place where it was read first; of single facts only the first."""
    first: dict[tuple[object, ...], Fact] = {}
    for part in parts:
        for key, fact in part:
            first.setdefault(key, fact)
    return list(first.values())


def _one_state(facts: list[Fact]) -> list[Fact]:
    """One of the states that exclude each other, and the further ones only of an installed app."""
    states = [fact for fact in facts if fact.name == "app.state"]
    if len(states) < 2:  # noqa: PLR2004 - nothing to contradict
        return facts
    main = next((fact for fact in states if fact.value not in _BESIDE), None)
    kept = [main, *(fact for fact in states if fact.value in _BESIDE and main.value == "installed")] if main else states
    return [fact for fact in facts if fact.name != "app.state" or fact in kept]


def _one_proxy(facts: list[Fact]) -> list[Fact]:
    """A proxy once: the host alone, as one setting has it, says less than host and port, as another has them."""
    whole = {str(fact.value).rpartition(":")[0] for fact in facts if fact.name == "proxy"}
    return [fact for fact in facts if fact.name != "proxy" or fact.value not in whole]


def _keyed(fact: Fact) -> Keyed:
    """The fact with what tells it apart from others."""
    return ((fact.name,) if fact.name in _SINGLE else (fact.name, fact.value, _key(fact))), fact


def _key(fact: Fact) -> str:
    """What else tells two facts apart; who set a setting is printed in one place and not in the other."""
    attributes = fact.attributes
    if not attributes:
        return fact.when
    ignored = _IGNORED.get(fact.name)
    if ignored is not None:
        attributes = {name: value for name, value in attributes.items() if name != ignored}
    return repr(attributes) + fact.when


def _sideloaded(installer: Fact) -> bool:
    """Not by a store, or by a computer that only names one."""
    initiator: Value = installer.attributes.get("initiator", "")
    return installer.value not in STORES or initiator == SHELL
