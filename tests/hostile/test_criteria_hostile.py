"""Hostile criteria files: nothing but a ContentError comes out, quickly, whatever the text; patterns stay linear."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreed_criteria import criterion_text, texts
from fuzz_target import target
from luciole.criteria.model import MAX_DEPTH, Comparison
from luciole.criteria.operations import OPERATIONS, predicate
from luciole.criteria.parse import parse_catalogue
from luciole.criteria.yaml_text import MAX_NODES, Problems, YamlList, YamlMap, YamlNode, read_yaml
from luciole.kernel.errors import ContentError
from luciole.kernel.vocabulary import FACTS

GOOD = criterion_text(
    "all:\n  - fact: app.label\n    in: [a, b]\n  - not:\n      fact: launcher.visible\n      is: true"
)


target_criteria = target("criteria")

WORDS = st.sampled_from(
    ["fact", "all", "any", "not", "at_least", "number", "of", "where", "count", "is", "in", "matches", "criterion",
     "&a", "*a", "!!python/object:os.system", "<<", "---", "...", "%YAML 9", "? ", ": ", "- ", "{", "}", "[", "]", "|",
     ">", "'", '"', "\n", "  ", "\t", "\x00", "\u2028", "\ud800", "\ufeff", "$a", "1e999", "0x10", "~", "is"]
)  # fmt: skip


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    target_criteria(data)


@given(st.lists(WORDS, max_size=60))
def test_any_words_of_the_language(words: list[str]) -> None:
    target_criteria("".join(words).encode("utf-8", "surrogatepass"))


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 30), st.lists(WORDS, max_size=4))
def test_a_good_file_with_a_piece_replaced(start: int, length: int, words: list[str]) -> None:
    target_criteria((GOOD[:start] + "".join(words) + GOOD[start + length :]).encode("utf-8", "surrogatepass"))


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(sorted(FACTS))
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["fact", "where", "count", "at_least", "of", "all", "is", "x"]), inner, max_size=4
        ),
    ),
    max_leaves=12,
)


@given(values)
def test_any_shape_in_the_place_of_a_rule(rule: object) -> None:
    target_criteria(criterion_text(json.dumps(rule, allow_nan=False, default=str) if finite(rule) else "x").encode())


def finite(value: object) -> bool:
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")  # noqa: PLR0124 - the test for not-a-number
    if isinstance(value, dict):
        return all(finite(one) for one in value.values())
    return all(finite(one) for one in value) if isinstance(value, list) else True


BOMBS = {
    "aliases": "a: &a [x, x]\n" + "\n".join(f"b{n}: &b{n} [*a, *a, *a, *a]" for n in range(40)),
    "brackets": "[" * 200_000,
    "braces": "{a: " * 50_000,
    "dashes": "- " * 100_000,
    "deep-indentation": "\n".join(" " * n + "a:" for n in range(600)),
    "many-keys": "\n".join(f"k{n}: 1" for n in range(30_000)),
    "one-long-line": "a: " + "x" * 250_000,
    "long-key": "x" * 250_000 + ": 1",
    "quotes": 'a: "' + "\\x41" * 60_000 + '"',
    "folded": "a: >\n" + "  x\n" * 60_000,
    "comments": "#\n" * 120_000 + "a: 1",
    "tags": "a: " + "!t " * 50_000,
    "directives": "%TAG ! tag:a,2000:\n" * 5_000 + "---\na: 1",
    "documents": "---\na: 1\n" * 20_000,
    "same-keys": "a: 1\n" * 15_000,
    "huge-number": "version: " + "9" * 100_000,
    "deep-rule": criterion_text("not: " * 35 + "{fact: app.label, is: a}"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_text_that_is_made_to_cost_much_is_refused_or_read_within_its_size(name: str) -> None:
    problems = Problems("a.yml")
    node = read_yaml(BOMBS[name], problems)
    assert count(node) <= MAX_NODES
    assert depth(node) <= MAX_DEPTH
    with pytest.raises(ContentError):
        parse_catalogue({"a.yml": BOMBS[name]})


def children(node: YamlNode | None) -> list[YamlNode]:
    if isinstance(node, YamlMap):
        return [entry.node for entry in node.entries]
    return list(node.items) if isinstance(node, YamlList) else []


def count(node: YamlNode | None) -> int:
    return 1 + sum(count(child) for child in children(node))


def depth(node: YamlNode | None) -> int:
    return 1 + max((depth(child) for child in children(node)), default=-1)


def test_the_agreed_files_are_far_below_the_limits() -> None:
    for text in texts("catalogue").values():
        node = read_yaml(text, Problems("a.yml"))
        assert depth(node) < MAX_DEPTH / 2
        assert count(node) < MAX_NODES / 10


def test_a_pattern_over_a_very_long_text_takes_time_in_proportion() -> None:
    fits = predicate(Comparison("matches", "*a*a*a*b"), {})
    assert fits("a" * 2_000_000) is False
    assert fits("a" * 2_000_000 + "b") is True


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_a_pattern_fits_what_a_regular_expression_of_the_same_meaning_fits(pattern: str, text: str) -> None:
    meaning = ".*".join(re.escape(part) for part in pattern.split("*"))
    assert predicate(Comparison("matches", pattern), {})(text) == (re.fullmatch(meaning, text) is not None)


ODD = [None, True, False, 0, -1, 1.5, float("nan"), "", "a", "a" * 70_000, [], ["a"], ["", "b"]]


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("operand", ["a", 1, True, ("a", "b"), (1, 2)])
def test_no_value_of_a_fact_makes_a_comparison_fail(name: str, operand: str | int | tuple[str, ...]) -> None:
    needs_number = OPERATIONS[name].operand == "number"
    if needs_number and not isinstance(operand, int):
        return
    for ignore_case in (False, True):
        test = predicate(Comparison(name, operand), {}, ignore_case=ignore_case)
        assert all(isinstance(test(value), bool) for value in ODD)
