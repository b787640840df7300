"""The steps of restoring that need Django: filling PostgreSQL, emptying it again, looking whether all is whole."""

from __future__ import annotations

import sys

from luciole.hub.site.starting import set_up


def fill() -> str:
    """Fills an empty PostgreSQL from the dump in the data folder, whole or not at all. Returns what is wrong."""
    from django.db import connection  # noqa: PLC0415 - after set_up

    from luciole.hub.site.backup import run_tool  # noqa: PLC0415 - as above
    from luciole.hub.site.restore import DUMP_FILE  # noqa: PLC0415 - as above
    from luciole.hub.site.settings import HUB  # noqa: PLC0415 - as above

    if connection.introspection.table_names():
        return "the database is not empty"
    run_tool([
        "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
        f"--dbname={connection.settings_dict['NAME']}", str(HUB.folder / DUMP_FILE),
    ])  # fmt: skip
    return ""


def empty() -> str:
    """Takes away again what `fill` put there."""
    from django.db import connection  # noqa: PLC0415 - after set_up

    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    return ""


def check() -> str:
    """Looks at everything. Returns the first thing that is broken."""
    from luciole.hub.site import integrity, migrating  # noqa: PLC0415 - after set_up

    if newer := migrating.unknown():
        return f"it was made by a newer program (migration {newer[0]})"
    migrating.migrate()
    from django.contrib.sessions.models import Session  # noqa: PLC0415 - as above

    from luciole.hub.audit.services import record  # noqa: PLC0415 - as above
    from luciole.hub.members.policy import ANONYMOUS  # noqa: PLC0415 - as above

    wrong = [one for one in integrity.check() if one.state == "broken"]
    if wrong:
        return f"{wrong[0].name}: {(wrong[0].broken or (wrong[0].detail,))[0]}"
    record("hub.restore", ANONYMOUS, "hub", "")
    Session.objects.all().delete()  # of then; whoever is who they say signs in again
    return ""


def main() -> int:
    """One step, named by the first argument; what is wrong goes to standard output."""
    set_up()
    problem = {"fill": fill, "empty": empty, "check": check}[sys.argv[1]]()
    sys.stdout.write(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
