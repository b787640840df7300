"""Every message of the parser: where the problem is, what it is, and what to do, all problems at once."""

import re

import pytest

from agreed_criteria import criterion_text, policy
from luciole.criteria.model import MAX_DEPTH, Catalogue
from luciole.criteria.parse import parse_catalogue, parse_lists
from luciole.criteria.parse_policy import parse_policy, parse_policy_examples
from luciole.criteria.yaml_text import MAX_BYTES, MAX_NODES
from luciole.kernel.errors import ContentError

LISTS = "fruit: {about: Sweet., values: [apple, pear]}"
SHAPE = re.compile(r"^[^:]+:[0-9]+: .+ — .+$", re.DOTALL)


def problems_of(text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        parse_catalogue({"a.yml": text, "lists.yml": LISTS})
    return caught.value.problems


RULES = [
    ("fact: permission.requestd\nis: a", "13: there is no fact 'permission.requestd' — did you mean 'permission.req"),
    ("fact: root.trace\npresent: true", "13: 'root.trace' is about the device — this rule is about the app"),
    ("fact: app.label", "13: nothing is asked of 'app.label' — add a test such as `present: true`"),
    ("fact: app.label\nequals: a", "14: 'equals' is not a key here — "),
    ("fact: app.label\nat_least: 3", "14: 'at_least' does not fit app.label, which is a text — use one of: is, in, "),
    ("fact: app.target_sdk\nstarts_with: a", "14: 'starts_with' does not fit app.target_sdk, which is a number — "),
    ("fact: app.label\nis: 3", "14: 'is' is compared with 3 — write a text"),
    ("fact: app.label\nis: true", "14: 'is' is compared with True — write a text"),
    ("fact: app.label\nis: ''", "14: 'is' is compared with '' — write a text"),
    ("fact: app.target_sdk\nis: '3'", "14: 'is' is compared with '3' — write a number"),
    ("fact: app.target_sdk\nat_least: true", "14: 'at_least' is compared with True — write a number"),
    ("fact: launcher.visible\nis: 1", "14: 'is' is compared with 1 — write true or false"),
    ("fact: app.label\nis: [a]", "14: 'is' takes one value — write a single value"),
    ("fact: app.label\nin: a", "14: 'in' takes a list — write [a, b] or $list"),
    ("fact: app.label\nin: []", "14: 'in' has an empty list — add a value"),
    ("fact: app.label\nin: [a, 1]", "14: 'in' is compared with 1 — write a text"),
    ("fact: app.label\nin: $fruits", "14: there is no list '$fruits' — did you mean 'fruit'?"),
    ("fact: app.label\nin: [$vegetable]", "14: there is no list '$vegetable' — see the reference"),
    ("fact: app.label\npresent: false", "14: 'present: false' of a fact — write `not:` around `present: true`"),
    ("fact: app.label\nmatches: abc", "14: the pattern 'abc' has no * — use `is` or `in`"),
    ("fact: app.label\nmatches: 'a**b'", "14: the pattern 'a**b' is too wide — at most 4 single *"),
    ("fact: app.label\nmatches: '*a*b*c*d*'", "14: the pattern '*a*b*c*d*' is too wide — at most 4 single *"),
    ("fact: app.label\nmatches: '(a+)+*$'", "14: the pattern '(a+)+*$' has marks of another language — only * has"),
    ("fact: app.label\nis: a\ncount: 2", "15: 'count' is no map of keys — write `key: value` lines under it"),
    ("fact: app.label\nis: a\ncount: {at_least: 1}", "15: 'at_least' is no whole number of at least 2"),
    ("fact: app.label\nis: a\ncount: {most: 3}", "15: 'most' is not a key here"),
    ("fact: app.label\nis: a\nignore_case: maybe", "15: 'ignore_case' is neither true nor false — write true or false"),
    ("fact: app.label\nis: a\nwhere: {}", "15: 'where' names no attribute — "),
    ("fact: app.label\nis: a\nwhere: {colour: {is: red}}", "15: 'app.label' has no attribute 'colour' — "),
    ("fact: app.package\nis: a\nwhere: {kind: {is: b}}", "15: 'app.package' has no attribute 'kind' — this fact ha"),
    ("fact: component\nwhere: {kind: service}", "14: 'kind' is no map of keys — "),
    ("fact: component\nwhere: {kind: {}}", "14: nothing is asked of 'kind' — "),
    ("fact: component\nwhere: {exported: {is: maybe}}", "14: 'is' is compared with 'maybe' — write true or false"),
    ("fact: component\nwhere: {authorities: {is: a}}", "14: 'is' does not fit component.authorities, which is a list"),
    ("any: []", "13: 'any' is an empty list — add an item or remove the key"),
    ("all: {fact: a}", "13: 'all' is no list — write a list"),
    ("any: [word]", "13: a rule is missing here — begin with one of: all, any, not, at_least, fact, criterion"),
    ("any: [{fact: app.label, is: a, all: []}]", "13: 'fact' and 'all' stand side by side — join them with"),
    ("some: []", "13: 'some' begins no rule — "),
    ("group: {name: collection, at_least: 1}", "13: 'group' is for the policy only — use one of: "),
    ("match: {strength: strong}", "13: 'match' is for the policy only — "),
    ("undecided: {fact: app.label, is: a}", "13: 'undecided' is for the policy only — "),
    ("unread: [manifest]", "13: 'unread' is for the policy only — "),
    ("at_least: 2", "13: 'at_least' is no map of keys"),
    ("at_least: {number: 0, of: [{fact: app.label, is: a}]}", "13: 'number' is no whole number of at least 1"),
    ("at_least: {number: 2, of: [{fact: app.label, is: a}]}", "13: 2 of 1 can never be met — lower the number"),
    ("at_least: {of: [{fact: app.label, is: a}]}", "13: 'number' is missing — add `number:`"),
    ("not: []", "13: a rule is missing here"),
    ("criterion: collect.nobody", "13: there is no criterion 'collect.nobody' — "),
    ("criterion: collect.example", "1: criteria name each other in a circle: collect.example → collect.example — brea"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "message"), RULES, ids=[f"{n}: {rule}" for n, (rule, _) in enumerate(RULES)])
def test_a_wrong_rule_is_told_with_its_line_and_what_to_do(rule: str, message: str) -> None:
    found = problems_of(criterion_text(rule))
    assert any(problem.startswith(f"a.yml:{message}") for problem in found), found
    assert all(SHAPE.match(problem) for problem in found)


GOOD = criterion_text("fact: app.label\nis: a")
DOCUMENTS = [
    (GOOD.replace("id: collect.example\n", ""), "1: 'id' is missing — add `id:`"),
    (GOOD.replace("collect.example", "Collect"), "1: 'Collect' is no id — write group.short-name"),
    (GOOD.replace("version: 1", "version: one"), "2: 'version' is no whole number of at least 1"),
    (GOOD.replace("version: 1", "version: 1.5"), "2: 'version' is no whole number of at least 1"),
    (GOOD.replace("version: 1", "version: true"), "2: 'version' is no whole number of at least 1"),
    (GOOD.replace("title: Can do something", "title: 7"), "3: 'title' is no text — write a text; put numbers"),
    (GOOD.replace("title: Can do something", "title:"), "3: 'title' is no text"),
    (GOOD.replace("title: Can do something", "title: ' '"), "3: 'title' is empty — write a text"),
    (GOOD.replace("It matters.", "x" * 2_001), "5: 'why' is longer than 2000 characters — write it shorter"),
    (GOOD.replace("[Honest apps do it too.]", "Honest."), "6: 'ordinary' is no list"),
    (GOOD.replace("[K01]", "[K01, K01]"), "7: 'K01' stands twice in 'behaviours' — keep one of the two"),
    (GOOD.replace("android", "symbian"), "8: 'platform' cannot be 'symbian' — use one of: android"),
    (GOOD.replace("subject: app", "subject: person"), "9: 'subject' cannot be 'person' — use one of: app, device"),
    (GOOD.replace("evidence: static", "evidence: guess"), "10: 'evidence' cannot be 'guess' — use one of: static"),
    (GOOD.replace("group: collection", "group: things"), "11: 'group' cannot be 'things' — use one of: collection"),
    (GOOD.replace("version: 1", "version: 1\nversion: 2"), "3: 'version' is written twice — keep one of the two"),
    (GOOD.replace("why:", "because:"), "5: 'because' is not a key here"),
    (GOOD.replace("expect: met", "expect: yes"), "17: 'expect' cannot be 'yes' — use one of: met, not-met, unknown"),
    (GOOD.replace("    note: Nothing.\n", ""), "17: 'note' is missing"),
    (GOOD.replace("    facts: []", "    app: {package: a}\n    facts: []"), "17: an example has either 'app' or 'fa"),
    (GOOD.replace("    facts: []\n", ""), "17: an example has either 'app' or 'facts' — write exactly one of the two"),
    (GOOD.replace("    facts: []", "    app: notes"), "19: 'app' is no map of keys — write `package:` and more unde"),
    (GOOD.replace("facts: []", "facts: [{fact: app.labl, value: a}]"), "19: there is no fact 'app.labl' — did you"),
    (GOOD.replace("facts: []", "facts: [{fact: app.label}]"), "19: 'value' is missing — add `value:`"),
    (GOOD.replace("facts: []", "facts: [{fact: app.label, value: 3}]"), "19: 'app.label' has a value of another typ"),
    (GOOD.replace("facts: []", "facts: [{fact: app.target_sdk, value: 3.5}]"), "19: 'app.target_sdk' has a value of"),
    (GOOD.replace("facts: []", "facts: [{fact: root.trace, value: a}]"), "19: 'root.trace' is about the device — give"),
    (GOOD.replace("facts: []", "facts: [a]"), "19: 'facts' is no map of keys"),
    (GOOD.replace("facts: []", "facts: [{fact: app.label, value: a, with: b}]"), "19: 'with' is no map of keys — "),
    (GOOD.replace("facts: []", "facts: [{fact: app.label, value: a, with: {size: 1}}]"), "19: 'app.label' has no a"),
    (GOOD.replace("facts: []", "facts: []\n    not_looked_at: [moon]"), "20: there is no area 'moon' — "),
    (GOOD.replace("examples:", "exampels:"), "1: 'examples' is missing"),
    ("- a", "1: the file holds no map of keys — begin with `id:` or `version:`"),
    ("", "1: the file holds no map of keys"),
    ("id: [", "2: this is not YAML: "),
    ("id: a\x00b", "1: this is not YAML text: "),
    ("a: &x 1\nb: *x", "1: anchor or alias 'x' — write the value out, or use a $list"),
    ("a: !!str 1", "1: tag 'tag:yaml.org,2002:str' — remove it"),
    ("a: !mine 1", "1: tag '!mine' — remove it"),
    ("<<: {a: 1}", "1: merge key << — write the keys out"),
    ("? [a]\n: b", "1: a key that is a list or a map — use a plain word as the key"),
    ("a: 1\n---\nb: 2", "2: a second document begins here — write one document in each file"),
    ("[" * (MAX_DEPTH + 1), f"1: more than {MAX_DEPTH} levels of nesting — write the rule flatter"),
    ("- a\n" * (MAX_NODES + 1), f"{MAX_NODES}: more than {MAX_NODES} values — split the file"),
    ("a" * (MAX_BYTES + 1), f"1: the file has {MAX_BYTES + 1} bytes — keep it under {MAX_BYTES}"),
    ("a: \ud800", "1: this is not YAML text: "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), DOCUMENTS, ids=[message for _, message in DOCUMENTS])
def test_a_wrong_file_is_told_with_its_line_and_what_to_do(text: str, message: str) -> None:
    found = problems_of(text)
    assert any(problem.startswith(f"a.yml:{message}") for problem in found), found
    assert all(SHAPE.match(problem) for problem in found)


def test_the_file_that_the_other_tests_break_is_right() -> None:
    assert len(parse_catalogue({"a.yml": GOOD, "lists.yml": LISTS}).criteria) == 1


def test_all_problems_of_all_files_come_at_once() -> None:
    bad = GOOD.replace("version: 1", "version: 0").replace("K01", "1").replace("is: a", "is: 1")
    with pytest.raises(ContentError) as caught:
        parse_catalogue({"a.yml": bad, "b.yml": bad, "lists.yml": "Fruit: {about: A., values: []}"})
    places = [problem.split(": ")[0] for problem in caught.value.problems]
    assert {"a.yml:2", "a.yml:7", "a.yml:14", "b.yml:2", "b.yml:7", "b.yml:14", "lists.yml:1"} <= set(places)


def test_an_id_used_twice_names_both_files() -> None:
    with pytest.raises(
        ContentError, match=r"b\.yml:1: the id 'collect\.example' is also used in a\.yml — choose another"
    ):
        parse_catalogue({"a.yml": GOOD, "b.yml": GOOD})


def test_a_circle_of_several_criteria_is_shown_whole() -> None:
    texts = {
        f"{name}.yml": criterion_text(f"criterion: collect.{other}").replace("collect.example", f"collect.{name}")
        for name, other in (("a", "b"), ("b", "c"), ("c", "a"))
    }
    with pytest.raises(
        ContentError, match=r"in a circle: collect\.a → collect\.b → collect\.c → collect\.a — break it"
    ):
        parse_catalogue(texts)


def test_a_criterion_about_the_app_may_not_name_one_about_the_device() -> None:
    device = criterion_text("fact: root.trace\npresent: true", "device").replace("collect.example", "device.example")
    app = criterion_text("criterion: device.example")
    with pytest.raises(
        ContentError, match=r"a\.yml:13: 'device\.example' is about the device — ask for one about the app"
    ):
        parse_catalogue({"a.yml": app, "d.yml": device})


def test_a_missing_criterion_is_not_reported_while_another_file_cannot_be_read() -> None:
    found = []
    with pytest.raises(ContentError) as caught:
        parse_catalogue({"a.yml": criterion_text("criterion: collect.broken"), "broken.yml": "id: ["})
    found = caught.value.problems
    assert [problem.split(":")[0] for problem in found] == ["broken.yml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Fruit: {about: A., values: [a]}", "1: 'Fruit' is no name for a list"),
        ("fruit: [a]", "1: 'fruit' is no map of keys"),
        ("fruit: {values: [a]}", "1: 'about' is missing"),
        ("fruit: {about: A., values: [a, a]}", "1: 'a' stands twice in 'values'"),
        ("fruit: {about: A., values: [a], more: b}", "1: 'more' is not a key here"),
    ],
)
def test_a_wrong_list_is_told(text: str, message: str) -> None:
    with pytest.raises(ContentError, match=re.escape(f"lists.yml:{message}")):
        parse_lists("lists.yml", text)


