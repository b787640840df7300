"""The published JSON Schemas of the criteria files, made from the same tables that the parser checks against."""

from __future__ import annotations

from typing import get_args

from luciole.criteria.known_ids import BEHAVIOURS
from luciole.criteria.model import Evidence, Expectation, Group, Verdict
from luciole.criteria.operations import MAX_GLOB, OPERATIONS, Kind, OperandKind
from luciole.criteria.parse import SUBJECTS
from luciole.criteria.parse_rule import FAMILY_KINDS, STRENGTHS
from luciole.kernel.vocabulary import AREAS, FACTS, PLATFORMS, FactType

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Schema = dict[str, Json]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SCALARS: dict[str, Schema] = {
    "text": {"type": "string", "minLength": 1},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
}
_LIST_NAME: Schema = {"type": "string", "pattern": r"^\$[a-z][a-z0-9_]*$"}


def criterion_schema() -> Schema:
    """The schema of one file of the catalogue."""
    return _document(
        "Luciole criterion",
        {
            "id": {"type": "string", "pattern": r"^[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$"},
            "version": {"type": "integer", "minimum": 1},
            "title": _text(),
            "statement": _text(),
            "why": _text(),
            "ordinary": _texts(),
            "behaviours": {"type": "array", "minItems": 1, "items": {"enum": list(BEHAVIOURS)}},
            "attack": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": r"^T\d{4}(\.\d{3})?$"}},
            "platform": {"enum": list(PLATFORMS)},
            "subject": {"enum": list(SUBJECTS)},
            "evidence": {"enum": list(get_args(Evidence))},
            "group": {"enum": list(get_args(Group))},
            "rule": {"$ref": "#/$defs/rule"},
            "references": _texts(),
            "examples": {"type": "array", "minItems": 1, "items": _example(get_args(Expectation))},
        },
        optional={"behaviours", "attack"},
        rules=_rules(policy=False),
    )


def policy_schema() -> Schema:
    """The schema of the policy."""
    rule = _map(
        {
            "id": {"type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"},
            "verdict": {"enum": list(get_args(Verdict))},
            "subject": {"enum": list(SUBJECTS)},
            "statement": _text(),
            "rule": {"$ref": "#/$defs/rule"},
        }
    )
    otherwise = _map({"verdict": {"enum": list(get_args(Verdict))}, "statement": _text()})
    return _document(
        "Luciole policy",
        {
            "version": {"type": "integer", "minimum": 1},
            "rules": {"type": "array", "minItems": 1, "items": rule},
            "otherwise": otherwise,
        },
        optional=set(),
        rules=_rules(policy=True),
    )


def lists_schema() -> Schema:
    """The schema of the named lists."""
    one = _map({"about": _text(), "values": _texts()})
    names: Schema = {"pattern": "^[a-z][a-z0-9_]*$"}
    return {"$schema": DRAFT, "title": "Luciole lists", "type": "object", "propertyNames": names,
            "additionalProperties": one}  # fmt: skip


def _document(title: str, properties: dict[str, Schema], *, optional: set[str], rules: Schema) -> Schema:
    return {"$schema": DRAFT, "title": title, **_map(properties, optional), "$defs": rules}


def _map(properties: dict[str, Schema], optional: set[str] | frozenset[str] = frozenset()) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [key for key in properties if key not in optional],
        "properties": {**properties},
    }


def _text() -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": 2000}


def _texts() -> Schema:
    return {"type": "array", "minItems": 1, "uniqueItems": True, "items": _text()}


def _example(expectations: tuple[str, ...]) -> Schema:
    fact = _map(
        {
            "fact": {"enum": list(FACTS)},
            "value": {"type": ["string", "integer", "boolean"]},
            "with": {"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean", "array"]}},
        },
        {"with"},
    )
    areas: Schema = {"type": "array", "minItems": 1, "items": {"enum": list(AREAS)}}
    properties: dict[str, Schema] = {
        "expect": {"enum": list(expectations)},
        "note": _text(),
        "app": {"type": "object"},
        "facts": {"type": "array", "items": fact},
        "examined": areas,
        "not_looked_at": areas,
    }
    either: list[Json] = [{"required": ["app"]}, {"required": ["facts"]}]
    return {**_map(properties, {"app", "facts", "examined", "not_looked_at"}), "oneOf": either}


