"""Compares facts with the index: what was met, how strong that is, and why, in plain words. Never a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from luciole.intel import apple_ids, values
from luciole.intel.family_names import slug
from luciole.intel.index import Hit, Index
from luciole.intel.index_writing import Entry, IndexKind
from luciole.intel.model import Confidence, FamilyKind, Role
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Fact, FactSet
from luciole.kernel.text import Message, mark

Strength = Literal["strong", "supporting", "weak"]
Seen = Literal["own", "in-code", "contacted", "looked-up", "set", "named", "unverified", "carried", "shared"]
"""How the fact met the value: it is the app's own; stands in its code; was contacted; its name was looked up; was set
on the device; a text names it; a signature that was not verified; a file carried inside; a part of the app or what it
shares with other apps is named after it."""

_ORDER: dict[Strength, int] = {"strong": 0, "supporting": 1, "weak": 2}


class Match(msgspec.Struct, frozen=True, omit_defaults=True):
    """One family met by one fact. family: empty when a rule or value names none; value: the listed value.

    why: one sentence for people; warning_list: the list that says many share this value; note: what weakened it.
    """

    family: str
    name: str
    kind: FamilyKind | Literal[""]
    role: Role
    value: str
    strength: Strength
    why: Message
    fact: Fact
    confidence: Confidence = "reported"
    sources: tuple[str, ...] = ()
    first_seen: str = ""
    last_seen: str = ""
    warning_list: str = ""
    notes: tuple[Message, ...] = ()


class Lookup(NamedTuple):
    """What of a fact is looked up. attribute: empty for the fact's own value; form: how texts become values."""

    attribute: str
    kind: IndexKind
    seen: Seen
    form: Literal["as-is", "network", "host-port", "part", "right"] = "as-is"


def _kin(attribute: str, form: Literal["part", "right"]) -> tuple[Lookup, ...]:
    """Ids of apps at the beginning of a longer id; of a right only where it says that it is one."""
    return (Lookup(attribute, "ios-bundle", "shared", form), Lookup(attribute, "package", "shared", form))


def _digests(seen: Seen, *attributes: str) -> tuple[Lookup, ...]:
    return tuple(Lookup(attribute, "digest", seen) for attribute in attributes)


FACTS_MATCHED: dict[str, tuple[Lookup, ...]] = {
    "app.package": (Lookup("", "package", "own"), Lookup("", "ios-bundle", "own")),
    "named.package": (Lookup("", "package", "named"), Lookup("", "ios-bundle", "named")),
    "management.profile": (Lookup("", "ios-bundle", "set"),),
    "profile.event": (Lookup("", "ios-bundle", "named"),),
    "profile.payload": (Lookup("host", "host", "set", "network"), Lookup("provider", "ios-bundle", "set")),
    "management.enrolment": (Lookup("server", "host", "set", "network"),),
    "vpn.configuration": (Lookup("server", "host", "set", "network"), Lookup("", "ios-bundle", "set")),
    "photos.made_with": (Lookup("", "ios-bundle", "named"),),
    "file.sha256": _digests("own", ""),
    "file.sha1": _digests("own", ""),
    "file.md5": _digests("own", ""),
    "file.part": _digests("own", "", "sha256"),
    "named.digest": _digests("own", ""),
    "carried.file": _digests("carried", "sha256"),
    "native.library": _digests("carried", "sha256"),
    "program.file": _digests("carried", "sha256"),
    "code.dex": _digests("carried", ""),
    "signature.certificate": (
        Lookup("", "certificate", "own"),
        Lookup("sha1", "certificate", "own"),
        Lookup("md5", "certificate", "own"),
        Lookup("common_name", "certificate-name", "own"),
        Lookup("organization", "certificate-organization", "own"),
    ),
    "code.host": (Lookup("", "host", "in-code", "network"),),
    "code.url": (Lookup("", "url", "in-code", "network"),),
    "contacted.host": (Lookup("", "host", "contacted", "network"),),
    "named.host": (Lookup("", "host", "named", "network"),),
    "network.lookup": (Lookup("", "host", "looked-up", "network"), Lookup("addresses", "host", "looked-up", "network")),
    "network.lease": (Lookup("", "host", "set", "network"),),
    "network.alert": (
        Lookup("host", "host", "contacted", "host-port"),
        Lookup("named", "host", "named", "host-port"),
        Lookup("named", "certificate", "contacted"),
    ),
    "network.server": (Lookup("", "host", "contacted", "network"),),
    "network.certificate": (
        Lookup("", "certificate", "contacted"),
        Lookup("sha1", "certificate", "contacted"),
        Lookup("md5", "certificate", "contacted"),
        Lookup("names", "host", "contacted", "network"),
    ),
    "private_dns": (Lookup("", "host", "set", "network"),),
    "proxy": (Lookup("", "host", "set", "host-port"),),
    "metadata": (Lookup("value", "host", "in-code", "network"),),
    "intent_filter": (Lookup("hosts", "host", "in-code", "network"),),
    "network_security": (Lookup("domains", "host", "in-code", "network"),),
    "program.extension": (Lookup("part", "ios-bundle", "own"),),
    "program.bundle": (Lookup("", "ios-bundle", "own"), *_kin("", "part")),
    "program.entitlement": (*_kin("values", "right"), *_kin("setting", "right")),
    "rule.match": (Lookup("", "rule", "own"),),
    "user_certificate": (Lookup("", "certificate", "set"), Lookup("sha1", "certificate", "set")),
    "dns.server": (Lookup("", "host", "set", "network"),),
    "hosts.entry": (Lookup("address", "host", "set", "network"),),
    "proxy.script": (Lookup("", "host", "set", "network"),),
}
"""Every name of the vocabulary that is compared with the index, and what of it."""

