"""The audit log: every change of it is noticed, and what it tells is kept or dropped together with its entry."""

import random
from collections.abc import Callable, Iterator

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from luciole.hub.audit import services
from luciole.hub.audit.chain import START, Line, check, digest_of
from luciole.hub.audit.models import Checkpoint, Entry
from luciole.hub.members.policy import Actor

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ACTOR = Actor("person", organisation="organisation")


def is_signed(signature: bytes, text: bytes) -> bool:
    try:
        KEY.public_key().verify(signature, text)
    except InvalidSignature:
        return False
    return True


def entries(count: int) -> list[tuple[Line, bytes, bytes]]:
    made, previous = [], START
    for number in range(1, count + 1):
        line = Line(
            number, f"2026-01-01T00:00:{number:02}", "sample.read", "person", "p", "o", "sample", str(number), {}
        )
        own = digest_of(line, previous)
        made.append((line, previous, own))
        previous = own
    return made


CHAIN = entries(40)
HEADS = {40: CHAIN[-1][2]}


def changed(chance: random.Random) -> list[tuple[Line, bytes, bytes]]:
    """The chain with one thing done to it that an intruder might do."""
    chain = list(CHAIN)
    at = chance.randrange(len(chain))
    line, before, own = chain[at]
    match chance.randrange(7):
        case 0:
            chain[at] = (line._replace(object_id="x"), before, own)
        case 1:
            other = line._replace(at="2026-01-02T00:00:00")
            chain[at] = (other, before, digest_of(other, before))
        case 2:
            del chain[at]
        case 3:
            chain.insert(at, chain[at])
        case 4:
            other_at = (at + 1 + chance.randrange(len(chain) - 1)) % len(chain)
            chain[at], chain[other_at] = chain[other_at], chain[at]
        case 5:
            chain = chain[:at]
        case _:
            flipped = bytearray(own)
            flipped[chance.randrange(32)] ^= 1 << chance.randrange(8)
            chain[at] = (line, before, bytes(flipped))
    return chain


def test_the_untouched_chain_holds() -> None:
    assert check(CHAIN, HEADS) is None


def test_every_one_of_ten_thousand_changes_is_noticed() -> None:
    chance = random.Random(7)  # noqa: S311 - not for secrets
    assert all(check(changed(chance), HEADS) is not None for _ in range(10_000))


def rewritten(chain: list[tuple[Line, bytes, bytes]]) -> Iterator[tuple[Line, bytes, bytes]]:
    previous = START
    for line, _, _ in chain:
        own = digest_of(line, previous)
        yield line, previous, own
        previous = own


def test_a_chain_that_was_written_anew_differs_from_what_was_signed() -> None:
    other = [(line._replace(actor="q"), before, own) for line, before, own in CHAIN]
    assert check(rewritten(other), {}) is None
    assert check(rewritten(other), HEADS) is not None


@pytest.mark.django_db
def test_entries_follow_each_other_and_hold() -> None:
    for number in range(5):
        services.record("sample.read", ACTOR, "sample", number)
    services.checkpoint(KEY.sign)
    assert [one.sequence for one in Entry.objects.all()] == [1, 2, 3, 4, 5]
    assert services.verify(is_signed) is None


@pytest.mark.django_db
def test_what_is_undone_leaves_no_entry_and_no_gap() -> None:
    services.record("sample.read", ACTOR, "sample", 1)
    with transaction.atomic():
        services.record("sample.read", ACTOR, "sample", 2)
        transaction.set_rollback(True)
    services.record("sample.read", ACTOR, "sample", 3)
    assert [one.object_id for one in Entry.objects.all()] == ["1", "3"]
    assert services.verify(is_signed) is None


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["action", "actor", "organisation", "object_id", "actor_kind", "object_kind"])
def test_a_row_that_was_changed_in_the_database_is_named(field: str) -> None:
    for number in range(3):
        services.record("sample.read", ACTOR, "sample", number)
    Entry.objects.filter(sequence=2).update(**{field: "x"})
    fault = services.verify(is_signed)
    assert fault is not None
    assert fault.sequence == 2


@pytest.mark.django_db
def test_a_log_whose_end_was_cut_off_is_noticed() -> None:
    for number in range(3):
        services.record("sample.read", ACTOR, "sample", number)
    services.checkpoint(KEY.sign)
    Entry.objects.filter(sequence=3).delete()
    assert services.verify(is_signed) is not None


@pytest.mark.django_db
def test_a_checkpoint_of_somebody_else_is_noticed() -> None:
    services.record("sample.read", ACTOR, "sample", 1)
    services.checkpoint(Ed25519PrivateKey.generate().sign)
    assert services.verify(is_signed) is not None
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_extend_one_chain(run_at_once: Callable[[Callable[[int], object], int], None]) -> None:
    run_at_once(lambda number: services.record("sample.read", ACTOR, "sample", number), 16)
    assert services.verify(is_signed) is None
    assert Entry.objects.count() == 16
    connection.close()
