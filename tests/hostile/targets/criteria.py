"""Fuzz target: any bytes as a criterion, as lists, as a policy and its examples, and as a compiled catalogue."""

from luciole.criteria.compiled import from_bytes
from luciole.criteria.model import Catalogue, Policy
from luciole.criteria.parse import parse_catalogue
from luciole.criteria.parse_policy import parse_policy, parse_policy_examples
from luciole.kernel.errors import ContentError

EMPTY = Catalogue(())
NO_RULES = Policy(1, (), "nothing-seen", "Nothing.")


def target(data: bytes) -> None:
    """Reads the text in every role; only a ContentError may come out, and each of its problems has a place."""
    text = data.decode("utf-8", "surrogateescape")
    for read in (
        lambda: parse_catalogue({"a.yml": text}),
        lambda: parse_catalogue({"lists.yml": text}),
        lambda: parse_policy("p.yml", text, EMPTY),
        lambda: parse_policy_examples({"e.yml": text}, NO_RULES),
        lambda: from_bytes(data),
    ):
        problems = ["a:1: nothing"]
        try:
            read()
        except ContentError as error:
            problems = error.problems
        assert problems
        assert all(problem.count(":") >= 2 for problem in problems)