_PACKAGE_RECORD = ("dumpsys package", "package service")
_CERTIFICATE_ROLES: frozenset[Role] = frozenset({"certificate", "certificate-name", "certificate-organization"})
_VISITED_ROLES: frozenset[Role] = frozenset({"website", "distribution", "panel"})


def match(facts: FactSet, index: Index) -> tuple[Match, ...]:
    """Every family that the facts meet, strongest first, then by family, role and value.

    The same value read in several places is one match per place. A host that is only mentioned stays weak: visited
    or named is not installed. ParseError when the index is damaged.
    """
    matched = [(number, fact) for number, fact in enumerate(facts.facts) if fact.name in FACTS_MATCHED]
    asked = [one for number, fact in matched for one in _asked_of_fact(number, fact)]
    by_kind: dict[IndexKind, list[str]] = {}
    for one in asked:
        by_kind.setdefault(one.kind, []).append(one.value)
    known = {kind: index.known(kind, texts) for kind, texts in by_kind.items()}
    found: dict[tuple[int, str, Role, str], Match] = {}
    for one in asked:
        if one.value in known[one.kind]:
            for hit in index.look_up(one.kind, one.value):
                for met in _matches(one.fact, one.lookup, hit, index):
                    found.setdefault((one.number, met.family, met.role, met.value), met)
    for number, fact in matched:
        rule = _rule_of_family(fact, index)
        if rule is not None:
            found.setdefault((number, rule.family, rule.role, rule.value), rule)
    told = _with_signers(facts, list(found.values()), index)
    return tuple(sorted(told, key=lambda met: (_ORDER[met.strength], met.family, met.role, met.value)))


class _Asked(NamedTuple):
    """One value of one fact to look up. number: the fact's place among the facts."""

    number: int
    fact: Fact
    lookup: Lookup
    kind: IndexKind
    value: str


def _asked_of_fact(number: int, fact: Fact) -> list[_Asked]:
    return [
        _Asked(number, fact, lookup, kind, value)
        for lookup in FACTS_MATCHED[fact.name]
        for text in _texts(fact, lookup.attribute)
        for kind, value in _asked(text, lookup)
    ]


def _rule_of_family(fact: Fact, index: Index) -> Match | None:
    """A rule that says itself which family it was written for, when that family is known."""
    named = fact.attributes.get("family") if fact.name == "rule.match" else None
    family = index.family(slug(named)) if isinstance(named, str) and named else None
    if family is None:
        return None
    strength, notes = _weigh("supporting", _RULE_ENTRY, family.kind, "own")
    value = str(fact.value)
    why = _why("rule", "own", family.name, value)
    return Match(family.id, family.name, family.kind, "rule", value, strength, why, fact, notes=notes)


_RULE_ENTRY = Entry("rule", (), "reported", (), "", "", subdomains=False)


def _texts(fact: Fact, attribute: str) -> Iterable[str]:
    value = fact.attributes.get(attribute) if attribute else fact.value
    if isinstance(value, str):
        return (value,) if value else ()
    return value if isinstance(value, list) else ()