def _rules(*, policy: bool) -> Schema:
    rule: Schema = {"$ref": "#/$defs/rule"}
    rules: Schema = {"type": "array", "minItems": 1, "items": rule}
    kinds: list[Json] = [
        _map({"all": rules}),
        _map({"any": rules}),
        _map({"not": rule}),
        _map({"at_least": _map({"number": {"type": "integer", "minimum": 1}, "of": rules})}),
        _map({"criterion": _text()}),
    ]
    if policy:
        count: Schema = {"type": "integer", "minimum": 1}
        match = {"strength": list(STRENGTHS), "family_kind": list(FAMILY_KINDS)}
        enums: dict[str, Schema] = {key: {"enum": [*words]} for key, words in match.items()}
        kinds += [
            _map({"group": _map({"name": {"enum": list(get_args(Group))}, "at_least": count})}),
            _map({"match": _map({**enums, "role": _text()}, {*enums, "role"})}),
            _map({"undecided": rule}),
            _map({"lost": rule}),
            _map({"unread": {"type": "array", "minItems": 1, "items": {"enum": list(AREAS)}}}),
        ]
        return {"rule": {"oneOf": kinds}}
    leaves: list[Json] = [{"$ref": f"#/$defs/fact:{name}"} for name in FACTS]
    facts: dict[str, Json] = {f"fact:{name}": _leaf(fact) for name, fact in FACTS.items()}
    one_fact: Schema = {"type": "object", "required": ["fact"], "anyOf": leaves}
    tests: dict[str, Json] = {f"tests:{kind}": _tests(kind) for kind in get_args(Kind)}
    return {"rule": {"oneOf": [*kinds, one_fact]}, **tests, **facts}


def _leaf(fact: FactType) -> Schema:
    """A leaf about this fact: the tests that fit its value, and those that fit each attribute."""
    where: dict[str, Json] = {name: _attribute(kind) for name, kind in fact.attributes.items()}
    properties: dict[str, Json] = {
        "fact": {"const": fact.name, "description": fact.about},
        "where": {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": where},
        "count": _map({"at_least": {"type": "integer", "minimum": 2}}),
        "ignore_case": {"type": "boolean"},
    }
    return {
        "$ref": f"#/$defs/tests:{fact.value}",
        "required": ["fact"],
        "properties": properties,
        "unevaluatedProperties": False,
    }


def _attribute(kind: str) -> Schema:
    return {"$ref": f"#/$defs/tests:{kind}", "minProperties": 1, "unevaluatedProperties": False}


def _tests(kind: str) -> Schema:
    tests: dict[str, Json] = {
        name: {**_operand(kind, operation.operand, name), "description": operation.about}
        for name, operation in OPERATIONS.items()
        if kind in operation.kinds
    }
    return {"type": "object", "properties": tests}


def _operand(kind: Kind | str, operand: OperandKind, name: str) -> Schema:
    element = _SCALARS["number"] if kind == "number" else _SCALARS["text"]
    if name == "matches":
        element = {"type": "string", "pattern": r"^[^?\[\]^+|\\]*\*[^?\[\]^+|\\]*$", "maxLength": MAX_GLOB}
    many: list[Json] = [_LIST_NAME, {"type": "array", "minItems": 1, "items": {"anyOf": [_LIST_NAME, element]}}]
    if operand == "list":
        return {"anyOf": many}
    if operand == "text-or-list":
        return {"anyOf": [element, *many]}
    return _SCALARS[{"flag": "flag", "number": "number", "scalar": kind}.get(operand, "text")]
