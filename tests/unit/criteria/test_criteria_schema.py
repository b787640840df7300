"""The published schemas accept what the parser accepts and refuse what it refuses, as far as a schema can."""

import jsonschema
import pytest

from agreed_criteria import ROOM, criterion_text, texts
from luciole.criteria.parse import parse_catalogue
from luciole.criteria.reading import plain
from luciole.criteria.schema import criterion_schema, lists_schema, policy_schema
from luciole.criteria.yaml_text import read_map
from luciole.kernel.errors import ContentError

Validator = jsonschema.Draft202012Validator
CRITERIA = Validator(criterion_schema())
CATALOGUE = texts("catalogue")


def document(text: str) -> object:
    return plain(read_map("a.yml", text)[0])


@pytest.mark.parametrize("schema", [criterion_schema(), policy_schema(), lists_schema()])
def test_each_schema_is_one(schema: dict[str, object]) -> None:
    Validator.check_schema(schema)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_schema_accepts_every_agreed_criterion(name: str) -> None:
    CRITERIA.validate(document(CATALOGUE[name]))


def test_the_schemas_accept_the_policy_and_the_lists() -> None:
    Validator(policy_schema()).validate(document((ROOM / "policy.yml").read_text("utf-8")))
    Validator(lists_schema()).validate(document((ROOM / "lists.yml").read_text("utf-8")))


@pytest.mark.parametrize(
    "rule",
    [
        "fact: permission.requestd\nis: a",
        "fact: app.label\nat_least: 3",
        "fact: app.label\nis: 3",
        "fact: app.target_sdk\nis: '3'",
        "fact: launcher.visible\nis: 1",
        "fact: app.label\nin: a",
        "fact: app.label\nin: []",
        "fact: app.label\nmatches: abc",
        "fact: app.label\nis: a\ncount: {at_least: 1}",
        "fact: app.package\nis: a\nwhere: {kind: {is: b}}",
        "fact: component\nwhere: {kind: {}}",
        "fact: component\nwhere: {exported: {is: maybe}}",
        "fact: component\nwhere: {authorities: {is: a}}",
        "any: []",
        "any: [{fact: app.label, is: a, all: []}]",
        "group: {name: collection, at_least: 1}",
        "undecided: {fact: app.label, is: a}",
        "unread: [manifest]",
        "at_least: {number: 0, of: [{fact: app.label, is: a}]}",
    ],
)
def test_the_schema_refuses_what_the_parser_refuses(rule: str) -> None:
    text = criterion_text(rule)
    with pytest.raises(ContentError):
        parse_catalogue({"a.yml": text})
    assert not CRITERIA.is_valid(document(text))
