from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tlsh
from django.db.models import Q
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from luciole.hub.audit.models import Entry
from luciole.hub.members.models import Person
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Role
from luciole.hub.samples import analysis, hunts, kinship, knowledge, vault
from luciole.hub.samples.handin import About, hand_in
from luciole.hub.samples.judging import judge_all
from luciole.hub.samples.models import Analysis, Hunt, Kinship, Sample, Term
from luciole.hub.samples.sharing import visible_to
from luciole.hub.site import jobs
from luciole.hub.site.keys import HubKeys
from luciole.intel.model import Family, Indicator, Knowledge
from luciole.kernel.errors import UsageError
from luciole.packs.store import Store
from luciole.simulate.apps.build import build_apk

pytestmark = pytest.mark.django_db(transaction=True)
CLASSES = [f"org.example.camera.Part{number:02d}" for number in range(20)]
EVERYTHING = Q()


@pytest.fixture
def actor(a_person: Callable[..., Person]) -> Callable[[], Actor]:
    """Makes an analyst of an organisation of their own."""

    def make() -> Actor:
        person = a_person(Role.ANALYST)
        return Actor(
            person=str(person.pk), organisation=str(person.organisation_id), roles=person.role_names, second_factor=True
        )

    return make


@pytest.fixture
def stored(hub_folder: Path, actor: Callable[[], Actor]) -> Iterator[Callable[..., Sample]]:
    """Hands in an inert app, or bytes, and returns the sample."""
    HubKeys.make(hub_folder)
    vault.current.cache_clear()

    def make(source: dict[str, object] | bytes, by: Actor | None = None, about: About | None = None) -> Sample:
        data = source if isinstance(source, bytes) else build_apk(source)
        return hand_in(by or actor(), [data], about or About()).sample

    yield make
    analysis.close_reader()


def work() -> None:
    """Does every job that waits, as a worker does."""
    while (held := jobs.claim("test")) is not None:
        jobs.do(held)


def terms(sample: Sample, field: str) -> set[str]:
    return set(Term.objects.filter(sample=sample, field=field).values_list("value", flat=True))


def test_a_handed_in_app_is_read_judged_and_found_by_its_terms(stored: Callable[..., Sample]) -> None:
    sample = stored({
        "package": "org.example.Camera", "label": "Nice Camera", "version_name": "2.5", "classes": CLASSES,
        "permissions": ["android.permission.CAMERA"], "strings": ["https://panel.example.net/upload"],
    })  # fmt: skip
    work()
    sample.refresh_from_db()
    assert (sample.state, sample.kind) == ("analysed", "apk")
    assert (sample.package, sample.label, sample.version) == ("org.example.Camera", "Nice Camera", "2.5")
    assert sample.verdict
    assert terms(sample, "package") == {"org.example.camera"}
    assert {"nice", "camera"} <= terms(sample, "word")
    assert terms(sample, "permission") == {"android.permission.camera"}
    assert "panel.example.net" in terms(sample, "host")
    assert "panel.example.net"[::-1] in terms(sample, "host-end")
    assert terms(sample, "verdict") == {sample.verdict}
    assert bytes(sample.sha256).hex() in terms(sample, "part")


def test_a_file_that_cannot_be_read_says_so_with_the_reason_and_has_no_verdict(stored: Callable[..., Sample]) -> None:
    sample = stored(b"neither an app nor a program" * 50)
    work()
    sample.refresh_from_db()
    assert (sample.state, sample.verdict) == ("unreadable", "")
    assert "no kind of file" in Analysis.objects.get(sample=sample).problem
    result = analysis.result_of(sample)
    assert result is not None
    assert result.unreadable[0].remedy
    assert not result.assessments
    assert not terms(sample, "verdict")


def test_the_log_tells_of_the_analysis_and_nothing_kept_holds_the_name_of_the_file(
    stored: Callable[..., Sample],
) -> None:
    sample = stored({"package": "org.example.a", "label": "A"}, about=About(file_name="private.apk"))
    work()
    entry = Entry.objects.get(action="sample.analysed")
    assert entry.object_id == bytes(sample.sha256).hex()
    reading = analysis.reading_of(sample)
    assert reading is not None
    assert "private" not in str(reading)


def test_reading_again_keeps_when_it_was_first_read_and_doubles_nothing(stored: Callable[..., Sample]) -> None:
    sample = stored({"package": "org.example.a", "label": "A", "classes": CLASSES})
    work()
    first = Analysis.objects.get(sample=sample)
    before = sorted(Term.objects.filter(sample=sample).values_list("field", "value"))
    kin = Kinship.objects.filter(sample=sample).count()
    analysis.ask_again(sample)
    work()
    again = Analysis.objects.get(sample=sample)
    assert again.first_at == first.first_at
    assert again.at > first.at
    assert sorted(Term.objects.filter(sample=sample).values_list("field", "value")) == before
    assert Kinship.objects.filter(sample=sample).count() == kin


