"""The JSON Schemas of what people write and read, made from the tables that the readers themselves use."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from luciole.criteria.model import Evidence, Expectation
from luciole.criteria.operations import OPERATIONS
from luciole.criteria.parse import GROUPS, PLATFORMS, SUBJECTS
from luciole.criteria.parse_policy import VERDICTS
from luciole.criteria.parse_rule import FAMILY_KINDS, STRENGTHS
from luciole.kernel.vocabulary import AREAS, FACTS
from luciole.report.json import SCHEMA_DIALECT
from luciole.report.json import schema as result_schema
from luciole.simulate.apps.description import AppDescription
from luciole.simulate.devices.description import DeviceDescription

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1}
TEXTS: Schema = {"type": "array", "items": TEXT, "minItems": 1}
SCALAR: Schema = {"type": ["string", "number", "boolean"]}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
LIST_NAME: Schema = {"type": "string", "pattern": r"^\$[a-z][a-z0-9_]*$"}
VALUES: Schema = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}
OPERANDS: dict[str, Schema] = {
    "scalar": SCALAR,
    "text": TEXT,
    "number": NUMBER,
    "list": {"anyOf": [VALUES, LIST_NAME]},
    "text-or-list": {"anyOf": [TEXT, VALUES]},
    "flag": FLAG,
}


def result() -> Schema:
    """A saved result."""
    return dict(result_schema())


def criterion() -> Schema:
    """A file of the criteria catalogue."""
    keys: dict[str, Schema] = {
        "id": {"type": "string", "pattern": r"^[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$"},
        "version": {"type": "integer", "minimum": 1},
        "title": TEXT,
        "statement": TEXT,
        "why": TEXT,
        "ordinary": TEXTS,
        "behaviours": TEXTS,
        "attack": TEXTS,
        "platform": {"enum": list(PLATFORMS)},
        "subject": {"enum": list(SUBJECTS)},
        "evidence": {"enum": list(get_args(Evidence))},
        "group": {"enum": list(GROUPS)},
        "rule": {"$ref": "#/$defs/rule"},
        "references": TEXTS,
        "examples": {"type": "array", "items": {"$ref": "#/$defs/example"}, "minItems": 1},
    }
    document = _map(keys, set(keys) - {"behaviours", "attack"})
    definitions = {**_rule(policy=False), "example": _example()}
    return {"$schema": SCHEMA_DIALECT, "title": "Luciole criterion", **document, "$defs": definitions}


def policy() -> Schema:
    """The policy."""
    rule = _map({
        "id": {"type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"},
        "verdict": {"enum": list(VERDICTS)},
        "subject": {"enum": list(SUBJECTS)},
        "statement": TEXT,
        "rule": {"$ref": "#/$defs/rule"},
    })  # fmt: skip
    document = _map({
        "version": {"type": "integer", "minimum": 1},
        "rules": {"type": "array", "items": rule, "minItems": 1},
        "otherwise": _map({"verdict": {"enum": list(VERDICTS)}, "statement": TEXT}),
    })  # fmt: skip
    return {"$schema": SCHEMA_DIALECT, "title": "Luciole policy", **document, "$defs": _rule(policy=True)}


def inert_app() -> Schema:
    """The description of an inert app."""
    return {"$schema": SCHEMA_DIALECT, "title": "Inert app", **msgspec.json.schema(AppDescription)}


def simulated_device() -> Schema:
    """The description of a simulated phone."""
    return {"$schema": SCHEMA_DIALECT, "title": "Simulated device", **msgspec.json.schema(DeviceDescription)}


def _map(keys: dict[str, Schema], required: set[str] | None = None) -> Schema:
    """A map with these keys and no others; all are required where nothing else is said."""
    needed = sorted(keys if required is None else required)
    return {"type": "object", "properties": keys, "required": needed, "additionalProperties": False}


def _rule(*, policy: bool) -> dict[str, Schema]:
    """The definitions of a rule. policy: it may count groups and ask for matches, and never names facts."""
    rule: Schema = {"$ref": "#/$defs/rule"}
    parts: Schema = {"type": "array", "items": rule, "minItems": 1}
    kinds = [
        _map({"all": parts}),
        _map({"any": parts}),
        _map({"not": rule}),
        _map({"at_least": _map({"number": {"type": "integer", "minimum": 1}, "of": parts})}),
        _map({"criterion": TEXT}),
    ]
    if not policy:
        return {"rule": {"anyOf": [*kinds, {"$ref": "#/$defs/fact"}]}, "fact": _fact()}
    match = {"strength": {"enum": list(STRENGTHS)}, "family_kind": {"enum": list(FAMILY_KINDS)}, "role": TEXT}
    kinds += [
        _map({"group": _map({"name": {"enum": list(GROUPS)}, "at_least": {"type": "integer", "minimum": 1}})}),
        _map({"match": _map(match, set())}),
        _map({"undecided": rule}),
        _map({"lost": rule}),
        _map({"unread": {"type": "array", "minItems": 1, "items": {"enum": list(AREAS)}}}),
    ]
    return {"rule": {"anyOf": kinds}}


def _fact() -> Schema:
    """A question about facts: which fact, tests of its value, tests of its attributes."""
    tests = {name: OPERANDS[operation.operand] for name, operation in OPERATIONS.items()}
    where = {"type": "object", "additionalProperties": {**_map(tests, set()), "minProperties": 1}, "minProperties": 1}
    keys: dict[str, Schema] = {
        "fact": {"enum": sorted(FACTS)},
        **tests,
        "where": where,
        "count": _map({"at_least": {"type": "integer", "minimum": 2}}),
        "ignore_case": FLAG,
    }
    return {**_map(keys, {"fact"}), "minProperties": 2}


def _example() -> Schema:
    """An example: an app to build, or facts."""
    fact = _map(
        {"fact": {"enum": sorted(FACTS)}, "value": SCALAR, "with": {"type": "object"}},
        {"fact", "value"},
    )
    keys: dict[str, Schema] = {
        "expect": {"enum": list(get_args(Expectation))},
        "note": TEXT,
        "app": {"type": "object"},
        "facts": {"type": "array", "items": fact},
        "examined": {"type": "array", "items": {"enum": list(AREAS)}},
        "not_looked_at": {"type": "array", "items": {"enum": list(AREAS)}},
    }
    one_of = [{"required": ["app"]}, {"required": ["facts"]}]
    return {**_map(keys, {"expect", "note"}), "oneOf": one_of}
