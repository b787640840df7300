"""The fast layer answers what Django answers through the ORM, to everybody; what it may not answer it leaves."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luciole.hub.audit.models import Entry
from luciole.hub.members.access import find_key
from luciole.hub.members.keys import actor_of_key, digest_of, make_key
from luciole.hub.members.models import ApiKey, Organisation, Person, PersonRole
from luciole.hub.members.policy import allowed
from luciole.hub.members.words import Kind, Role, Scope, State, Tlp
from luciole.hub.samples.models import Blob, HandIn, Sample, Term
from luciole.hub.site import fast_keys, limits
from luciole.hub.site.fast import Layer
from luciole.hub.site.fast_database import Reader, Unavailable, reader
from luciole.hub.site.lookup_counts import COUNTS, LookupCounts
from luciole.hub.site.models import Allowance

pytestmark = pytest.mark.django_db(transaction=True)
HASHES = "/api/v1/hashes"


class Said(NamedTuple):
    """One answer. fast: whether the layer gave it and not Django."""

    status: int
    headers: dict[str, str]
    data: Any
    fast: bool


class Hub:
    """A layer in front of Django, and the same Django without it."""

    def __init__(self) -> None:
        self._django = WSGIHandler()
        self._was_asked = False
        self._layer = Layer(self._behind, opened())

    def _behind(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        self._was_asked = True
        return self._django(environ, start_response)

    def ask(self, token: str, path: str, body: bytes | None = None, *, layer: bool = True, **more: str) -> Said:
        """An answer to a GET, or to a POST where there is a body."""
        environ = _environ(token, path, body) | more
        said: list[Any] = []
        self._was_asked = False
        answer = (self._layer if layer else self._django)(environ, lambda *given: said.extend(given[:2]))
        data = b"".join(answer)
        close = getattr(answer, "close", None)
        if close:
            close()
        headers = dict(said[1])
        assert headers.pop("Content-Length", str(len(data))) == str(len(data))
        assert len(headers.pop("X-Request-Id")) == 16
        shown = json.loads(data)
        shown.pop("instance", None)
        return Said(int(said[0][:3]), headers, shown, layer and not self._was_asked)


_OPEN: list[Reader] = []


def opened() -> Reader:
    """The reader of this test."""
    if not _OPEN:
        _OPEN.append(reader())
    return _OPEN[0]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


def _environ(token: str, path: str, body: bytes | None) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET" if body is None else "POST", "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1:8000",
        "REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": f"Bearer {token}", "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": str(len(body or b"")), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body or b""),
        "wsgi.errors": io.StringIO(), "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }  # fmt: skip


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """refused: one address asks without a key as often as the tests want."""
    monkeypatch.setitem(limits.LIMITS, "refused", limits.Limit(1_000_000, 1_000))  # type: ignore[arg-type] # a dict
    limits.forget_held()
    yield Hub()
    limits.forget_held()


def digest(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def a_sample(number: int, package: str = "org.example.one", *, twin: bool = False) -> Sample:
    """An inert record. twin: it shares its SHA-1 and MD5 with all other twins, as crafted files can."""
    whole = digest(number)
    short = digest(-1) if twin else whole
    blob = Blob.objects.create(digest=whole, name=f"n{number}", size=number, wrapped_key=b"k", hub_key="1")
    sample = Sample.objects.create(
        sha256=whole, sha1=short[:20], md5=short[:16], size=number, blob=blob, package=package, label="<b>\u202e'\"",
        kind="apk", state="analysed", verdict="needs-a-person", rule="r", version="1",
    )  # fmt: skip
    Term.objects.create(sample=sample, field="package", value=package)
    Term.objects.create(sample=sample, field="cert", value=digest(len(package)).hex())
    return sample


def handed_in(sample: Sample, by: Organisation, tlp: Tlp = Tlp.GREEN, **fields: object) -> HandIn:
    return HandIn.objects.create(sample=sample, organisation=by, source="device", tlp=tlp.value, **fields)


MOMENTS = st.sampled_from([timedelta(days=-400), timedelta(microseconds=-5), timedelta(seconds=-90)])
LATER = st.none() | st.sampled_from([timedelta(days=-1), timedelta(days=1)])
HAND_INS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 2),
        st.sampled_from(list(Tlp)),
        MOMENTS,
        LATER,
        st.sampled_from([False, False, True]),
    ),
    max_size=8,
)
MEMBERS = st.lists(
    st.tuples(st.sampled_from(list(Kind)), st.sampled_from([State.ACTIVE, *State])), min_size=3, max_size=3
)
KEYS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.none() | st.tuples(st.booleans(), st.sets(st.sampled_from(list(Role)), max_size=3)),
        st.sets(st.sampled_from([Scope.READ, *Scope]), min_size=1, max_size=3),
        st.sampled_from([[], [], ["192.0.2.0/24"], ["198.51.100.0/24"]]),
        st.sampled_from([timedelta(days=1), timedelta(days=1), timedelta(seconds=-1)]),
        st.sampled_from([False, False, True]),
    ),
    min_size=1,
    max_size=3,
)


def build(members: list[Any], hand_ins: list[Any], keys: list[Any]) -> list[str]:
    """Fills the database; returns tokens."""
    now = timezone.now()
    with transaction.atomic():
        for model in (HandIn, Term, Sample, Blob, Allowance, ApiKey, PersonRole, Person, Organisation):
            model.objects.all()._raw_delete("default")
        owners = [
            Organisation.objects.create(name=f"O{n}", slug=f"o{n}", country="FR", kind=kind.value, state=state.value)
            for n, (kind, state) in enumerate(members)
        ]
        samples = [a_sample(n, "org.example.one" if n % 2 else "com.example.two", twin=n > 1) for n in range(4)]
        for place, owner, tlp, at, embargo, withdrawn in hand_ins:
            handed_in(
                samples[place], owners[owner], tlp, at=now + at, embargo_until=embargo and now + embargo,
                withdrawn_at=now if withdrawn else None,
            )  # fmt: skip
        return [_key(n, owners, one) for n, one in enumerate(keys)]


def _key(number: int, owners: list[Organisation], drawn: Any) -> str:
    owner, person, scopes, networks, left, revoked = drawn
    made, now = make_key(), timezone.now()
    somebody = None
    if person is not None:
        somebody = Person.objects.invited(f"p{number}@example.org", organisation=owners[owner], is_active=person[0])
        for role in person[1]:
            PersonRole.objects.create(person=somebody, role=role.value)
    ApiKey.objects.create(
        organisation=owners[owner], person=somebody, name="k", prefix=made.prefix, digest=made.digest,
        scopes=[one.value for one in scopes], networks=networks, expires_at=now + left,
        revoked_at=now if revoked else None,
    )  # fmt: skip
    return made.token


def questions() -> list[tuple[str, bytes | None]]:
    """Everything there is and something of what is not, each in every form."""
    every = [digest(n).hex() for n in range(5)]
    short = digest(-1).hex()
    return [
        *((f"{HASHES}/{one}", None) for one in (*every, short[:40], short[:32], every[0][:40].upper(), "f" * 64)),
        *((f"/api/v1/packages/{one}", None) for one in ("org.example.one", "COM.example.two", "org.example.none", "a")),
        *((f"/api/v1/certificates/{digest(len(one)).hex()}", None) for one in ("org.example.one", "org.example.none")),
        (HASHES, "\n".join([*every, every[0].upper(), short[:40], short[:32], "0" * 64]).encode()),
        (HASHES, b""),
    ]  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MEMBERS, HAND_INS, KEYS)
def test_the_layer_says_what_django_says_to_everybody_about_everything(
    hub: Hub, members: list[Any], hand_ins: list[Any], keys: list[Any]
) -> None:
    del hub  # it forgets what was taken from the limits
    both = Hub()
    for token in build(members, hand_ins, keys):
        limits.forget_held()
        for path, body in questions():
            here, there = both.ask(token, path, body), both.ask(token, path, body, layer=False)
            assert here._replace(fast=False) == there
            assert here.fast == (here.status in {200, 404}), path


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MEMBERS, KEYS)
def test_a_key_is_read_as_the_orm_reads_it(hub: Hub, members: list[Any], keys: list[Any]) -> None:
    del hub
    for token in build(members, [], keys):
        here, there = fast_keys.find_key(opened(), digest_of(token)), find_key(digest_of(token))
        assert here is not None
        assert there is not None
        assert here._replace(roles=sorted(here.roles)) == there._replace(roles=sorted(there.roles))


ORDINARY = [(Kind.SECURITY, State.ACTIVE), (Kind.SUPPORT, State.ACTIVE), (Kind.POLICE, State.ACTIVE)]
A_READER = (0, None, {Scope.READ}, [], timedelta(days=1), False)


class Recorder:
    """A reader that remembers what was asked and how much came back."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def rows(self, question: str, parameters: Any) -> list[Any]:
        found = opened().rows(question, parameters)
        self.asked.append((question, len(found)))
        return found

    def close(self) -> None:
        """The reader of the test is closed with the test."""


