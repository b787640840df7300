"""A hub to try things in, on this computer alone: four made-up members, people, keys, inert samples, and a tour."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from luciole.kernel.errors import UsageError

if TYPE_CHECKING:
    from luciole.hub.members.models import Organisation
    from luciole.hub.members.policy import Actor

MARKER = ".luciole-demonstration"
KEY_NAME = "Demonstration"
_HOST = "127.0.0.1"
_PORTS = 20
_MAIL_ENDS = b"-" * 79 + b"\n"
"""What stands below each mail that is written to a file."""
_PAUSE = 0.5
_EMBARGO_DAYS = 30
_KEY_DAYS = 30


class Somebody(NamedTuple):
    """A made-up person. roles: as `members.words.Role` has them."""

    email: str
    name: str
    roles: tuple[str, ...]


class Member(NamedTuple):
    """A made-up organisation. kind: as `members.words.Kind` has it; samples: demonstration apps with marking."""

    slug: str
    name: str
    kind: str
    country: str
    profile: str
    people: tuple[Somebody, ...]
    samples: tuple[tuple[str, str], ...]


class Guest(NamedTuple):
    """Somebody who can begin. link: their one-time link, empty where they have an account already."""

    name: str
    email: str
    organisation: str
    roles: tuple[str, ...]
    link: str


class Tour(NamedTuple):
    """What there is to try. keys: token of each member's key by name; identities: files with their age keys.

    to_hand_in: a folder with inert apps that nobody handed in yet.
    """

    address: str
    folder: Path
    guests: tuple[Guest, ...]
    keys: tuple[tuple[str, str], ...]
    identities: tuple[tuple[str, Path], ...]
    samples: int
    to_hand_in: Path


COORDINATOR = Somebody("coordinator@example.org", "Camille Coordinator", ("coordinator",))
MEMBERS = (
    Member(
        "harbour-line", "Harbour Line (made up)", "support", "FR", "A made-up help line for people who are watched.",
        (Somebody("owner@harbour.example.org", "Sol Harbour", ("owner", "helper", "voter")),),
        (("stalkerware-like", "amber"),),
    ),
    Member(
        "bright-labs", "Bright Labs (made up)", "security", "DE", "A made-up security company.",
        (
            Somebody("owner@bright.example.org", "Bo Bright", ("owner", "voter")),
            Somebody("analyst@bright.example.org", "Ana Bright", ("analyst",)),
        ),
        (("known-family", "green"), ("automation", "green"), ("remote-support", "clear")),
    ),
    Member(
        "north-unit", "North Unit (made up)", "police", "BE", "A made-up police unit for digital violence.",
        (Somebody("owner@north.example.org", "Noor North", ("owner", "investigator")),),
        (("password-manager", "red"), ("find-my-phone", "amber")),
    ),
    Member(
        "open-campus", "Open Campus (made up)", "research", "PT", "A made-up university group.",
        (
            Somebody("owner@campus.example.org", "Oli Campus", ("owner", "analyst", "voter")),
            Somebody("auditor@campus.example.org", "Udo Campus", ("auditor",)),
        ),
        (("notes", "clear"), ("messenger", "clear"), ("parental-control", "embargo"), ("malformed", "green")),
    ),
)  # fmt: skip
TO_HAND_IN = (
    ("evening-walk", "stalkerware-like"), ("shop-list", "notes"), ("far-help", "remote-support"),
)  # fmt: skip
"""Apps for the visitor to hand in, and after which demonstration app each is made."""


def prepare(folder: Path, port: int) -> Tour:
    """Makes the hub in `folder`, or finds the one of an earlier run, with fresh links and keys. Raises UsageError.

    port: where it is going to listen. Sets Django up, so this process can serve no other hub.
    """
    folder = folder.absolute()
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise UsageError(f"{folder} is not empty.", remedy="Name a folder that does not exist yet.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()
    address = f"http://{_HOST}:{port}"
    os.environ |= {
        "LUCIOLE_ADDRESS": address, "LUCIOLE_LISTEN": f"{_HOST}:{port}", "LUCIOLE_HUB": str(folder / "hub"),
        "LUCIOLE_SILENCE_DAYS": "0",
    }  # fmt: skip
    from luciole.hub.site.making import Wanted, make

    make(folder / "hub", Wanted(address, f"{_HOST}:{port}", COORDINATOR.email, COORDINATOR.name))
    _install_knowledge(folder / "hub")
    return _fill(folder, address)


def free_port(wanted: int) -> int:
    """The port that was wanted, or the next one that nobody listens at. Raises UsageError."""
    for port in range(wanted, wanted + _PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
        return port
    raise UsageError(f"Something listens at every port from {wanted} on.", remedy="Name another one with --port.")


def _install_knowledge(hub: Path) -> None:
    """A list of one made-up family, so that there is something known to be found."""
    from luciole.cli.demonstration import demonstration_knowledge
    from luciole.hub.samples.knowledge import KNOWLEDGE
    from luciole.packs.store import Store

    if not (hub / KNOWLEDGE).exists():
        Store(hub / KNOWLEDGE).replace(demonstration_knowledge())


def _fill(folder: Path, address: str) -> Tour:
    from luciole.hub.samples.models import HandIn

    guests, keys, identities = [_guest(COORDINATOR, None)], [], []
    for member in MEMBERS:
        organisation = _organisation(member)
        identities.append((member.name, _identity(folder, organisation)))
        token, actor = _key(organisation)
        keys.append((member.name, token))
        for name, marking in member.samples:
            _hand_in(actor, name, marking)
        guests += [_guest(one, organisation) for one in member.people]
    count = HandIn.objects.count()
    return Tour(address, folder, tuple(guests), tuple(keys), tuple(identities), count, _apps_to_hand_in(folder))


def _apps_to_hand_in(folder: Path) -> Path:
    """A folder with apps that the hub does not know: by page, by program and by command one can hand in another."""
    from luciole.simulate.apps.build import build_apk
    from luciole.simulate.apps.demonstration import DEMONSTRATIONS

    place = folder / "to-hand-in"
    place.mkdir(exist_ok=True)
    for name, of in TO_HAND_IN:
        path = place / f"{name}.apk"
        if not path.exists():
            label, package = name.replace("-", " ").capitalize(), f"org.example.inert.{name.replace('-', '')}"
            path.write_bytes(build_apk(msgspec.structs.replace(DEMONSTRATIONS[of], label=label, package=package)))
    return place


def _organisation(member: Member) -> Organisation:
    from luciole.hub.members.models import Organisation

    fields = {"name": member.name, "kind": member.kind, "country": member.country, "profile": member.profile}
    made, _ = Organisation.objects.get_or_create(slug=member.slug, defaults=fields | {"is_listed": True})
    return made


def _identity(folder: Path, organisation: Organisation) -> Path:
    """The file with the age key of a member; what it fetches is encrypted to the public half."""
    import pyrage

    from luciole.hub.site.durable import write_new

    path = folder / "age" / f"{organisation.slug}.txt"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        identity = pyrage.x25519.Identity.generate()
        write_new(path, f"# public key: {identity.to_public()}\n{identity}\n".encode())
        organisation.age_recipient = str(identity.to_public())
        organisation.save(update_fields=["age_recipient"])
    return path


def _key(organisation: Organisation) -> tuple[str, Actor]:
    """A new key, which ends the one of an earlier run; and who stands behind it."""
    from django.utils import timezone

    from luciole.hub.members import api_keys
    from luciole.hub.members.access import find_key
    from luciole.hub.members.keys import actor_of_key, digest_of
    from luciole.hub.members.models import ApiKey
    from luciole.hub.members.policy import ANONYMOUS
    from luciole.hub.members.words import Kind, Scope

    for old in ApiKey.objects.filter(organisation=organisation, name=KEY_NAME, revoked_at=None):
        api_keys.revoke(ANONYMOUS, old)
    scopes = frozenset(api_keys.scopes_for(Kind(organisation.kind))) & {Scope.READ, Scope.SUBMIT, Scope.FETCH}
    _, token = api_keys.make(ANONYMOUS, organisation, None, api_keys.Wanted(KEY_NAME, scopes, _KEY_DAYS))
    record = find_key(digest_of(token))
    actor = actor_of_key(record, _HOST, timezone.now()) if record else None
    assert actor is not None  # noqa: S101 - the key was made just now
    return token, actor


def _hand_in(actor: Actor, name: str, marking: str) -> None:
    """Hands a demonstration app in, unless an earlier run did. marking: a word of TLP, or embargo."""
    import hashlib
    from datetime import timedelta

    from django.utils import timezone

    from luciole.hub.members.words import Tlp
    from luciole.hub.samples.handin import About, hand_in
    from luciole.hub.samples.models import HandIn
    from luciole.simulate.apps.build import build_apk
    from luciole.simulate.apps.demonstration import DEMONSTRATIONS

    data = build_apk(DEMONSTRATIONS[name])
    digest = hashlib.sha256(data).digest()
    if HandIn.objects.filter(sample__sha256=digest, organisation_id=actor.organisation).exists():
        return
    held = marking == "embargo"
    hand_in(actor, [data], About(
        file_name=f"{name}.apk", source="demonstration", tlp=Tlp.GREEN if held else Tlp(marking),
        embargo_until=timezone.now() + timedelta(days=_EMBARGO_DAYS) if held else None, note="Inert; made for trying.",
    ))  # fmt: skip


def _guest(somebody: Somebody, organisation: Organisation | None) -> Guest:
    """Invites a person anew until they have an account."""
    from luciole.hub.members import links
    from luciole.hub.members.invitations import Invited, invite
    from luciole.hub.members.models import Person
    from luciole.hub.members.policy import ANONYMOUS
    from luciole.hub.members.words import Role

    link = ""
    if not Person.objects.filter(email=somebody.email).exists():
        who = Invited(somebody.email, somebody.name)
        link = links.link_to(links.INVITATION, invite(ANONYMOUS, who, organisation, map(Role, somebody.roles)).pk)
    return Guest(somebody.name, somebody.email, organisation.name if organisation else "", somebody.roles, link)


def analyse() -> None:
    """Does every job that waits, mails and analyses among them, and returns when none is left."""
    from luciole.hub.site.worker import keep

    keep(1, drain=True)


def written(tour: Tour) -> str:
    """The tour as text: where things are, who can begin, and what to try in which order."""
    return "\n".join((
        "",
        "PEOPLE. Open a link once, choose a password, then set up a second factor: any authenticator app will do.",
        *(_person(one) for one in tour.guests),
        "",
        "KEYS for programs, new with each start:",
        *(f"  {name}\n    {token}" for name, token in tour.keys),
        "",
        "WHAT TO TRY",
        *_what_to_try(tour),
        "",
        f"There are {len(MEMBERS)} made-up members and {tour.samples} hand-ins of inert apps. Nothing in them can run.",
        f"Everything lies in {tour.folder}, and is gone when that folder is.",
        "Mails do not leave this computer: they are shown below as they are written.",
        "",
        f"Luciole is at {tour.address}, for this computer alone. Ctrl-C stops it; start it again the same way.",
    ))  # fmt: skip


def _person(one: Guest) -> str:
    where = f"{one.organisation}: " if one.organisation else "The coalition: "
    how = one.link or f"has an account; sign in as {one.email}"
    return f"  {where}{one.name} ({', '.join(one.roles)})\n    {how}"


def _what_to_try(tour: Tour) -> Iterator[str]:
    """Numbered steps that follow each other: from a look around to joining as somebody new."""
    _, token = tour.keys[1]
    identity, bearer = tour.identities[1][1], f"Authorization: Bearer {token}"
    one, two, three = (tour.to_hand_in / f"{name}.apk" for name, _ in TO_HAND_IN)
    program = shutil.which("luciole") or Path(sys.executable).with_name("luciole")
    steps = (
        ("Open the link of Ana Bright (analyst) and go to Samples: what others share, and not what they keep back.",),
        ("Open a sample: what it can do, why, where each fact was read, and which others are related to it.",),
        ("Search: verdict:known-stalkerware, or package:org.example.inert.*",),
        (f"Hand in {one}", "and open it when it was read, in a few seconds."),
        ("Fetch that sample at the end of its page, and decrypt what you get with age:",
         f"age --decrypt -i {identity} FILE.tar.age | tar -xv"),
        ("Hand in by command, and by program:",
         f"LUCIOLE_HUB_KEY={token} {program} submit --hub {tour.address} --tlp green {two}",
         f"curl -H '{bearer}' -F 'about={{\"tlp\": \"green\"}}' -F file=@{three} {tour.address}/api/v1/samples"),
        ("Ask as a program whether something is known:",
         f"curl -H '{bearer}' {tour.address}/api/v1/packages/org.example.inert.knownfamily"),
        ("Open the link of Sol Harbour in a private window: support organisations see, hand in, and fetch nothing.",),
        ("Open the link of Udo Campus (auditor) and read the log: who did what, and never what was in it.",),
        (f"Join as somebody new: {tour.address}/join/. The mails to the applicant appear below, with their links.",
         "Camille Coordinator leads the application, at Applications. Two members have to vouch for it: owners such as",
         "Bo Bright and Oli Campus. Propose it by silence: here silence takes no time, so decide at once. Then the",
         "applicant signs the agreement, Camille admits them, and their invitation comes by mail."),
    )  # fmt: skip
    for number, (first, *more) in enumerate(steps, 1):
        yield f"  {number:>2}. {first}"
        yield from (f"      {line}" for line in more)


def tell_of_mails(folder: Path) -> None:
    """Prints each new mail in a line or two, with its links, in a process that ends with this one.

    folder: where mails are written.
    """
    told, parent = set(folder.glob("*.log")), os.getpid()
    if os.fork():
        return
    try:
        while os.getppid() == parent:
            for path in sorted(set(folder.glob("*.log")) - told):
                data = path.read_bytes()
                if data.endswith(_MAIL_ENDS):
                    told.add(path)
                    print(*_mails(data), sep="\n", flush=True)  # noqa: T201 - the terminal is what this is for
            time.sleep(_PAUSE)
    except KeyboardInterrupt:
        pass
    finally:
        os._exit(0)


def _mails(data: bytes) -> Iterator[str]:
    """What to say of the mails in one file: to whom, the subject, and links."""
    from email import message_from_bytes
    from email.policy import default

    for one in data.split(_MAIL_ENDS):
        mail = message_from_bytes(one, policy=default)
        if mail["To"] is None:
            continue
        body = mail.get_body()
        yield f"MAIL to {mail['To']}: {mail['Subject']}"
        yield from (f"  {link}" for link in re.findall(r"http://\S+", body.get_content() if body else ""))