def test_a_reader_that_dies_is_replaced_and_the_next_sample_is_read(stored: Callable[..., Sample]) -> None:
    stored({"package": "org.example.a", "label": "A"})
    work()
    for box in analysis._open.values():
        assert box._process is not None
        box._process.kill()
        box._process.wait()
    stored({"package": "org.example.b", "label": "B"})
    work()
    assert list(Sample.objects.values_list("state", flat=True)) == ["analysed", "analysed"]


def test_a_sample_on_which_every_try_died_is_unreadable_and_says_why(stored: Callable[..., Sample]) -> None:
    sample = stored({"package": "org.example.a", "label": "A"})
    for _ in range(jobs.TRIES):
        assert jobs.claim("victim") is not None
        jobs.recover("victim")
        DBTaskResult.objects.update(run_after=timezone.now())
    sample.refresh_from_db()
    assert sample.state == "unreadable"
    assert "every try" in Analysis.objects.get(sample=sample).problem


def test_handing_in_goes_on_while_a_job_is_stuck(stored: Callable[..., Sample]) -> None:
    stored({"package": "org.example.a", "label": "A"})
    assert jobs.claim("stuck") is not None
    assert stored({"package": "org.example.b", "label": "B"}).state == "waiting"
    assert jobs.waiting() == 2


def test_no_file_of_the_hub_holds_the_clear_bytes(stored: Callable[..., Sample], hub_folder: Path) -> None:
    app = build_apk({"package": "org.example.clear", "label": "Clear", "classes": CLASSES})
    stored(app)
    work()
    piece = app[100:164]
    files = [path for path in hub_folder.rglob("*") if path.is_file() and "postgresql" not in path.parts]
    assert any("blobs" in path.parts for path in files)
    assert not [path for path in files if piece in path.read_bytes()]


_PROBE = """
import os, socket, sys
{before}
def tried(what):
    try:
        what()
    except OSError as error:
        return error.errno == 1
    return False
def start():
    if os.fork() == 0:
        os._exit(0)
names = {file!r}
print(*[tried(one) for one in (
    socket.socket, start, lambda: open(names, "w"), lambda: os.truncate(names, 0), lambda: os.mkdir(names + "3"),
    lambda: os.kill(os.getppid(), 0), lambda: os.rename(names, names + "2"), lambda: os.unlink(names + "2"),
)])
print(bool(open(os.__file__).read()))
"""


@pytest.mark.parametrize("is_confined", [True, False])
def test_what_reads_a_file_opens_no_socket_starts_nothing_and_changes_no_file(
    tmp_path: Path, *, is_confined: bool
) -> None:
    """The other half is the control: without the filter the same attempts succeed."""
    file = tmp_path / "there"
    file.write_text("x")
    before = "from luciole.hub.samples.confinement import confine\nconfine()" if is_confined else ""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE.format(before=before, file=str(file))],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    refused, reads = done.stdout.splitlines()
    assert refused.split() == [str(is_confined)] * 8
    assert reads == "True"
    assert file.exists() == is_confined


