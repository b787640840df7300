"""One inventory of apps for each user, merged from every place that names an app, and the facts about the device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from luciole.devices.collect import Collector, Origin
from luciole.devices.parsers.rows import NAMED, Row
from luciole.devices.parsers.times import days_between
from luciole.devices.stores import ROOT_APPS, SHELL, STORES
from luciole.kernel.facts import Fact, FactSet, Place, Subject, Value
from luciole.kernel.outcome import Coverage, State
from luciole.kernel.vocabulary import DEVICE

Placed = tuple[Row, Origin]
_PER_USER = 100_000
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


class Mention(NamedTuple):
    """Where a text first names an app. times: how often."""

    origin: Origin
    line: int
    times: int


class Inventory:
    """Built once from everything that was collected; `subjects` hands out the facts."""

    def __init__(self, collector: Collector, coverage: tuple[Coverage, ...]) -> None:
        self._collector = collector
        self._coverage = coverage
        self._apps: dict[str, list[Placed]] = {}
        self._device: list[Placed] = []
        self._mentions: dict[str, dict[tuple[str, str, str], Mention]] = {}
        self._profiles: dict[int, str] = {}
        self._lockdowns: set[int] = set()
        self._looked = {each.area for each in coverage if each.state is not State.NOT_LOOKED_AT}
        self._examined = {each.area for each in coverage if each.state is State.EXAMINED}
        self._sort()

    def _sort(self) -> None:
        """Gives every row to its app or to the device; numbers of users are resolved to apps."""
        by_uid: dict[int, list[str]] = {}
        for row, origin in self._collector.rows:
            if row.package:
                self._apps.setdefault(row.package, []).append((row, origin))
                if row.name == "app.uid":
                    names = by_uid.setdefault(int(row.value) % _PER_USER, [])
                    names += [row.package] if row.package not in names else []
            elif row.uid < 0:
                self._device.append((row, origin))
                if row.name == "setting" and row.value == _LOCKDOWN and row.attributes.get("value") == "1":
                    self._lockdowns.add(int(str(row.attributes.get("user", 0))))
                if row.name == "device.user":
                    self._profiles.setdefault(int(row.value), str(row.attributes.get("kind", "")))
        for row, origin in self._collector.rows:
            if not row.package and row.uid >= 0:
                for name in by_uid.get(row.uid % _PER_USER, ()):
                    self._apps[name].append((row._replace(package=name, user=row.uid // _PER_USER), origin))
        self._drop_process_names()
        self._count_mentions()

    def _drop_process_names(self) -> None:
        """A process may have any name: one that no list of apps has is no app."""
        for name in [name for name, rows in self._apps.items() if all(row.name == "process" for row, _ in rows)]:
            if "device.packages" in self._looked:
                del self._apps[name]

    def _count_mentions(self) -> None:
        for name, rows in self._apps.items():
            for row, origin in rows:
                self._mention(name, origin, row.line, 1)
        for found in self._collector.names.found:
            if found.kind == "package" and found.value in self._apps:
                origin = self._origin_of(found.source, found.section)
                key = (origin.file, origin.member, origin.label)
                if key not in self._mentions.get(found.value, {}):
                    self._mention(found.value, origin, found.line, found.times)

    def _mention(self, name: str, origin: Origin, line: int, times: int) -> None:
        places = self._mentions.setdefault(name, {})
        key = (origin.file, origin.member, origin.label)
        before = places.get(key)
        places[key] = Mention(origin, line, times) if before is None else before._replace(times=before.times + times)

    def _origin_of(self, source: str, section: str) -> Origin:
        file, member = self._collector.files.get(source, (source, ""))
        return Origin(file, member, section, section or source, source)

    # ------------------------------------------------------------------ subjects

    def subjects(self) -> tuple[FactSet, ...]:
        """The device first, then every app of every user, by name."""
        return (self._device_facts(), *(each for name in sorted(self._apps) for each in self._of_app(name)))

    def _of_app(self, name: str) -> Iterator[FactSet]:
        rows = self._apps[name]
        mentions = [_mention_fact(mention) for mention in self._mentions[name].values()]
        shared = [(row, _fact(row, origin)) for row, origin in rows if row.user is None and row.name != NAMED]
        for user in self._users(rows):
            own = [(row, _fact(row, origin)) for row, origin in rows if row.user == user and row.name != NAMED]
            facts = self._locked(_merged([*own, *shared]), user)
            facts += self._concluded(name, facts, mentions)
            subject = Subject("app", name, user=user, profile=self._profiles.get(user, ""))
            kept = (Fact("app.package", name, mentions[0].place), *facts, *mentions)
            yield FactSet(subject, kept[: self._collector.limits.facts], self._coverage)

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

    def _concluded(self, name: str, facts: list[Fact], mentions: list[Fact]) -> Iterator[Fact]:
        """Facts that follow from others."""
        states = {str(fact.value) for fact in facts if fact.name == "app.state"}
        if not states and "device.packages" in self._looked and not self._has_state(name):
            yield Fact("app.state", "removed-traces", mentions[0].place)
        if "installed" not in states:
            return
        system = any(fact.name == "app.system" for fact in facts)
        installer = next((fact for fact in facts if fact.name == "app.installer"), None)
        if installer is not None:
            yield Fact("app.sideloaded", not system and _sideloaded(installer), installer.place)
        if (
            "device.usage" in self._examined
            and not system
            and not any(fact.name == "usage.last_used" for fact in facts)
        ):
            place = next((fact.place for fact in facts if fact.name == "app.state"), Place())
            yield Fact("usage.never_foreground", value=True, place=place)

    def _has_state(self, name: str) -> bool:
        return any(row.name == "app.state" for row, _ in self._apps[name])

    # ------------------------------------------------------------------ the device

    def _device_facts(self) -> FactSet:
        facts = _merged([(row, _fact(row, origin)) for row, origin in self._device if row.name in DEVICE])
        facts += [*self._patch_age(facts), *self._from_apps(), *self._named()]
        shown = {str(fact.attributes.get("key")): str(fact.value) for fact in facts if fact.name == "device.property"}
        label = f"{shown.get('manufacturer', '')} {shown.get('model', '')}".strip()
        subject = Subject("device", shown.get("model", "") or "device", label)
        return FactSet(subject, tuple(facts[: self._collector.limits.facts]), self._coverage)

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
    return Place(origin.file, origin.member, line=row.line or None, section=origin.section)


def _fact(row: Row, origin: Origin) -> Fact:
    return Fact(row.name, row.value, _place(row, origin), row.attributes, row.when)


def _mention_fact(mention: Mention) -> Fact:
    origin = mention.origin
    place = Place(origin.file, origin.member, line=mention.line or None, section=origin.section)
    return Fact(NAMED, origin.label, place, {"count": mention.times})


def _merged(rows: Iterable[tuple[Row, Fact]]) -> list[Fact]:
    """Each thing once, with the place where it was read first; of single facts only the first."""
    seen: set[tuple[object, ...]] = set()
    facts: list[Fact] = []
    for _, fact in rows:
        key: tuple[object, ...] = (fact.name,) if fact.name in _SINGLE else (fact.name, fact.value, _key(fact))
        if key not in seen:
            seen.add(key)
            facts.append(fact)
    return facts


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