@pytest.mark.parametrize(
    "hidden", [(Tlp.RED, None, False), (Tlp.GREEN, timedelta(days=1), False), (Tlp.CLEAR, None, True)]
)
def test_what_others_keep_back_is_answered_like_what_is_not_there(hub: Hub, hidden: tuple[Tlp, Any, bool]) -> None:
    tlp, embargo, withdrawn = hidden
    (token,) = build(ORDINARY, [(one, 1, tlp, timedelta(days=-1), embargo, withdrawn) for one in range(4)], [A_READER])
    for there, absent in zip(questions()[:4], ["e" * 64] * 4, strict=True):
        assert hub.ask(token, there[0]) == hub.ask(token, f"{HASHES}/{absent}")
        assert hub.ask(token, there[0]).status == 404
    known = hub.ask(token, HASHES, "\n".join(digest(one).hex() for one in range(4)).encode())
    assert known.data == {"asked": 4, "found": {}}
    assert known.fast


def test_the_database_does_the_same_for_what_is_kept_back_and_what_is_not_there() -> None:
    """The last digest of all has no next one, so it is left out: there is always a next one where there are many."""
    hidden = [(one, 1, Tlp.RED, timedelta(days=-1), None, False) for one in range(4)]
    (token,) = build(ORDINARY, hidden, [A_READER])
    recorder = Recorder()
    layer = Layer(lambda *_: [], recorder)
    ordered = sorted(digest(one).hex() for one in range(4))
    work = []
    for asked in (*ordered[:3], *(one[:-1] + ("0" if one[-1] != "0" else "1") for one in ordered[:3])):
        layer(_environ(token, f"{HASHES}/{asked}", None), lambda *_: None)
        work.append(recorder.asked[-1])
    assert len(set(work)) == 1


