"""Where the tests find real inputs that are not part of the project: beside it, or where LUCIOLE_SHARED points."""

import csv
import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("LUCIOLE_SHARED", Path(__file__).parents[2] / "shared"))


def require(name: str) -> Path:
    """The path of shared input `name`; skips with the reason where it is absent, and fails where CI=true."""
    path = SHARED / name
    if path.exists():
        return path
    message = f"{name} is not here: put the shared inputs beside the project or set LUCIOLE_SHARED"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def corpus_rows() -> list[dict[str, str]]:
    """The rows of the app corpus's manifest.csv; empty where the corpus is absent."""
    path = SHARED / "corpus-apk" / "manifest.csv"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