def _asked(text: str, lookup: Lookup) -> list[tuple[IndexKind, str]]:
    """What to look up for a text; nothing when it is no such value."""
    if lookup.form == "as-is":
        return [(lookup.kind, text)]
    if lookup.form in {"part", "right"}:
        meant = lookup.form == "part" or apple_ids.is_shared(text)
        return [(lookup.kind, each) for each in apple_ids.shorter_ids(text)] if meant else []
    if lookup.form == "host-port":
        text = (text.rpartition(":")[0] or text) if text.count(":") == 1 else text
    try:
        found = values.network(text.removeprefix("*.") if len(text) <= values.MAX_URL else "")
    except ParseError:
        return []
    if found.type == "url":
        return _asked_of_url(found.value, also_host=lookup.kind != "url")
    return [("ipv4" if found.type == "ipv4" else "ipv6" if found.type == "ipv6" else "host", found.value)]


def _asked_of_url(address: str, *, also_host: bool) -> list[tuple[IndexKind, str]]:
    name = values.host_of_url(address)
    host_kind: IndexKind = "ipv6" if ":" in name else "ipv4" if name.replace(".", "").isdigit() else "host"
    return [("url", address), *([(host_kind, name)] if also_host else [])]


def _matches(fact: Fact, lookup: Lookup, hit: Hit, index: Index) -> Iterator[Match]:
    entry = hit.entry
    seen = _seen(fact, lookup, entry.role)
    for family_id in entry.families or ("",):
        family = index.family(family_id) if family_id else None
        kind: FamilyKind | Literal[""] = family.kind if family else ""
        strength, notes = _weigh(_base_strength(entry.role, seen), entry, kind, seen)
        yield Match(
            family=family_id,
            name=family.name if family else family_id,
            kind=kind,
            role=entry.role,
            value=hit.matched,
            strength=strength,
            why=_why(entry.role, seen, family.name if family else "", hit.matched),
            fact=fact,
            confidence=entry.confidence,
            sources=entry.sources,
            first_seen=entry.first_seen,
            last_seen=entry.last_seen,
            warning_list=entry.warning,
            notes=notes,
        )


def _seen(fact: Fact, lookup: Lookup, role: Role) -> Seen:
    """A certificate that nobody verified could have been copied from any app; so could a stamp."""
    if fact.name != "signature.certificate" or role not in _CERTIFICATE_ROLES:
        return lookup.seen
    return lookup.seen if _verified(fact) else "unverified"


def _verified(fact: Fact) -> bool:
    """Whether a certificate is known to sign this very app; the device's own package record is believed."""
    if fact.attributes.get("role") == "stamp":
        return False
    verified = fact.attributes.get("verified")
    if verified is None:
        return fact.place.section.lower().startswith(_PACKAGE_RECORD)
    return verified is True


def _with_signers(facts: FactSet, found: Sequence[Match], index: Index) -> Iterator[Match]:
    """The same matches; where only an app's name fits, a note on what is known of its signer."""
    certain = {met.family for met in found if _is_certain(met)}
    for met in found:
        if met.role == "package" and met.fact.name == "app.package" and met.family not in certain:
            note = Message(_OTHER_SIGNER if _other_signer(met.family, facts, index) else _NAME_ONLY)
            yield msgspec.structs.replace(met, notes=(*met.notes, note))
        else:
            yield met


def _other_signer(family_id: str, facts: FactSet, index: Index) -> bool:
    """Whether the lists know signers of the family, and the app's own was compared with them."""
    family = index.family(family_id) if family_id else None
    return family is not None and family.signers > 0 and _signer_is_known(facts)


def _is_certain(met: Match) -> bool:
    """Whether a match rests on what nobody can borrow: the verified signer, or the file itself."""
    if met.role == "certificate":
        return _verified(met.fact)
    return met.role == "file-hash" and met.strength == "strong"


def _signer_is_known(facts: FactSet) -> bool:
    """Whether a verified certificate was compared in every form in which lists give certificates."""
    return any(
        fact.name == "signature.certificate"
        and _verified(fact)
        and fact.value
        and all(fact.attributes.get(digest) for digest in ("sha1", "md5"))
        for fact in facts.facts
    )


def _base_strength(role: Role, seen: Seen) -> Strength:
    if seen == "unverified" or role in _VISITED_ROLES:
        return "weak"
    if role in {"package", "ios-bundle", "file-hash"}:
        return "strong" if seen == "own" else "supporting"
    if role == "certificate":
        return "supporting" if seen in {"contacted", "set"} else "strong"
    if seen == "named":
        return "weak"
    return "supporting"