POLICY = """\
version: 1
rules:
  - id: one
    verdict: dual-use
    subject: app
    statement: A sentence.
    rule: {criterion: collect.example}
otherwise: {verdict: nothing-seen, statement: Nothing.}
"""
CATALOGUE: Catalogue = parse_catalogue({"a.yml": GOOD, "lists.yml": LISTS})


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("version: 1", "version: x", "1: 'version' is no whole number"),
        ("verdict: dual-use", "verdict: bad", "4: 'verdict' cannot be 'bad' — use one of: known-stalkerware"),
        (
            "collect.example",
            "collect.exampel",
            "7: there is no criterion 'collect.exampel' about the app — did you mean",
        ),
        ("subject: app", "subject: device", "7: there is no criterion 'collect.example' about the device"),
        ("{criterion: collect.example}", "{fact: app.label, is: a}", "7: a policy asks for criteria, not for facts"),
        ("{criterion: collect.example}", "{group: {name: x, at_least: 1}}", "7: 'name' cannot be 'x'"),
        ("{criterion: collect.example}", "{match: {strength: huge}}", "7: 'strength' cannot be 'huge'"),
        ("{criterion: collect.example}", "{match: {family_kind: x}}", "7: 'family_kind' cannot be 'x'"),
        ("{criterion: collect.example}", "{unread: [manifes]}", "7: there is no area 'manifes' — did you mean"),
        ("id: one", "id: otherwise", "3: 'otherwise' is no id for a rule"),
        ("id: one", "id: One", "3: 'One' is no id for a rule"),
        ("otherwise: {", "other: {", "1: 'otherwise' is missing"),
        ("    statement: A sentence.\n", "", "3: 'statement' is missing"),
        ("    rule: {criterion: collect.example}\n", "", "3: 'rule' is missing"),
    ],
)
def test_a_wrong_policy_is_told(before: str, after: str, message: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse_policy("p.yml", POLICY.replace(before, after), CATALOGUE)
    assert any(problem.startswith(f"p.yml:{message}") for problem in caught.value.problems), caught.value.problems


def test_two_rules_of_one_name_are_refused() -> None:
    twice = POLICY.replace("otherwise:", POLICY.split("rules:\n")[1].split("otherwise", maxsplit=1)[0] + "otherwise:")
    with pytest.raises(ContentError, match="the id 'one' is used twice"):
        parse_policy("p.yml", twice, CATALOGUE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: a\n    about: A.\n    expect: maybe\n    facts: []", "4: 'expect' cannot be 'maybe'"),
        (
            "id: a\n    about: A.\n    expect: dual-use\n    rule: no-such\n    facts: []",
            "5: 'rule' cannot be 'no-such'",
        ),
        ("id: a\n    about: A.\n    expect: dual-use", "2: an example has either 'app' or 'facts'"),
        (
            "id: a\n    about: A.\n    expect: dual-use\n    facts: []\n    matches: [{strength: strong}]",
            "6: 'family_kind'",
        ),
        ("about: A.\n    expect: dual-use\n    facts: []", "2: 'id' is missing"),
    ],
)
def test_a_wrong_policy_example_is_told(text: str, message: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse_policy_examples({"e.yml": f"examples:\n  - {text}\n"}, policy())
    assert any(problem.startswith(f"e.yml:{message}") for problem in caught.value.problems), caught.value.problems
