"""The compiled catalogue: the same knowledge is the same bytes, and it answers as the YAML does."""

import pytest

from agreed_criteria import catalogue, policy
from luciole.criteria.compiled import Knowledge, from_bytes, to_bytes
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.examples import example_facts
from luciole.criteria.policy import decide
from luciole.kernel.errors import ContentError

DATA = to_bytes(Knowledge(catalogue(), policy()))


def test_what_was_compiled_comes_back_to_the_same_bytes() -> None:
    assert to_bytes(from_bytes(DATA)) == DATA


def test_examples_and_file_names_stay_behind() -> None:
    known = from_bytes(DATA)
    assert {one.examples for one in known.catalogue.criteria} == {()}
    assert b"example.inert" not in DATA


def test_compiled_criteria_answer_and_decide_as_the_agreed_ones() -> None:
    known = from_bytes(DATA)
    for criterion in catalogue().criteria:
        for example in criterion.examples:
            if example.app is None:
                facts = example_facts(example, criterion, catalogue())
                first, second = evaluate_all(catalogue(), facts), evaluate_all(known.catalogue, facts)
                assert first == second
                subject = facts.subject.kind
                assert decide(policy(), first, (), subject) == decide(known.policy, second, (), subject)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1]",
        b"\xff",
        DATA[:-1],
        DATA.replace(b"luciole-criteria-1", b"luciole-criteria-2"),
        b'{"a":' * 9_999,
    ],
)
def test_anything_else_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(ContentError, match=" — "):
        from_bytes(data)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (b'"fact":"app.sideloaded"', b'"fact":"app.from_the_moon"', "'app.from_the_moon'"),
        (b'"operation":"present"', b'"operation":"tastes_like"', "'tastes_like'"),
        (b'"attribute":"priority"', b'"attribute":"colour"', "'colour'"),
        (b'"$file_tricks"', b'"$card_tricks"', r"'\$card_tricks'"),
        (b'"criterion":"collect.notifications"', b'"criterion":"collect.dreams"', "'collect.dreams'"),
        (b'"criterion":"collect.microphone"', b'"criterion":"collect.microphone-background"', "name each other"),
    ],
)
def test_what_this_version_does_not_know_is_refused_before_anything_is_evaluated(
    before: bytes, after: bytes, message: str
) -> None:
    assert before in DATA
    with pytest.raises(ContentError, match=f"{message}.* — install a newer version"):
        from_bytes(DATA.replace(before, after))


def test_a_rule_that_is_too_deep_is_refused() -> None:
    rule = b'{"criterion":"context.screen-reader","node":"criterion"}'
    assert rule in DATA
    deep = b'{"node":"not","of":' * 200 + rule + b"}" * 200
    with pytest.raises(ContentError, match="nested 201 levels deep"):
        from_bytes(DATA.replace(rule, deep))
