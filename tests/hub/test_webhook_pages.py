"""Pages of webhooks, and what is announced to whom."""
# ruff: noqa: F811 - fixtures come in by their names

from __future__ import annotations

import datetime as dt
import json
import re
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

from luciole.client.webhooks import is_from_hub
from luciole.hub.audit.models import Entry
from luciole.hub.hooks import services
from luciole.hub.hooks.models import Delivery, Hook
from luciole.hub.hooks.sending import Sent, Trouble
from luciole.hub.hooks.services import Event
from luciole.hub.members.models import Organisation, Person
from luciole.hub.members.words import Role, State, Tlp
from luciole.hub.samples import analysis, hunts, judging, marking, searches
from luciole.hub.samples.about import About
from luciole.hub.samples.handin import hand_in
from luciole.hub.samples.models import Analysis, Sample
from luciole.simulate.apps.build import build_apk

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
ADDRESS = "https://hooks.example.org/luciole?a=b"
ALL = [one.value for one in Event if one is not Event.PING]


@pytest.fixture
def analyst(a_person: Callable[..., Person]) -> Person:
    return a_person(Role.ANALYST)


@pytest.fixture
def browser(analyst: Person, signed_in: Callable[..., Client]) -> Client:
    return signed_in(analyst)


def a_hook(person: Person, *events: str) -> Hook:
    return services.make(actor_for(person), ADDRESS, events or ALL)[0]


def secret_in(page: str) -> str:
    found = re.search(r'id="secret">.*?(whs_[\w-]+)', page, re.DOTALL)
    return found[1] if found else ""


def told(organisation: object) -> list[tuple[str, dict[str, Any]]]:
    """What the webhooks of an organisation were told: events with what stands in them."""
    rows = Delivery.objects.filter(hook__organisation=organisation).order_by("pk")
    return [(one.event, json.loads(one.body)["about"]) for one in rows]


# Pages.


def test_a_webhook_is_made_and_its_secret_shown_once(browser: Client, analyst: Person) -> None:
    answer = browser.post("/webhooks/", {"address": ADDRESS, "events": ["sample.analysed", "hunt.ended"]})
    hook = Hook.objects.get()
    secret = secret_in(answer.content.decode())
    assert answer.status_code == 200
    assert (str(hook.organisation_id), hook.address) == (str(analyst.organisation_id), ADDRESS)
    assert hook.events == ["hunt.ended", "sample.analysed"]
    services.tell(str(hook.organisation_id), Event.HUNT, {})
    letter = services.letter(Delivery.objects.get().pk, NOW)
    assert letter is not None
    assert is_from_hub(secret, letter.headers["Luciole-Signature"], letter.body, int(NOW.timestamp()))
    for page in ("/webhooks/", f"/webhooks/{hook.pk}"):
        text = browser.get(page).content.decode()
        assert "hooks.example.org" in text
        assert "whs_" not in text
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"address": "http://x.example.org/", "events": ["hunt.ended"]}, "begins with https://"),
        ({"address": "https://u:p@x.example.org/", "events": ["hunt.ended"]}, "without a name and password"),
        ({"address": ADDRESS}, "missing or does not fit"),
        ({"address": ADDRESS, "events": ["ping"]}, "missing or does not fit"),
        ({"events": ["hunt.ended"]}, "missing or does not fit"),
        ({"address": "https://x/" + "a" * 400, "events": ["hunt.ended"]}, "missing or does not fit"),
    ],
)
def test_what_is_no_webhook_is_said_at_the_form(browser: Client, said: dict[str, object], sentence: str) -> None:
    answer = browser.post("/webhooks/", said)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Hook.objects.count() == 0


