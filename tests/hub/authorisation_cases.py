"""What every address of the hub can be about, for somebody who asks: their own, others', and what is not there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from authorisation_routes import Route
from authorisation_world import Guest, OfOrganisation, World, absent_id

from luciole.hub.members.policy import OF_COALITION, Target
from luciole.hub.samples.models import Sample

NO_DIGEST = "0" * 64


class Case(NamedTuple):
    """One thing that an address can be about. values: its parameters; target: None for what is not to be found."""

    label: str
    values: dict[str, object]
    target: Target | None


Cases = Iterable[Case]
SHARED = Target(shared=True)
HIDDEN = Target()


def samples(world: World, guest: Guest) -> Cases:
    """A sample belongs to nobody: it is shared with the actor or not."""
    for one in world.samples:
        yield Case(one.label, {"sha256": one.sha256}, SHARED if one.seen else HIDDEN)
    if (ours := _ours(world, guest)) is not None:
        yield Case("own", {"sha256": ours.own.sha256}, SHARED)
    yield Case("absent", {"sha256": NO_DIGEST}, None)


def _ours(world: World, guest: Guest) -> OfOrganisation | None:
    return world.organisations.get(guest.actor.organisation)


def _people(world: World, guest: Guest) -> Cases:
    if (ours := _ours(world, guest)) is not None:
        yield Case("colleague", {"pk": ours.colleague.pk}, Target(guest.actor.organisation))
    stranger = world.stranger
    yield Case("of others", {"pk": stranger.pk}, Target(str(stranger.organisation_id)))
    yield Case("of the coalition", {"pk": world.coalition_person.pk}, HIDDEN)
    yield Case("absent", {"pk": absent_id()}, None)


def _anybody(world: World, guest: Guest) -> Cases:
    """People, for whom it does not matter where they belong."""
    yield from (one._replace(target=one.target and OF_COALITION) for one in _people(world, guest))


def _invitations(world: World, guest: Guest) -> Cases:
    if (ours := _ours(world, guest)) is not None:
        yield Case("own", {"pk": ours.invitation.pk}, Target(guest.actor.organisation))
    yield Case("of others", {"pk": world.theirs.invitation.pk}, Target(str(world.theirs.organisation.pk)))
    yield Case("of the coalition", {"pk": world.coalition_invitation.pk}, None)
    yield Case("absent", {"pk": absent_id()}, None)


def _applications(world: World, guest: Guest) -> Cases:
    del guest
    yield Case("an application", {"pk": world.application.pk}, OF_COALITION)
    yield Case("absent", {"pk": absent_id()}, None)


def _members(world: World, guest: Guest) -> Cases:
    if (ours := _ours(world, guest)) is not None:
        yield Case("own", {"slug": ours.organisation.slug}, OF_COALITION)
    yield Case("of others", {"slug": world.theirs.organisation.slug}, OF_COALITION)
    yield Case("absent", {"slug": "nothing"}, None)


def _all_keys(world: World, guest: Guest, name: str = "pk") -> Cases:
    """Keys of a person and of an organisation, which belong to both of them."""
    if (ours := _ours(world, guest)) is not None:
        yield Case("of the own organisation", {name: ours.key.pk}, Target(guest.actor.organisation))
    if (mine := world.people.get(guest.actor.person)) is not None:
        yield Case("own", {name: mine.key.pk}, Target(guest.actor.organisation, guest.actor.person))
    theirs = str(world.theirs.organisation.pk)
    yield Case("of another organisation", {name: world.theirs.key.pk}, Target(theirs))
    yield Case("of others", {name: world.strangers.key.pk}, Target(theirs, str(world.stranger.pk)))
    yield Case("absent", {name: absent_id()}, None)


def _own_keys(world: World, guest: Guest) -> Cases:
    return _all_keys(world, guest, "key")


def _hand_ins(world: World, guest: Guest, *, as_page: bool = True) -> Cases:
    """as_page: what was withdrawn has no page any more; the API says so of own ones."""
    if (ours := _ours(world, guest)) is not None:
        own = Target(guest.actor.organisation)
        yield Case("own", _hand_in(ours.own.hand_in.pk), own)
        yield Case("own, withdrawn", _hand_in(ours.withdrawn.pk), None if as_page else own)
    for one in world.samples:
        yield Case(one.label, _hand_in(one.hand_in.pk), Target(str(world.theirs.organisation.pk)))
    yield Case("absent", _hand_in(absent_id()), None)


def _hand_in(key: object) -> dict[str, object]:
    return {"hand_in_id": key, "hand_in": key}


def _hand_ins_of_api(world: World, guest: Guest) -> Cases:
    return _hand_ins(world, guest, as_page=False)


def _own(name: str, kind: str) -> Callable[[World, Guest], Cases]:
    """Things of one person. name: of the parameter; kind: as `OfPerson` has it."""

    def cases(world: World, guest: Guest) -> Cases:
        if (mine := world.people.get(guest.actor.person)) is not None:
            yield Case("own", {name: getattr(mine, kind).pk}, Target(guest.actor.organisation, guest.actor.person))
        theirs = Target(str(world.theirs.organisation.pk), str(world.stranger.pk))
        yield Case("of others", {name: getattr(world.strangers, kind).pk}, theirs)
        is_number = isinstance(getattr(world.strangers, kind).pk, int)
        yield Case("absent", {name: 987_654_321 if is_number else absent_id()}, None)

    return cases


def _of_organisation(name: str, kind: str) -> Callable[[World, Guest], Cases]:
    """Things of one organisation. kind: as `OfOrganisation` has it."""

    def cases(world: World, guest: Guest) -> Cases:
        if (ours := _ours(world, guest)) is not None:
            yield Case("own", {name: getattr(ours, kind).pk}, Target(guest.actor.organisation))
        yield Case("of others", {name: getattr(world.theirs, kind).pk}, Target(str(world.theirs.organisation.pk)))
        yield Case("absent", {name: absent_id()}, None)

    return cases


def _uploads(name: str) -> Callable[[World, Guest], Cases]:
    """An upload is seen only by the very person or key that began it."""

    def cases(world: World, guest: Guest) -> Cases:
        mine = world.people.get(guest.actor.person)
        if guest.token and guest.actor.is_known:
            yield Case("own", {name: world.uploads_of_keys[guest.actor.key].pk}, OF_COALITION)
            if mine is not None:
                yield Case("own, of a page", {name: mine.upload.pk}, None)
        elif mine is not None and guest.actor.organisation:
            yield Case("own", {name: mine.upload.pk}, OF_COALITION)
        yield Case("of a key", {name: next(reversed(world.uploads_of_keys.values())).pk}, None)
        yield Case("of others", {name: world.strangers.upload.pk}, None)
        yield Case("absent", {name: absent_id()}, None)

    return cases


def _comments(world: World, guest: Guest) -> Cases:
    """On a sample that everybody sees, and on samples that nobody else sees."""
    seen = {"sha256": world.samples[0].sha256}
    if (mine := world.people.get(guest.actor.person)) is not None:
        own = Target(guest.actor.organisation, guest.actor.person)
        yield Case("own", {**seen, "comment_id": mine.comment.pk}, own)
    theirs = Target(str(world.theirs.organisation.pk), str(world.stranger.pk))
    yield Case("of others", {**seen, "comment_id": world.strangers.comment.pk}, theirs)
    for one in world.samples:
        yield Case(one.label, {"sha256": one.sha256, "comment_id": one.comment.pk}, theirs)
    yield Case("absent", {**seen, "comment_id": absent_id()}, None)


def look_ups(world: World, guest: Guest) -> Cases:
    """The samples, by what they are looked up with."""
    for one in samples(world, guest):
        digest = str(one.values["sha256"])
        row = Sample.objects.filter(sha256=bytes.fromhex(digest)).first()
        package = row.package if row else "org.example.nothing"
        certificate = row.terms.get(field="cert").value if row else NO_DIGEST
        yield one._replace(values={"digest": digest, "name": package, "sha256": certificate})


def _secrets(*names: str) -> Callable[[World, Guest], Cases]:
    """Whoever has the secret may; nobody has one here. That it opens what it belongs to has tests of its own."""

    def cases(world: World, guest: Guest) -> Cases:
        del world, guest
        yield Case("absent", dict.fromkeys(names, "nothing"), None)

    return cases


ABOUT: tuple[tuple[str, Callable[[World, Guest], Cases]], ...] = (
    ("join/<str:secret>/", _secrets("secret")),
    ("invitation/<str:secret>/", _secrets("secret")),
    ("sign-in/with/<slug:provider_id>/", _secrets("provider_id")),
    ("samples/feeds/<str:secret>", _secrets("secret")),
    ("static/<path:name>", _secrets("name")),
    ("^sign-in/new-password/", _secrets("uidb36", "key")),
    ("applications/<uuid:pk>/", _applications),
    ("members/<slug:slug>/", _members),
    ("organisation/keys/<uuid:pk>/", _all_keys),
    ("account/keys/<uuid:pk>/", _all_keys),
    ("organisation/people/<uuid:pk>/", _people),
    ("organisation/invitations/<uuid:pk>/", _invitations),
    ("coalition/<uuid:pk>/", _anybody),
    ("account/sign-ins/<int:pk>/", _own("pk", "session")),
    ("account/second-factor/passkeys/<int:pk>/", _own("pk", "factor")),
    ("samples/uploads/<uuid:upload_id>", _uploads("upload_id")),
    ("samples/own/<uuid:hand_in_id>", _hand_ins),
    ("samples/searches/<uuid:search_id>", _own("search_id", "search")),
    ("samples/hunts/<uuid:hunt_id>", _of_organisation("hunt_id", "hunt")),
    ("webhooks/<uuid:hook_id>", _of_organisation("hook_id", "hook")),
    ("samples/<str:sha256>/comments/<uuid:comment_id>/", _comments),
    ("samples/<str:sha256>", samples),
    ("api/v1/samples/<sha256>", samples),
    ("api/v1/comments/<comment>", _own("comment", "comment")),
    ("api/v1/uploads/<upload>", _uploads("upload")),
    ("api/v1/hand-ins/<hand_in>", _hand_ins_of_api),
    ("api/v1/searches/<search>", _own("search", "search")),
    ("api/v1/hunts/<hunt>", _of_organisation("hunt", "hunt")),
    ("api/v1/keys/<key>", _own_keys),
    ("api/v1/webhooks/<hook>", _of_organisation("hook", "hook")),
    ("api/v1/hashes/<digest>", look_ups),
    ("api/v1/packages/<name>", look_ups),
    ("api/v1/certificates/<sha256>", look_ups),
)
"""What addresses with a parameter are about, by how they begin. The first that fits holds."""


def cases_of(route: Route, world: World, guest: Guest) -> list[Case]:
    """Everything the address can be about, for this guest; what is not there comes last."""
    if "<" not in route.path:
        return [Case("what is one's own", {}, Target(guest.actor.organisation, guest.actor.person, shared=True))]
    about = next(about for start, about in ABOUT if route.path.startswith(start))
    return list(about(world, guest))


def some_of(cases: list[Case], world: World, guest: Guest) -> list[Case]:
    """All cases for who has every role; for each other one the first, the last and one between them, which is another
    for each, so that some role meets each of them and the whole is done in a minute."""
    between = cases[1:-1]
    if guest.name.startswith("every role") or len(between) <= ROTATED:
        return cases
    at = (*world.guests, *world.keys).index(guest) * ROTATED
    return [cases[0], *(between[(at + step) % len(between)] for step in range(ROTATED)), cases[-1]]


ROTATED = 1


def filled(route: Route, case: Case) -> str:
    """The address with the values of a case."""
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<str:\1>", route.path).strip("^$")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(case.values[found[1]]), path)
