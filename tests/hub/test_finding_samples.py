"""Finding samples: the same as looking at each one by hand, page by page, on both databases, at a cost with a bound."""

import hashlib
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luciole.hub.members.models import Organisation
from luciole.hub.members.policy import Actor
from luciole.hub.members.words import Kind, Tlp
from luciole.hub.samples import postings, search
from luciole.hub.samples import search_language as language
from luciole.hub.samples.facets import COUNTED, facets_of
from luciole.hub.samples.models import Blob, HandIn, Kinship, Sample, Term
from luciole.hub.samples.search import find, matching, newest
from luciole.hub.samples.search_language import Field, How, parse

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 150
FEW_VALUES = {
    "kind": ("apk", "ipa"), "verdict": ("dual-use", "nothing-seen", "needs-a-person"),
    "package": ("com.example.one", "com.example.two", "org.else%_"), "word": ("battery", "bat", "camera", "été"),
    "permission": ("p.camera", "p.sms"),
}  # fmt: skip


class Known:
    """One sample as the test remembers it, beside the database."""

    def __init__(self, sample: Sample, terms: set[tuple[str, str]], *, visible: bool) -> None:
        self.sample = sample
        self.terms = terms
        self.visible = visible


class Corpus:
    """Samples in the database and in memory, and who looks at them."""

    def __init__(self, ours: Organisation, theirs: Organisation) -> None:
        self.actor = Actor("p", organisation=str(ours.pk), kind=Kind.SECURITY)
        self.known: list[Known] = []
        chance = random.Random(7)  # noqa: S311 - the same corpus each time
        for number in range(COUNT):
            self.known.append(self._one(number, chance, ours, theirs))

    def _one(self, number: int, chance: random.Random, ours: Organisation, theirs: Organisation) -> Known:
        digest = hashlib.sha256(str(number).encode()).digest()
        blob = Blob.objects.create(digest=digest, name=digest.hex(), size=1, wrapped_key=b"k", hub_key="1")
        sample = Sample.objects.create(
            sha256=digest, sha1=digest[:20], md5=digest[:16], size=number * 1000, blob=blob, kind="apk",
            state=chance.choice(("analysed", "waiting")), first_handed_in=START + timedelta(days=number),
        )  # fmt: skip
        terms = {(field, chance.choice(values)) for field, values in FEW_VALUES.items() if chance.random() < 0.8}
        host = f"{chance.choice(('a', 'b'))}.{chance.choice(('example.org', 'example.net'))}"
        terms |= {("host", host), ("host-end", host[::-1])}
        Term.objects.bulk_create([Term(sample=sample, field=field, value=value) for field, value in terms])
        owner, tlp = chance.choice((ours, theirs)), chance.choice((Tlp.GREEN, Tlp.RED))
        at = sample.first_handed_in
        HandIn.objects.create(sample=sample, organisation=owner, source="device", tlp=tlp.value, at=at)
        return Known(sample, terms, visible=owner == ours or tlp is Tlp.GREEN)

    def by_hand(self, tree: language.Node) -> list[int]:
        """What a search must find, by looking at every sample."""
        return [one.sample.pk for one in reversed(self.known) if one.visible and holds(tree, one)]


def holds(tree: language.Node, one: Known) -> bool:
    if isinstance(tree, language.Not):
        return not holds(tree.of, one)
    if isinstance(tree, language.All):
        return all(holds(part, one) for part in tree.of)
    if isinstance(tree, language.Any):
        return any(holds(part, one) for part in tree.of)
    return term_holds(tree, one)


def term_holds(term: language.Term, one: Known) -> bool:
    if term.field is Field.SHA256:
        return bytes(one.sample.sha256).hex() == term.value
    if term.field is Field.STATE:
        return one.sample.state == term.value
    if term.field is Field.SIZE:
        compared = {How.EQUALS: one.sample.size == term.number, How.BELOW: one.sample.size < term.number}
        return compared.get(term.how, one.sample.size >= term.number)
    if term.field is Field.HANDED_IN:
        return day_holds(term, one.sample.first_handed_in)
    values = [value for field, value in one.terms if field == term.field.value]
    compare = {How.STARTS: str.startswith, How.ENDS: str.endswith}.get(term.how, str.__eq__)
    return any(compare(value, term.value) for value in values)


def day_holds(term: language.Term, at: datetime) -> bool:
    written = at.strftime("%Y-%m-%d")[: len(term.value)]
    return {How.EQUALS: written == term.value, How.BELOW: written < term.value}.get(term.how, written >= term.value)


@pytest.fixture
def corpus(an_organisation: Callable[..., Organisation]) -> Corpus:
    return Corpus(an_organisation(), an_organisation())