def test_more_webhooks_than_may_be_are_refused(
    browser: Client, analyst: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST", 1)
    a_hook(analyst)
    answer = browser.post("/webhooks/", {"address": ADDRESS, "events": ["hunt.ended"]})
    assert answer.status_code == 422
    assert "at most 1 webhooks" in answer.content.decode()


def test_each_try_its_answer_and_the_next_one_are_shown(browser: Client, analyst: Person) -> None:
    hook = a_hook(analyst)
    services.tell(str(analyst.organisation_id), Event.HUNT, {"hunt": "x"})
    row = Delivery.objects.get()
    services.note(row.pk, Sent(503, Trouble.ANSWER), NOW)
    services.note(row.pk, Sent(0, Trouble.TLS), NOW + dt.timedelta(seconds=10))
    text = browser.get(f"/webhooks/{hook.pk}").content.decode()
    assert "the answer says that it was not taken (503)" in text
    assert "its certificate is not believed" in text
    assert '<time datetime="2026-06-01T00:01:10+00:00">' in text  # the third try: 60 seconds after the second
    assert text.index("(503)") < text.index("its certificate")
    services.note(row.pk, Sent(204, Trouble.NONE), NOW + dt.timedelta(seconds=70))
    text = browser.get(f"/webhooks/{hook.pk}").content.decode()
    assert "arrived (204)" in text
    assert '<time datetime="2026-06-01T00:01:10+00:00">' in text  # now as the time of that try
    assert [one.status for one in row.attempts.all()] == [503, 0, 204]


def test_deliveries_are_paged(browser: Client, analyst: Person) -> None:
    hook = a_hook(analyst)
    for number in range(51):
        services.tell(str(analyst.organisation_id), Event.HUNT, {"hunt": str(number)})
    first = browser.get(f"/webhooks/{hook.pk}").content.decode()
    assert first.count('<th scope="row">') == 50
    after = re.search(r'rel="next" href="(\?before=\d+)"', first)
    assert after is not None
    assert browser.get(f"/webhooks/{hook.pk}{after[1]}").content.decode().count('<th scope="row">') == 1
    for odd in ("-1", "x", "9" * 40, "²"):
        assert browser.get(f"/webhooks/{hook.pk}", {"before": odd}).status_code == 200


def test_a_webhook_is_switched_tested_and_removed(browser: Client, analyst: Person) -> None:
    hook = a_hook(analyst)
    assert browser.post(f"/webhooks/{hook.pk}/ping").status_code == 303
    assert Delivery.objects.get().event == "ping"
    browser.post(f"/webhooks/{hook.pk}/switch", {"on": "no"})
    hook.refresh_from_db()
    assert hook.why == "manual"
    assert "is off. Switch it on first" in browser.post(f"/webhooks/{hook.pk}/ping", follow=True).content.decode()
    assert Delivery.objects.count() == 1
    browser.post(f"/webhooks/{hook.pk}/switch", {"on": "yes"})
    hook.refresh_from_db()
    assert (hook.why, hook.disabled_at) == ("", None)
    browser.post(f"/webhooks/{hook.pk}/remove")
    assert Hook.objects.count() == 1
    browser.post(f"/webhooks/{hook.pk}/remove", {"sure": "yes"})
    assert (Hook.objects.count(), Delivery.objects.count()) == (0, 0)
    actions = list(Entry.objects.filter(action__startswith="webhook.").order_by("pk").values_list("action", flat=True))
    assert actions == [
        "webhook.make", "webhook.ping", "webhook.switch", "webhook.switch", "webhook.remove"
    ]  # fmt: skip


def test_a_changed_secret_signs_beside_the_one_before_for_a_day(browser: Client, analyst: Person) -> None:
    hook, old = services.make(actor_for(analyst), ADDRESS, ["hunt.ended"])
    answer = browser.post(f"/webhooks/{hook.pk}/secret")
    new = secret_in(answer.content.decode())
    assert new.startswith("whs_")
    assert new != old
    services.tell(str(analyst.organisation_id), Event.HUNT, {})
    row = Delivery.objects.get()
    hook.refresh_from_db()
    assert hook.rotated_at is not None
    for later, both in ((dt.timedelta(hours=23), True), (dt.timedelta(hours=25), False)):
        at = hook.rotated_at + later
        letter = services.letter(row.pk, at)
        assert letter is not None
        said = letter.headers["Luciole-Signature"], letter.body, int(at.timestamp())
        assert is_from_hub(new, *said)
        assert is_from_hub(old, *said) is both
    again = secret_in(browser.post(f"/webhooks/{hook.pk}/secret").content.decode())
    letter = services.letter(row.pk, timezone.now())
    assert letter is not None
    said = letter.headers["Luciole-Signature"], letter.body, int(timezone.now().timestamp())
    assert [is_from_hub(one, *said) for one in (again, new, old)] == [True, True, False]


def test_over_the_api_a_secret_is_changed_and_tries_are_told(caller: Caller) -> None:
    made = caller.post("/webhooks", {"address": ADDRESS, "events": ["hunt.ended"]}).json()
    changed = caller.post(f"/webhooks/{made['id']}/secret").json()
    assert changed["secret"] not in {"", made["secret"]}
    assert changed["rotated_at"]
    caller.post(f"/webhooks/{made['id']}/ping")
    services.note(Delivery.objects.get().pk, Sent(500, Trouble.ANSWER), NOW)
    shown = caller.get(f"/webhooks/{made['id']}/deliveries").json()["deliveries"][0]
    assert shown["attempts"] == [{"at": "2026-06-01T00:00:00Z", "status": 500, "problem": "answer"}]
    assert shown["next_at"] == "2026-06-01T00:00:10Z"
    caller.patch(f"/webhooks/{made['id']}", {"on": False})
    refused = caller.post(f"/webhooks/{made['id']}/ping")
    assert (refused.status_code, "off" in refused.json()["detail"]) == (422, True)


def test_webhooks_of_others_are_not_there_and_those_without_the_role_see_none(
    browser: Client, a_person: Callable[..., Person], signed_in: Callable[..., Client], analyst: Person
) -> None:
    hook = a_hook(a_person(Role.OWNER))
    assert "hooks.example.org" not in browser.get("/webhooks/").content.decode()
    assert browser.get(f"/webhooks/{hook.pk}").status_code == 404
    for what in ("switch", "secret", "ping", "remove"):
        assert browser.post(f"/webhooks/{hook.pk}/{what}", {"sure": "yes"}).status_code == 404
        assert browser.get(f"/webhooks/{hook.pk}/{what}").status_code == 405
    helper = signed_in(a_person(Role.HELPER, organisation=analyst.organisation))
    assert helper.get("/webhooks/").status_code == 403
    assert Hook.objects.filter(pk=hook.pk, disabled_at=None, version=1).exists()


def test_the_pages_are_found_and_say_what_is_going_on(browser: Client, analyst: Person) -> None:
    assert 'href="/webhooks/"' in browser.get("/").content.decode()
    hook = a_hook(analyst)
    Hook.objects.filter(pk=hook.pk).update(disabled_at=NOW, why="failing")
    assert "nothing arrived for three days" in browser.get("/webhooks/").content.decode()


# What is announced.


@pytest.fixture(autouse=True)
def _no_reader_is_left() -> Iterator[None]:
    yield
    analysis.close_reader()


@pytest.fixture
def partner(a_person: Callable[..., Person]) -> Person:
    return a_person(Role.ANALYST)


def handed(person: Person, number: int = 0, **said: Any) -> Sample:
    app = build_apk({"package": f"org.example.inert.n{number}", "label": "Inert"})
    return hand_in(actor_for(person), [app], About(**said)).sample


def test_whoever_handed_a_file_in_is_told_when_it_was_read_and_nobody_else(
    analyst: Person, partner: Person, a_person: Callable[..., Person]
) -> None:
    other = a_person(Role.ANALYST)
    for one in (analyst, partner, other):
        a_hook(one)
    sample = handed(analyst, tlp=Tlp.GREEN)
    handed(partner, tlp=Tlp.RED, embargo_until=timezone.now() + dt.timedelta(days=9))
    analysis.analyse(sample.pk)
    sample.refresh_from_db()
    about = {"sha256": bytes(sample.sha256).hex(), "state": "analysed", "verdict": sample.verdict}
    assert told(analyst.organisation) == told(partner.organisation) == [("sample.analysed", about)]
    assert told(other.organisation) == []  # green is shared with them, and still it is not theirs


def test_a_hand_in_that_was_withdrawn_is_told_of_no_more(analyst: Person, partner: Person) -> None:
    for one in (analyst, partner):
        a_hook(one)
    sample = handed(analyst)
    handed(partner)
    marking.withdraw(actor_for(partner), sample.hand_ins.get(organisation=partner.organisation).pk)
    analysis.analyse(sample.pk)
    assert [event for event, _ in told(analyst.organisation)] == ["sample.analysed"]
    assert told(partner.organisation) == []


def test_a_file_that_cannot_be_read_is_told_too(analyst: Person) -> None:
    a_hook(analyst)
    sample = hand_in(actor_for(analyst), [b"no app"], About()).sample
    analysis.analyse(sample.pk)
    assert [about["state"] for _, about in told(analyst.organisation)] == ["unreadable"]


def test_an_analysis_that_is_undone_tells_nobody(analyst: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    a_hook(analyst)
    sample = handed(analyst)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(analysis.webhooks.hooks, "_ask", fail)
    with pytest.raises(RuntimeError):
        analysis.analyse(sample.pk)
    assert (Delivery.objects.count(), Analysis.objects.count()) == (0, 0)


def test_another_conclusion_is_told_once_for_all_samples_of_an_organisation(analyst: Person, partner: Person) -> None:
    mine = [handed(analyst, number) for number in range(3)]
    theirs = handed(partner, 0)
    assert theirs.pk == mine[0].pk
    for sample in mine:
        analysis.analyse(sample.pk)
    for one in (analyst, partner):
        a_hook(one)
    judging.judge_all(processes=1, everything=True)
    assert Delivery.objects.count() == 0  # the same is concluded again
    Analysis.objects.update(mark=b"something else", catalogue="older")
    judging.judge_all(processes=1)
    events = told(analyst.organisation)
    assert [event for event, _ in events] == ["samples.judged"]
    assert {one["sha256"] for one in events[0][1]["samples"]} == {bytes(one.sha256).hex() for one in mine}
    assert [one["sha256"] for one in told(partner.organisation)[0][1]["samples"]] == [bytes(theirs.sha256).hex()]


def test_the_end_of_a_hunt_is_told_with_as_many_as_may_be_seen(analyst: Person, partner: Person) -> None:
    for one in (analyst, partner):
        a_hook(one)
    for number in range(3):
        sample = handed(partner, number, tlp=Tlp.GREEN)
    hand_in(actor_for(partner), [b"hidden"], About(tlp=Tlp.RED))
    actor = actor_for(analyst)
    hunt = hunts.begin(actor, "yara", "rule every { condition: true }")
    hunts.run(str(hunt.pk))
    assert told(analyst.organisation) == [
        ("hunt.ended", {"hunt": str(hunt.pk), "state": "done", "looked_at": 3, "found": 3})
    ]
    assert [event for event, _ in told(partner.organisation)] == []
    del sample


def test_a_hunt_that_is_stopped_or_fails_ends_once(analyst: Person) -> None:
    a_hook(analyst)
    handed(analyst)
    actor = actor_for(analyst)
    stopped = hunts.begin(actor, "yara", "rule every { condition: true }")
    assert hunts.stop(stopped)
    assert not hunts.stop(stopped)
    hunts.run(str(stopped.pk))
    broken = hunts.begin(actor, "yara", "rule every { condition: nonsense }")
    hunts.run(str(broken.pk))
    hunts.run(str(broken.pk))
    assert [(event, about["state"]) for event, about in told(analyst.organisation)] == [
        ("hunt.ended", "stopped"), ("hunt.ended", "failed")
    ]  # fmt: skip


def test_a_saved_search_tells_only_of_what_its_organisation_may_see(analyst: Person, partner: Person) -> None:
    a_hook(analyst)
    kept = searches.save(actor_for(analyst), "all", "package:org.example.*", "webhook")
    hidden = handed(partner, 1, tlp=Tlp.RED)
    later = handed(partner, 2, tlp=Tlp.GREEN, embargo_until=timezone.now() + dt.timedelta(days=2))
    for one in (hidden, later):
        analysis.analyse(one.pk)
    searches.look_for_news()
    assert told(analyst.organisation) == []
    shown = handed(partner, 3, tlp=Tlp.GREEN)
    analysis.analyse(shown.pk)
    searches.look_for_news()
    searches.look_for_news()
    assert told(analyst.organisation) == [("search.news", {"search": str(kept.pk), "new": 1})]
    assert told(partner.organisation) == []


@pytest.mark.parametrize("state", [State.SUSPENDED, State.LEFT])
def test_a_member_that_is_suspended_or_left_is_told_nothing_and_gets_nothing(analyst: Person, state: State) -> None:
    a_hook(analyst)
    services.tell(str(analyst.organisation_id), Event.HUNT, {})
    row = Delivery.objects.get()
    Organisation.objects.filter(pk=analyst.organisation_id).update(state=state.value)
    assert services.tell(str(analyst.organisation_id), Event.HUNT, {}) == 0
    assert services.letter(row.pk, NOW) is None
    assert services.ask_for_forgotten(timezone.now() + dt.timedelta(days=1)) == 0
    Organisation.objects.filter(pk=analyst.organisation_id).update(state=State.ACTIVE.value)
    assert services.ask_for_forgotten(timezone.now() + dt.timedelta(days=1)) == 1
    assert services.letter(row.pk, NOW) is not None


def test_nothing_that_is_announced_holds_names_or_labels(analyst: Person) -> None:
    a_hook(analyst)
    canary = "canary-of-a-case"
    app = build_apk({"package": "org.example.inert.c", "label": canary})
    sample = hand_in(actor_for(analyst), [app], About(file_name=f"{canary}.apk", note=canary)).sample
    analysis.analyse(sample.pk)
    assert canary not in "".join(Delivery.objects.values_list("body", flat=True))
