"""Where the database stands among the migrations, and how it comes to the newest."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder


def head() -> dict[str, str]:
    """The newest migration that was applied, by app."""
    applied = MigrationRecorder(connection).applied_migrations()
    newest: dict[str, str] = {}
    for app, name in sorted(applied):
        newest[app] = max(name, newest.get(app, ""))
    return newest


def missing() -> list[str]:
    """Migrations of this program that the database lacks, as app.name, in their order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def unknown() -> list[str]:
    """Migrations that the database has and this program does not: it was used with a newer one."""
    loader = MigrationExecutor(connection).loader
    known = set(loader.disk_migrations or {}) | set(loader.graph.nodes)
    replaced = {one for migration in (loader.disk_migrations or {}).values() for one in migration.replaces}
    return sorted(f"{app}.{name}" for app, name in loader.applied_migrations if (app, name) not in known | replaced)


def migrate() -> list[str]:
    """Brings the database to the newest state, and returns what was applied. Doing it again does nothing."""
    todo = missing()
    call_command("migrate", interactive=False, verbosity=0)
    return todo