def test_a_sample_next_to_one_that_is_not_there_is_told_once(hub: Hub) -> None:
    (token,) = build(ORDINARY, [(0, 0, Tlp.RED, timedelta(days=-1), None, False)], [A_READER])
    there = digest(0).hex()
    before = f"{int(there, 16) - 1:064x}"
    told = hub.ask(token, HASHES, f"{there}\n{before}".encode()).data
    assert list(told["found"]) == [there]
    assert "also" not in told["found"][there]


def test_an_embargo_ends_without_anybody_doing_anything(hub: Hub) -> None:
    (token,) = build(ORDINARY, [(0, 1, Tlp.GREEN, timedelta(days=-1), timedelta(days=1), False)], [A_READER])
    path = f"{HASHES}/{digest(0).hex()}"
    assert hub.ask(token, path).status == 404
    HandIn.objects.update(embargo_until=timezone.now())
    assert hub.ask(token, path).status == 200


def test_the_time_that_is_told_is_of_the_first_hand_in_one_may_see(hub: Hub) -> None:
    (token,) = build(ORDINARY, [], [A_READER])
    owners, sample = list(Organisation.objects.order_by("slug")), Sample.objects.get(sha256=digest(0))
    handed_in(sample, owners[1], Tlp.RED, at=datetime(2026, 1, 1, tzinfo=UTC))
    handed_in(sample, owners[2], Tlp.GREEN, at=datetime(2026, 3, 1, tzinfo=UTC))
    told = hub.ask(token, f"{HASHES}/{digest(0).hex()}").data
    assert told["first_handed_in"] == "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    "change",
    [
        lambda: ApiKey.objects.update(revoked_at=timezone.now()),
        lambda: ApiKey.objects.update(scopes=["submit"]),
        lambda: Organisation.objects.update(state=State.SUSPENDED.value),
        lambda: Person.objects.update(is_active=False),
        lambda: ApiKey.objects.update(networks=["198.51.100.0/24"]),
    ],
)
def test_who_may_no_longer_is_answered_for_less_than_a_second(hub: Hub, change: Callable[[], int]) -> None:
    del hub
    (token,) = build(ORDINARY, [], [(0, (True, {Role.ANALYST}), {Scope.READ}, [], timedelta(days=1), False)])
    seconds = [100.0]
    keys = fast_keys.Keys(opened(), clock=lambda: seconds[0])
    assert keys.actor(f"Bearer {token}", "192.0.2.7") is not None
    change()
    seconds[0] += 0.95
    found = keys.actor(f"Bearer {token}", "192.0.2.7")
    assert found is None or not allowed(found, "lookup")


