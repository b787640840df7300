"""Fuzz target: any bytes as a file of the criteria catalogue, as the named lists, and as the policy."""

import contextlib

from luciole.criteria.model import Catalogue
from luciole.criteria.parse import parse_catalogue
from luciole.criteria.parse_policy import parse_policy, parse_policy_examples
from luciole.kernel.errors import ContentError


def target(data: bytes) -> None:
    """Reads `data` under each name; only a ContentError may come out, and each of its problems names a line."""
    text = data.decode("utf-8", "replace")
    for name in ("a.yml", "lists.yml"):
        with contextlib.suppress(ContentError):
            parse_catalogue({name: text})
    problems: list[str] = ["policy.yml:1: nothing is wrong"]
    try:
        policy = parse_policy("policy.yml", text, Catalogue(()))
        parse_policy_examples({"examples.yml": text}, policy)
    except ContentError as error:
        problems = error.problems
    assert problems
    assert all(problem.split(":")[1].isdecimal() for problem in problems)
