"""Writes docs/guides/operator/settings.md from the table of the hub's settings. Run by `make docs`."""

from __future__ import annotations

from pathlib import Path

from luciole.hub.site.table import TABLE

PAGE = Path(__file__).parents[1] / "docs" / "guides" / "operator" / "settings.md"
HEAD = """<!-- Written by `make docs` from the code: change the code, not this page. -->

# Settings of a hub

A setting comes from the environment, else from `hub.toml` in the data folder, else from this table.
`luciole hub settings` prints the same. A name that does not exist, or a value that is unsafe, keeps the hub from
starting, and it says why.

Keep what is secret out of `hub.toml` where others may read it, and in the environment of the service instead.

| in `hub.toml` | in the environment | default | what it is |
| --- | --- | --- | --- |
"""


def page() -> str:
    """The page as it must be."""
    rows = (
        f"| `{one.name}` | `{one.variable}` | {f'`{one.default}`' if one.default else ''} "
        f"| {'**Secret.** ' if one.secret else ''}{one.help} |\n"
        for one in TABLE
    )
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