def _weigh(
    strength: Strength, entry: Entry, kind: FamilyKind | Literal[""], seen: Seen
) -> tuple[Strength, tuple[Message, ...]]:
    """What lowers the strength, each with its sentence."""
    notes = []
    if seen == "unverified":
        notes.append(Message(_UNVERIFIED))
    if entry.warning and entry.tenant:
        notes.append(Message(_TENANT))
    elif entry.warning:
        strength = "weak"
        notes.append(Message(_SHARED, parameters={"list": entry.warning}))
    if kind == "disputed":
        strength = _at_most_supporting(strength)
        notes.append(Message(_DISPUTED))
    if len(entry.families) > 1:
        notes.append(Message(_SEVERAL))
    if entry.confidence == "doubtful":
        strength = _at_most_supporting(strength)
        notes.append(Message(_DOUBTFUL))
    return strength, tuple(notes)


def _at_most_supporting(strength: Strength) -> Strength:
    return "supporting" if strength == "strong" else strength


_UNVERIFIED = mark("The signature was not verified: this certificate could have been copied from another app.")
_OTHER_SIGNER = mark(
    "The name fits, but the app is signed by someone else than the signers listed for this family. "
    "Names can be borrowed."
)
_NAME_ONLY = mark("Only the name was compared, not who signed the app. Names can be borrowed.")
_TENANT = mark("The name lies below hosting that many share; only this exact name counts.")
_SHARED = mark("Many unrelated apps share this value (list {list}), so it decides nothing alone.")
_DISPUTED = mark("The sources do not agree on what this family is.")
_SEVERAL = mark("The lists give this value to several families.")
_DOUBTFUL = mark("The sources of this value contradict themselves.")

_WHY_ROLE: dict[Role, str] = {
    "package": mark("The app has the id that is known for {family}."),
    "ios-bundle": mark("The app has the id that is known for {family}."),
    "file-hash": mark("The file is exactly a known file of {family}."),
    "certificate": mark("The app is signed with a certificate that is known for {family}."),
    "certificate-name": mark("The name in the app's certificate fits those used by {family}."),
    "certificate-organization": mark("The organisation in the app's certificate is one used by {family}."),
    "rule": mark("The code fits a rule written for {family}."),
    "command-and-control": mark("The app holds an address to which {family} sends data: {value}."),
    "address": mark("The app holds an address known for {family}: {value}."),
    "website": mark("A web site of {family} is mentioned: {value}. A mention or visit is not an installed app."),
    "panel": mark("A sign-in page of {family} is mentioned: {value}. A mention or visit is not an installed app."),
    "distribution": mark("A place that offers {family} is mentioned: {value}. A mention is not an installed app."),
}
_WHY_SEEN: dict[tuple[Role, Seen], str] = {
    ("package", "named"): mark("A text of the device names the id known for {family}, though no list of apps does."),
    ("ios-bundle", "named"): mark("A text of the device names the id known for {family}, though no list of apps does."),
    ("package", "shared"): mark(
        "A part of the app, or data that it may share with other apps, bears the id known for {family}."
    ),
    ("ios-bundle", "shared"): mark(
        "A part of the app, or data that it may share with other apps, bears the id known for {family}."
    ),
    ("ios-bundle", "set"): mark("A setting of the device names the id known for {family}."),
    ("file-hash", "carried"): mark("The app carries a file inside that is exactly a known file of {family}."),
    ("command-and-control", "contacted"): mark("A log says that an address of {family} was contacted: {value}."),
    ("command-and-control", "looked-up"): mark("The name of a server of {family} was looked up: {value}."),
    ("address", "contacted"): mark("A log says that an address of {family} was contacted: {value}."),
    ("certificate", "contacted"): mark("A server showed a certificate that is known for {family}."),
    ("certificate", "set"): mark("A certificate that is known for {family} was added to those that the device trusts."),
    ("command-and-control", "named"): mark(
        "A text of the device mentions an address of {family}: {value}. A mention is not an installed app."
    ),
    ("command-and-control", "set"): mark("The device was set to use an address of {family}: {value}."),
    ("address", "set"): mark("The device was set to use an address of {family}: {value}."),
    ("address", "looked-up"): mark("The name of a server of {family} was looked up: {value}."),
    ("address", "named"): mark(
        "A text of the device mentions an address of {family}: {value}. A mention is not an installed app."
    ),
}


def _why(role: Role, seen: Seen, family: str, value: str) -> Message:
    text = _WHY_SEEN.get((role, seen), _WHY_ROLE[role])
    return Message(text, parameters={"family": family or "stalkerware", "value": value})
