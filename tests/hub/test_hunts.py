"""Hunts: rules of one organisation over what it may see, bounded in every way, and harmless whatever a rule says."""
# ruff: noqa: F811 - fixtures come in by their names

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_making import Caller, an_api_vault, caller, key_of  # noqa: F401 - fixtures
from django.test import Client
from django.utils import timezone
from vault_making import actor_for

from luciole.hub.audit.models import Entry
from luciole.hub.members.models import Person
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Role, Scope, Tlp
from luciole.hub.samples import analysis, hunts, marking
from luciole.hub.samples.about import About
from luciole.hub.samples.handin import hand_in
from luciole.hub.samples.models import HandIn, Hunt, Sample
from luciole.hub.site import jobs, worker
from luciole.kernel.errors import UsageError
from luciole.simulate.apps.build import build_apk

EVERY = "rule every { condition: true }"
CAMERA = "rule: {fact: permission.requested, is: android.permission.CAMERA}"


@pytest.fixture(autouse=True)
def _no_reader_is_left() -> Iterator[None]:
    yield
    analysis.close_reader()


@pytest.fixture
def me(a_person: Callable[..., Person]) -> Person:
    return a_person(Role.ANALYST)


@pytest.fixture
def partner(a_person: Callable[..., Person]) -> Person:
    return a_person(Role.ANALYST)


def handed(person: Person, number: int = 0, **said: Any) -> Sample:
    app = build_apk({"package": f"org.example.inert.n{number}", "label": "Inert", "permissions": ["CAMERA"]})
    return hand_in(actor_for(person), [app], About(**said)).sample


def work() -> None:
    """Does every job that waits, and those that they ask for."""
    while held := jobs.claim(worker.new_name()):
        jobs.do(held)


def hunted(actor: Actor, text: str = EVERY, kind: str = "yara", most: int = 0) -> Hunt:
    made = hunts.begin(actor, kind, text, most)
    hunts.run(str(made.pk))
    made.refresh_from_db()
    return made


# Hostile rules.


SECRET = "canary-of-a-file-of-this-computer"  # noqa: S105 - a word that must not come back


@pytest.mark.parametrize("by", ["path", "parent"])
def test_a_rule_cannot_include_a_file_of_this_computer(me: Person, hub_folder: Path, by: str) -> None:
    """Where includes are on, the compiler's message shows the line that it did not understand."""
    handed(me)
    place = hub_folder / "secret.yar"
    place.write_text(f"{SECRET}\n")
    path = str(place) if by == "path" else f"../../../../../../../..{place}"
    made = hunted(actor_for(me), f'include "{path}"\n{EVERY}')
    assert made.state == "failed"
    assert made.found == []
    assert SECRET not in made.problem


@pytest.mark.parametrize("module", ["no_such_module", "../../etc/passwd"])
def test_a_module_that_is_none_is_said(me: Person, module: str) -> None:
    handed(me)
    made = hunted(actor_for(me), f'import "{module}"\n{EVERY}')
    assert made.state == "failed"
    assert "unknown module" in made.problem