def test_the_readers_process_sees_no_data_has_no_network_and_can_write_nowhere(hub_folder: Path) -> None:
    from luciole.hub.samples.sandbox import _command

    if not Path("/usr/bin/bwrap").exists():
        pytest.skip("bubblewrap is not installed")
    command = _command((0, 1), (hub_folder,), wrapped=True)
    probe = f"""
import os
print(os.path.exists({str(hub_folder)!r}), os.path.exists({__file__!r}), os.path.exists("/etc/passwd"))
print([line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]])
try:
    open("/file", "w")
    print("written")
except OSError as error:
    print(error.errno == 30)
"""
    inside = [*command[: command.index("-m")], "-c", probe]
    done = subprocess.run(inside, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False False False", "['lo']", "True"]


def test_apps_of_one_code_base_are_relatives_with_the_reason_and_only_where_they_may_be_seen(
    stored: Callable[..., Sample], actor: Callable[[], Actor]
) -> None:
    me, other = actor(), actor()
    one = stored({"package": "org.example.one", "label": "One", "classes": CLASSES}, me)
    two = stored({"package": "org.example.two", "label": "Two", "classes": CLASSES}, other)
    work()
    found = {each.sample.pk: each for each in kinship.relatives(one, EVERYTHING)}
    assert found[two.pk].same_code
    assert "code" in {reason.kind for reason in found[two.pk].reasons}
    assert two.pk in {each.sample.pk for each in kinship.same_code_base(one, EVERYTHING)}
    two.hand_ins.update(tlp="red")
    assert two.pk not in {each.sample.pk for each in kinship.relatives(one, visible_to(me, timezone.now()))}


def test_files_that_differ_little_are_found_as_a_comparison_with_all_of_them_finds_them(
    stored: Callable[..., Sample],
) -> None:
    chance = random.Random(5)  # noqa: S311 - bytes of a test
    original = chance.randbytes(40_000)
    like = stored({"package": "org.example.a", "label": "A"})
    made = []
    for number in range(60):
        changed = bytearray(original)
        for _ in range(number * 12):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        digest = tlsh.hash(bytes(changed))
        one = Sample.objects.create(
            sha256=number.to_bytes(32, "big"), sha1=b"", md5=b"", size=1, blob=like.blob, tlsh=digest, state="analysed"
        )
        Kinship.objects.bulk_create(
            [Kinship(sample=one, kind=key.kind, key=key.key) for key in kinship.bands_of(digest)]
        )
        made.append(one)
    near = {one.pk for one in made[1:] if tlsh.diff(made[0].tlsh, one.tlsh) <= kinship.NEAREST}
    found = {each.sample.pk: each.distance for each in kinship.relatives(made[0], EVERYTHING)}
    assert len(near) > 10
    assert set(found) <= near
    assert len(found) >= 0.9 * len(near), (len(found), len(near))


def test_new_indicators_change_the_verdict_from_kept_facts_without_the_file(
    stored: Callable[..., Sample], hub_folder: Path
) -> None:
    ours = stored({"package": "org.example.watcher", "label": "W"})
    other = stored({"package": "org.example.clock", "label": "C"})
    work()
    assert judge_all(processes=1).looked_at == 0
    before = Analysis.objects.get(sample=other)
    family = Family("watcher", "Watcher", "stalkerware")
    known = Indicator("package", "org.example.watcher", "package", ("watcher",))
    place = hub_folder / knowledge.KNOWLEDGE
    place.mkdir()
    try:
        Store(place).replace(Knowledge(1, "", (family,), (known,)))
        for path in (hub_folder / "blobs").rglob("*"):
            if path.is_file():
                path.unlink()
        tally = judge_all(processes=1)
        assert judge_all(processes=1).looked_at == 0
    finally:
        for path in place.iterdir():
            path.unlink()
        place.rmdir()
    assert (tally.looked_at, tally.changed, tally.failed) == (2, 1, 0)
    assert terms(ours, "family") == {"watcher"}
    ours.refresh_from_db()
    assert terms(ours, "verdict") == {ours.verdict}
    result = analysis.result_of(ours)
    assert result is not None
    assert result.assessments[0].verdict.code == ours.verdict == "known-stalkerware"
    after = Analysis.objects.get(sample=other)
    assert bytes(after.result) == bytes(before.result)
    assert after.index != before.index


RULE = "rule: {fact: permission.requested, is: android.permission.CAMERA}"
YARA = 'rule marked { strings: $a = "mark-of-the-hunted" condition: $a }'


def hunt(actor: Actor, kind: str, text: str, most: int = 0) -> Hunt:
    made = hunts.begin(actor, kind, text, most)
    work()
    made.refresh_from_db()
    return made


def test_a_criterion_is_hunted_over_kept_facts_and_finds_only_what_may_be_seen(
    stored: Callable[..., Sample], actor: Callable[[], Actor]
) -> None:
    me, other = actor(), actor()
    mine = stored({"package": "org.example.a", "label": "A", "permissions": ["CAMERA"]}, me)
    mine.hand_ins.update(tlp="red")
    stored({"package": "org.example.b", "label": "B"}, me)
    stored({"package": "org.example.c", "label": "C", "permissions": ["CAMERA"]}, other).hand_ins.update(tlp="red")
    work()
    made = hunt(me, "criterion", RULE)
    assert (made.state, made.found, made.done, made.unread) == ("done", [mine.pk], 2, 0)
    assert hunts.found(made, me, timezone.now()) == [mine]
    assert hunts.found(made, other, timezone.now()) == []


def test_a_yara_rule_is_hunted_over_inflated_members_in_the_sandbox(
    stored: Callable[..., Sample], actor: Callable[[], Actor]
) -> None:
    me = actor()
    marked = stored({"package": "org.example.a", "label": "A", "strings": ["mark-of-the-hunted"]}, me)
    stored({"package": "org.example.b", "label": "B"}, me)
    made = hunt(me, "yara", YARA)
    assert (made.state, made.found, made.done) == ("done", [marked.pk], 2)


def test_a_rule_that_cannot_be_compiled_or_read_says_so(
    stored: Callable[..., Sample], actor: Callable[[], Actor]
) -> None:
    me = actor()
    stored({"package": "org.example.a", "label": "A"}, me)
    made = hunt(me, "yara", "rule broken { condition: nonsense }")
    assert made.state == "failed"
    assert "nonsense" in made.problem
    with pytest.raises(UsageError, match="rule:1"):
        hunts.begin(me, "criterion", "rule: {fact: no.such.fact}")


def test_a_hunt_looks_at_no_more_than_it_may_and_can_be_stopped(
    stored: Callable[..., Sample], actor: Callable[[], Actor]
) -> None:
    me = actor()
    for number in range(3):
        stored({"package": f"org.example.n{number}", "label": "N", "permissions": ["CAMERA"]}, me)
    work()
    bounded = hunt(me, "criterion", RULE, 2)
    assert (bounded.state, bounded.done, len(bounded.found)) == ("done", 2, 2)
    stopped = hunts.begin(me, "criterion", RULE)
    assert hunts.stop(stopped)
    work()
    stopped.refresh_from_db()
    assert (stopped.state, stopped.done) == ("stopped", 0)
