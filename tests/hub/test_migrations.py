"""A database of each earlier state, with rows in every table, comes forward to this one and keeps what it held."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

OURS = ("site", "members", "audit", "samples", "hooks")
MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
ROWS = 2
_LOADER = MigrationLoader(None)
EARLIER = sorted(node for node in _LOADER.graph.nodes if node[0] in OURS and node not in _LOADER.graph.leaf_nodes())
"""Each state that is not the newest of its app."""


@pytest.mark.django_db
def test_models_and_migrations_say_the_same() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("earlier", EARLIER, ids=lambda node: f"{node[0]}-{node[1]}")
def test_rows_of_an_earlier_state_are_there_afterwards(earlier: tuple[str, str]) -> None:
    newest = _LOADER.graph.leaf_nodes()
    others = [node for node in newest if node[0] != earlier[0]]
    try:
        before = _migrated([earlier])
        held = {label: rows for label, rows in _filled(before) if rows}
        assert {label.partition(".")[0] for label in held} >= {earlier[0]}
        after = _migrated([*others, *(node for node in newest if node[0] == earlier[0])])
        for label, rows in held.items():
            assert _differing(after, label, rows) == {}, label
    finally:
        _migrated(newest)
        call_command("flush", interactive=False, verbosity=0)


def _migrated(nodes: list[tuple[str, str]]) -> Apps:
    """The models as they are once the database is in the state of these migrations."""
    executor = MigrationExecutor(connection)
    executor.migrate(nodes)
    return executor.loader.project_state(nodes).apps


def _differing(after: Apps, label: str, rows: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    """The rows that are not what they were, in the columns that are still there."""
    model = after.get_model(label)
    names = {field.attname for field in model._meta.concrete_fields}
    asked = [name for name in next(iter(rows.values())) if name in names]
    found = {row.pop("pk"): row for row in model._default_manager.filter(pk__in=rows).values("pk", *asked)}
    return {key: row for key, row in rows.items() if found.get(key) != {name: row[name] for name in asked}}


def _filled(apps: Apps) -> Iterator[tuple[str, dict[Any, dict[str, Any]]]]:
    """Rows in every table of ours, by the label of their model and their key."""
    numbers = itertools.count(1)
    made: dict[str, list[Any]] = {}
    left = [model for model in apps.get_models() if model._meta.app_label in OURS and not model._meta.auto_created]
    while left:
        ready = [model for model in left if _needs(model) <= made.keys() | {model._meta.label}]
        assert ready, f"tables that need one another: {left}"
        for model in ready:
            rows = [model._default_manager.create(**_values(model, made, place, numbers)) for place in range(ROWS)]
            made[model._meta.label] = rows
            left.remove(model)
            names = [field.attname for field in model._meta.concrete_fields]
            held = model._default_manager.filter(pk__in=[row.pk for row in rows]).values("pk", *names)
            yield model._meta.label, {row.pop("pk"): row for row in held}


def _needs(model: type[models.Model]) -> set[str]:
    return {
        field.related_model._meta.label
        for field in model._meta.concrete_fields
        if field.is_relation and not field.null and field.related_model._meta.app_label in OURS
    }


def _values(
    model: type[models.Model], made: dict[str, list[Any]], place: int, numbers: Iterator[int]
) -> dict[str, Any]:
    return {
        field.name: _value(field, made, place, next(numbers))
        for field in model._meta.concrete_fields
        if not (field.primary_key and isinstance(field, models.AutoField | models.BigAutoField))
        and not (field.is_relation and (field.null or field.related_model._meta.label not in made))
    }


def _value(field: Any, made: dict[str, list[Any]], place: int, number: int) -> Any:
    if field.is_relation:
        return made[field.related_model._meta.label][place]
    for kind, value in (
        (models.UUIDField, uuid.UUID(int=number)), (models.DateTimeField, MOMENT), (models.DateField, MOMENT.date()),
        (models.BooleanField, True), (models.JSONField, {"number": number}), (models.BinaryField, b"%032d" % number),
        (models.FloatField, number / 2), (models.IntegerField, number), (models.EmailField, f"{number}@example.org"),
        (models.DurationField, dt.timedelta(seconds=number)),
    ):  # fmt: skip
        if isinstance(field, kind):
            return value
    return f"t{number}"[: field.max_length or 64]