SEARCHES = (
    "", "battery", "bat*", "battery camera", "battery OR camera", "-battery", "NOT (battery OR kind:ipa)", "été",
    "package:com.example.one", "package:com.example*", "package:org.else%*", "package:com_example*",
    "host:*.example.org",
    "host:a.example.net kind:apk -permission:p.sms", "state:waiting verdict:dual-use", "size:<50kb",
    "size:>90kb battery",
    "size:7000", "handed-in:2026-03", "handed-in:>2026-06 handed-in:<2026-08-15", "handed-in:2026", "kind:none",
    "(kind:apk verdict:dual-use) OR (kind:ipa permission:p.camera)", f"sha256:{hashlib.sha256(b'5').hexdigest()}",
    "-kind:apk -kind:ipa", "cluster:none", "permission:p.camera permission:p.sms",
)  # fmt: skip


def all_pages(text: str, actor: Actor, limit: int) -> list[int]:
    found: list[int] = []
    after = None
    while True:
        page = find(text, actor, NOW, after=after, limit=limit)
        found += [one.pk for one in page.samples]
        after = page.after
        if after is None:
            return found


def test_a_search_finds_what_looking_at_each_sample_finds(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = (
        {"FEW": 1_000, "BOUND": 60_000},
        {"FEW": 1, "BOUND": 60_000},
        {"FEW": 1, "BOUND": 150},
        {"FEW": 20, "BOUND": 400},
    )
    for way in ways:
        for name, value in way.items():
            monkeypatch.setattr(search, name, value)
        for dense in (0, 4):
            monkeypatch.setattr(postings, "DENSE", dense)
            for text in SEARCHES:
                wanted = corpus.by_hand(parse(text))
                assert all_pages(text, corpus.actor, 7) == wanted, (text, way, dense)
                every = [one.sample.pk for one in corpus.known]
                assert matching(parse(text), every, corpus.actor, NOW) == wanted, text


WORDS = st.sampled_from(
    [
        "battery",
        "bat*",
        "kind:apk",
        "kind:ipa",
        "verdict:dual-use",
        "permission:p.*",
        "size:<90kb",
        "handed-in:>2026-05",
    ]
)
TREES = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        inner.map("-({})".format),
        st.tuples(inner, inner).map("({0[0]} {0[1]})".format),
        st.tuples(inner, inner).map("({0[0]} OR {0[1]})".format),
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TREES)
def test_any_search_finds_what_looking_finds(corpus: Corpus, text: str) -> None:
    assert all_pages(text, corpus.actor, 50) == corpus.by_hand(parse(text))


def test_two_frequent_things_that_never_meet_cost_a_bounded_number_of_reads(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FEW", 10)
    monkeypatch.setattr(search, "BOUND", 40)
    for one in corpus.known:
        Term.objects.create(sample=one.sample, field="api", value="even" if one.sample.pk % 2 else "odd")
    page = find("api:even api:odd", corpus.actor, NOW)
    assert page.cut
    assert page.samples == []
    assert page.after is not None
    assert all_pages("api:even api:odd", corpus.actor, 50) == []


def test_the_number_of_questions_does_not_grow_with_the_number_of_samples(corpus: Corpus) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            newest(parse("kind:apk -verdict:dual-use"), corpus.actor, NOW, limit=20)
        counts.append(len(asked))
        samples = [one.sample for one in corpus.known]
        Term.objects.bulk_create(
            [Term(sample=one, field="word", value=f"more{n}") for one in samples for n in range(3)]
        )
    assert counts[0] == counts[1] <= 16


def test_facets_count_the_hits_they_are_given(corpus: Corpus) -> None:
    Term.objects.create(sample=corpus.known[0].sample, field="family", value="two words")
    Term.objects.create(sample=corpus.known[1].sample, field="family", value='quo"te')
    ids = [one.sample.pk for one in corpus.known]
    Sample.objects.filter(pk__in=ids[:5]).update(verdict="dual-use")
    facets = {one.field: one.values for one in facets_of(ids)}
    assert facets["kind"] == (("apk", min(COUNT, COUNTED), "kind:apk"),)
    assert facets["verdict"] == (("dual-use", 5, "verdict:dual-use"),)
    assert {one.value: one.search for one in facets["family"]} == {"two words": 'family:"two words"', 'quo"te': ""}


def test_a_cluster_is_found_by_what_its_samples_share(corpus: Corpus) -> None:
    for one in corpus.known[:3]:
        Kinship.objects.create(sample=one.sample, kind="certificate", key="ab" * 32)
    visible = [one.sample.pk for one in corpus.known[:3] if one.visible]
    assert all_pages(f"cluster:{'ab' * 32}", corpus.actor, 50) == sorted(visible, reverse=True)