def test_a_key_that_ends_is_not_remembered_beyond_its_end() -> None:
    (token,) = build(ORDINARY, [], [(0, None, {Scope.READ}, [], timedelta(seconds=0.4), False)])
    seconds = [100.0]
    keys = fast_keys.Keys(opened(), clock=lambda: seconds[0])
    if keys.actor(f"Bearer {token}", "192.0.2.7") is not None:
        seconds[0] += 0.41
        ApiKey.objects.update(expires_at=timezone.now())
        assert keys.actor(f"Bearer {token}", "192.0.2.7") is None


def test_a_key_from_elsewhere_is_not_remembered_as_from_here() -> None:
    (token,) = build(ORDINARY, [], [(0, None, {Scope.READ}, ["192.0.2.0/24"], timedelta(days=1), False)])
    keys = fast_keys.Keys(opened())
    assert keys.actor(f"Bearer {token}", "192.0.2.7") is not None
    assert keys.actor(f"Bearer {token}", "198.51.100.7") is None


def test_who_asks_too_much_waits_and_is_told_how_long(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.LIMITS, "lookup", limits.Limit(12, 1))  # type: ignore[arg-type] # a dict behind the type
    (token,) = build(ORDINARY, [(0, 0, Tlp.RED, timedelta(days=-1), None, False)], [A_READER])
    eleven = "\n".join(f"{one:064x}" for one in range(11)).encode()
    assert hub.ask(token, HASHES, eleven).status == 200
    assert hub.ask(token, f"{HASHES}/{digest(0).hex()}").status == 200
    refused = hub.ask(token, f"{HASHES}/{digest(0).hex()}")
    assert (refused.status, refused.fast, refused.data["title"]) == (429, True, "Too Many Requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 5


BODIES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(str.encode),
    st.lists(st.text(max_size=70), max_size=3).map(lambda one: json.dumps({"hashes": one}).encode()),
    st.just(b"[" * 20_000), st.just(b"0" * (1 << 17) + b"0"), st.just(("0" * 64 + "\n").encode() * 1_001),
    st.just(json.dumps({"hashes": ["0" * 64] * 1_001}).encode()), st.just(b'{"hashes": [null]}'),
)  # fmt: skip
TYPES = st.sampled_from(["text/plain", "application/json", "application/json; charset=x", "image/png", "", "/"])
ENDS = st.text(st.characters(max_codepoint=255), max_size=70) | st.binary(max_size=70).map(
    lambda one: one.decode("latin-1")
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BODIES, TYPES, ENDS)
def test_what_is_no_question_is_a_problem_of_the_one_who_asks(hub: Hub, body: bytes, kind: str, end: str) -> None:
    if not ApiKey.objects.exists() or not TOKENS:
        TOKENS[:] = build(ORDINARY, [], [A_READER])
    said = [hub.ask(TOKENS[0], HASHES, body, CONTENT_TYPE=kind)]
    said += [hub.ask(TOKENS[0], f"{place}/{end}") for place in (HASHES, "/api/v1/packages", "/api/v1/certificates")]
    for one in said:
        assert one.status == 200 or 400 <= one.status < 500
        assert one.status == 200 or one.headers["Content-Type"] == "application/problem+json"
        assert one.status == 200 or one.data["status"] == one.status


TOKENS: list[str] = []


