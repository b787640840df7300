"""The JSON Schemas of what people write and read, made from the tables that the readers themselves use."""

from __future__ import annotations

from typing import Any

import msgspec

from luciole.criteria.schema import criterion_schema, lists_schema, policy_schema
from luciole.report.json import SCHEMA_DIALECT
from luciole.report.json import schema as result_schema
from luciole.simulate.apps.description import AppDescription
from luciole.simulate.devices.description import DeviceDescription

Schema = dict[str, Any]


def result() -> Schema:
    """A saved result."""
    return dict(result_schema())


def criterion() -> Schema:
    """A file of the criteria catalogue."""
    return dict(criterion_schema())


def policy() -> Schema:
    """The policy that turns met criteria into verdicts."""
    return dict(policy_schema())


def lists() -> Schema:
    """The lists of values that criteria use by name."""
    return dict(lists_schema())


def inert_app() -> Schema:
    """The description of an inert app."""
    return {"$schema": SCHEMA_DIALECT, "title": "Inert app", **msgspec.json.schema(AppDescription)}


def simulated_device() -> Schema:
    """The description of a simulated phone."""
    return {"$schema": SCHEMA_DIALECT, "title": "Simulated device", **msgspec.json.schema(DeviceDescription)}