BOMBS = {
    "alternatives": "rule a { strings: $a = /((((a{0,100}){0,100}){0,100}){0,100})b/ condition: $a }",
    "brackets": "rule a { condition: " + "(" * 5_000 + "true" + ")" * 5_000 + " }",
    "loops": "rule a { condition: for all i in (0..1000000000) : ( for all j in (0..1000000000) : "
    "( for all k in (0..1000000000) : ( i + j + k >= 0 ) ) ) }",
    "jumps": "rule a { strings: $a = { " + "?? " * 6_000 + "} condition: $a }",
    "backtracking": "rule a { strings: $a = /(x+x+)+y/ $b = /x.*x.*x.*x.*y/s condition: $a or $b }",
    "many": "rule a { strings: " + " ".join(f"$s{n} = /a.*b{n}/s" for n in range(800)) + " condition: any of them }",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_rule_that_is_made_to_use_up_a_computer_ends_and_the_next_hunt_works(me: Person, bomb: str) -> None:
    text = BOMBS[bomb]
    assert len(text) <= hunts.LONGEST_TEXT
    hand_in(actor_for(me), [b"x" * 200_000], About())
    made = hunted(actor_for(me), text)
    assert made.state in {"done", "failed"}
    assert made.state == "failed" or made.done == 1
    assert hunted(actor_for(me)).found == [Sample.objects.get().pk]


def test_compiling_has_limits_of_its_own(me: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler that goes on for ever, or takes all memory, is ended in a process that only tries."""
    from luciole.hub.samples import reader
    from luciole.kernel.errors import CouldNotLook, ParseError

    def endless(_: object) -> None:
        while True:
            pass

    def large(_: object) -> None:
        bytearray(1 << 31)

    monkeypatch.setattr(reader, "_LEAST_FOR_RULES", 0)
    for compiler in (endless, large):
        monkeypatch.setattr(reader, "_compiled", compiler)
        with pytest.raises((CouldNotLook, ParseError), match=r"longer than allowed|more memory"):
            reader._checked((("hunt", "x"),))
    del me


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\nb: &b [*a,*a]\nrule: *b", "rule: " + "{any: [" * 900 + "x" + "]}" * 900, "rule: " + "[" * 19_000,
        "rule: !!python/object/apply:os.system ['id']", "rule: {fact: app.package, matches: '(a+)+$'}", "rule: \0",
        "rule: \ud800", "- a", "rule:", "%YAML 9.9\n---\n", "rule: {criterion: no.such.criterion}",
        "rule: {fact: permission.requested, in: $no-such-list}",
    ],
)  # fmt: skip
def test_a_criterion_that_is_none_is_refused_with_its_line(me: Person, text: str) -> None:
    with pytest.raises(UsageError):
        hunts.begin(actor_for(me), "criterion", text)
    assert Hunt.objects.count() == 0


# Bounds.


def test_a_hunt_lets_others_go_first_and_goes_on_where_it_stood(me: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        handed(me, number)
    work()
    monkeypatch.setattr(hunts, "SLICE", 0.0)
    monkeypatch.setitem(hunts._BATCH, "yara", 2)
    made = hunts.begin(actor_for(me), "yara", EVERY)
    late = handed(me, 99)
    order: list[str] = []
    while held := jobs.claim(worker.new_name()):
        order.append(held.path.rpartition(".")[2])
        jobs.do(held)
    made.refresh_from_db()
    assert order == ["analyse", "run", "run", "run", "run", "run"]
    assert (made.state, made.done) == ("done", 8)
    assert sorted(made.found) == sorted(Sample.objects.values_list("pk", flat=True))
    assert len(made.found) == len(set(made.found))
    assert late.pk in made.found
    assert made.spent > 0


def test_a_worker_that_dies_in_a_hunt_costs_no_sample_and_doubles_none(
    me: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        handed(me, number)
    monkeypatch.setitem(hunts._BATCH, "yara", 2)
    made = hunts.begin(actor_for(me), "yara", EVERY)
    fits, looked_at = hunts._fits, []

    def dies(sample: Sample, reader: Any) -> bool | None:
        looked_at.append(sample.pk)
        if len(looked_at) == 4:
            raise KeyboardInterrupt
        return fits(sample, reader)

    with monkeypatch.context() as patched:
        patched.setattr(hunts, "_fits", dies)
        with pytest.raises(KeyboardInterrupt):
            hunts.run(str(made.pk))
    hunts.run(str(made.pk))
    made.refresh_from_db()
    assert (made.state, made.done) == ("done", 6)
    assert sorted(made.found) == sorted(set(made.found)) == sorted(Sample.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(("name", "most", "said"), [("MOST_FOUND", 2, "as much as"), ("MOST_SECONDS", 0.0, "as long")])
def test_a_hunt_that_reaches_a_bound_ends_and_says_which(
    me: Person, monkeypatch: pytest.MonkeyPatch, name: str, most: float, said: str
) -> None:
    for number in range(4):
        handed(me, number)
    monkeypatch.setitem(hunts._BATCH, "yara", 2)
    monkeypatch.setattr(hunts, name, most)
    made = hunted(actor_for(me))
    assert (made.state, made.done, len(made.found)) == ("done", 2, 2)
    assert said in made.problem


def test_a_rule_that_takes_too_long_for_every_file_ends_early(me: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        handed(me, number)
    monkeypatch.setattr(hunts, "HOPELESS", 2)
    monkeypatch.setitem(hunts._BATCH, "yara", 2)
    monkeypatch.setattr(hunts, "_fits", lambda *_: None)
    made = hunted(actor_for(me))
    assert (made.state, made.done, made.unread) == ("failed", 2, 2)
    assert "takes too long" in made.problem


def test_no_more_hunts_at_once_than_may_be_even_when_they_are_begun_together(
    me: Person, run_at_once: Callable[..., None]
) -> None:
    def begin(_: int) -> None:
        try:
            hunts.begin(actor_for(me), "yara", EVERY)
        except UsageError:
            return

    run_at_once(begin, 6)
    assert Hunt.objects.count() == hunts.AT_ONCE
    assert hunts.stop(Hunt.objects.all()[0])
    hunts.begin(actor_for(me), "yara", EVERY)


@pytest.mark.parametrize(
    ("kind", "text"), [("sql", EVERY), ("yara", ""), ("yara", "  \n"), ("yara", "x" * 20_001), ("", EVERY)]
)
def test_what_is_no_hunt_is_not_begun(me: Person, kind: str, text: str) -> None:
    with pytest.raises(UsageError):
        hunts.begin(actor_for(me), kind, text)


# Who sees what.


@pytest.mark.parametrize("kind", ["yara", "criterion"])
def test_a_hunt_looks_only_at_what_its_organisation_may_see(me: Person, partner: Person, kind: str) -> None:
    soon = timezone.now() + dt.timedelta(days=2)
    seen = [handed(me, 0, tlp=Tlp.RED), handed(partner, 1, tlp=Tlp.GREEN)]
    handed(partner, 2, tlp=Tlp.RED)
    handed(partner, 3, tlp=Tlp.AMBER_STRICT)
    handed(partner, 4, tlp=Tlp.GREEN, embargo_until=soon)
    gone = handed(partner, 5, tlp=Tlp.GREEN)
    marking.withdraw(actor_for(partner), gone.hand_ins.get().pk)
    work()
    made = hunted(actor_for(me), EVERY if kind == "yara" else CAMERA, kind)
    assert made.problem == ""
    assert (made.state, made.done, sorted(made.found)) == ("done", 2, [one.pk for one in seen])


def test_what_was_found_is_hidden_again_when_it_may_not_be_seen_any_more(
    me: Person, partner: Person, signed_in: Callable[..., Client]
) -> None:
    found = handed(partner, 1, tlp=Tlp.GREEN)
    made = hunted(actor_for(me))
    browser, digest = signed_in(me), bytes(found.sha256).hex()
    assert digest in browser.get(f"/samples/hunts/{made.pk}").content.decode()
    HandIn.objects.update(tlp="red")
    text = browser.get(f"/samples/hunts/{made.pk}").content.decode()
    assert digest not in text
    assert "Found nothing that you may see." in text


def test_the_rule_of_an_organisation_is_seen_by_nobody_else(
    caller: Caller, key_of: Callable[..., Caller], signed_in: Callable[..., Client], me: Person
) -> None:
    wanted = "what_we_are_after"
    made = caller.post("/hunts", {"kind": "yara", "text": f"rule {wanted} {{ condition: true }}", "most": 5}).json()
    other, browser = key_of(Scope.READ), signed_in(me)
    for answer in (
        other.get(f"/hunts/{made['id']}"), other.post(f"/hunts/{made['id']}/stop"),
        browser.get(f"/samples/hunts/{made['id']}"), browser.post(f"/samples/hunts/{made['id']}/stop"),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert other.get("/hunts").json()["hunts"] == []
    assert made["id"] not in browser.get("/samples/hunts").content.decode()
    assert wanted not in "".join(str(one.detail) for one in Entry.objects.all())
    assert Hunt.objects.get().state == "waiting"


def test_only_analysts_hunt(
    a_person: Callable[..., Person], signed_in: Callable[..., Client], key_of: Callable[..., Caller]
) -> None:
    assert signed_in(a_person(Role.HELPER)).get("/samples/hunts").status_code == 403
    assert key_of(Scope.SUBMIT).get("/hunts").status_code == 403


# Pages.


def test_a_hunt_is_begun_watched_and_stopped_by_the_page(me: Person, signed_in: Callable[..., Client]) -> None:
    for number in range(3):
        handed(me, number)
    browser = signed_in(me)
    answer = browser.post("/samples/hunts", {"kind": "yara", "text": EVERY, "most": "2"}, follow=True)
    assert "The hunt begins in a moment." in answer.content.decode()
    made = Hunt.objects.get()
    assert (made.most, str(made.person_id)) == (2, str(me.pk))
    text = browser.get(f"/samples/hunts/{made.pk}").content.decode()
    assert "Stop" in text
    hunts.run(str(made.pk))
    text = browser.get(f"/samples/hunts/{made.pk}").content.decode()
    assert "Looked at: 2 of at most 2." in text
    assert 'value="Stop"' not in text
    other = hunts.begin(actor_for(me), "yara", EVERY)
    browser.post(f"/samples/hunts/{other.pk}/stop")
    other.refresh_from_db()
    assert other.state == "stopped"


@pytest.mark.parametrize(
    "said",
    [
        {}, {"kind": "yara"}, {"kind": "sql", "text": "x"}, {"kind": "yara", "text": "x", "most": "-1"},
        {"kind": "yara", "text": "x" * 20_001}, {"kind": "criterion", "text": "rule: {fact: no.such.fact}"},
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_hunt_is_said_at_its_form(
    me: Person, signed_in: Callable[..., Client], said: dict[str, str]
) -> None:
    answer = signed_in(me).post("/samples/hunts", said)
    assert answer.status_code == 422
    assert Hunt.objects.count() == 0


def test_a_hostile_rule_is_shown_as_text(me: Person, signed_in: Callable[..., Client]) -> None:
    text = f"// <script>alert(1)</script> \u202e\n{EVERY}"
    made = hunts.begin(actor_for(me), "yara", text)
    shown = signed_in(me).get(f"/samples/hunts/{made.pk}").content.decode()
    assert "<script>alert" not in shown
    assert "\u202e" not in shown