@pytest.mark.parametrize("length", ["", "99999999999999999999"])
def test_a_length_that_is_none_is_no_failure_of_the_hub(hub: Hub, length: str) -> None:
    (token,) = build(ORDINARY, [], [A_READER])
    assert 400 <= hub.ask(token, HASHES, b"0" * 64, CONTENT_LENGTH=length).status < 500 or length == ""


@pytest.mark.parametrize("token", ["", "luc_", "x" * 5_000, "luc_aaaaaaaa_" + "a" * 43])
def test_without_a_key_django_says_no(hub: Hub, token: str) -> None:
    said = hub.ask(token, f"{HASHES}/{'0' * 64}")
    assert (said.status, said.fast) == (401, False)


def test_under_another_name_the_hub_is_not_reached(hub: Hub) -> None:
    (token,) = build(ORDINARY, [], [A_READER])
    assert hub.ask(token, f"{HASHES}/{'0' * 64}", HTTP_HOST="other.example").status == 400


def test_the_layer_cannot_change_the_database() -> None:
    build(ORDINARY, [], [])
    before = Organisation.objects.count()
    with pytest.raises(Unavailable):
        opened().rows(f"DELETE FROM {Organisation._meta.db_table}", ())  # noqa: S608 - a name of ours
    assert Organisation.objects.count() == before > 0


def test_where_the_layer_has_no_database_django_answers(hub: Hub) -> None:
    (token,) = build(ORDINARY, [(0, 0, Tlp.RED, timedelta(days=-1), None, False)], [A_READER])

    class Gone:
        def rows(self, *_: object) -> list[Any]:
            raise Unavailable

        def close(self) -> None:
            """There is nothing."""

    hub._layer = Layer(hub._behind, Gone())
    said = hub.ask(token, f"{HASHES}/{digest(0).hex()}")
    assert (said.status, said.fast) == (200, False)


def test_a_reader_answers_again_after_its_connection_broke() -> None:
    asking = opened()
    with pytest.raises(Unavailable):
        asking.rows("SELECT nothing FROM nowhere", ())
    assert asking.rows("SELECT 1", ()) == [(1,)]


def test_the_log_says_who_asked_how_often_and_not_for_what(hub: Hub) -> None:
    COUNTS.write()
    Entry.objects.all().delete()
    (token,) = build(ORDINARY, [(0, 0, Tlp.RED, timedelta(days=-1), None, False)], [A_READER])
    for _ in range(3):
        hub.ask(token, f"{HASHES}/{digest(0).hex()}")
    hub.ask(token, HASHES, "\n".join(f"{one:064x}" for one in range(7)).encode())
    hub.ask(token, "/api/v1/packages/org.example.secret")
    assert COUNTS.write() == 1
    entry, key = Entry.objects.get(), ApiKey.objects.get()
    assert (entry.action, entry.actor_kind, entry.actor) == ("lookup", "key", str(key.pk))
    assert entry.organisation == str(key.organisation_id)
    assert (entry.detail["requests"], entry.detail["asked"]) == (5, 11)
    assert set(entry.detail) == {"requests", "asked", "seconds"}
    assert key.last_used_at is not None
    assert COUNTS.write() == 0


def test_counts_that_cannot_be_written_are_kept(a_key: Callable[..., str]) -> None:
    counts = LookupCounts()
    key = find_key(digest_of(a_key(Scope.READ)))
    assert key is not None
    actor = actor_of_key(key, "", timezone.now())
    assert actor is not None
    counts.add(actor, 5)

    def broken(*_: object) -> None:
        raise OperationalError("the disk is gone")

    with connection.execute_wrapper(broken):
        assert counts.write() == 0
    counts.add(actor, 2)
    assert counts.write() == 1
    assert Entry.objects.get(action="lookup").detail["asked"] == 7


def test_threads_that_count_at_once_lose_nothing(a_key: Callable[..., str]) -> None:
    counts = LookupCounts()
    key = find_key(digest_of(a_key(Scope.READ)))
    assert key is not None
    actor = actor_of_key(key, "", timezone.now())
    assert actor is not None
    threads = [threading.Thread(target=lambda: [counts.add(actor, 2) for _ in range(2_000)]) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    counts.write()
    assert Entry.objects.get(action="lookup").detail["asked"] == 16_000
