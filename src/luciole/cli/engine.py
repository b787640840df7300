"""What the commands check with: the engine of this installation, and what is usually read of app files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luciole.packs.engine import load_engine, with_index, without_index

if TYPE_CHECKING:
    from luciole.apps.read import AppOptions

__all__ = ["load_engine", "usual_options", "with_index", "without_index"]


def usual_options() -> AppOptions:
    """What is read of the app files that a person hands in, unless they ask for more."""
    from luciole.apps.read import AppOptions

    return AppOptions(code_digests=True, tlsh=True, texts=True)
