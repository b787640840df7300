"""Compiles what people write in YAML (criteria, policy, directory) into what the kit carries: `make catalogue`."""

from __future__ import annotations

import sys
from pathlib import Path

from luciole.criteria.compiled import Knowledge, to_bytes
from luciole.criteria.parse import parse_catalogue
from luciole.criteria.parse_policy import parse_policy
from luciole.guidance import pages
from luciole.kernel.errors import ContentError
from luciole.packs import directory
from luciole.packs.builtin import COMPILED, catalogue_files, criteria_file

TARGET = Path(__file__).parents[1] / "src" / "luciole" / "criteria" / COMPILED
DIRECTORY = Path(__file__).parents[1] / "src" / "luciole" / "guidance" / directory.COMPILED
PAGES = DIRECTORY.parent / "pages" / pages.COMPILED


def compiled() -> bytes:
    """The bytes that the YAML files make. Raises ContentError with every problem found."""
    catalogue = parse_catalogue({**catalogue_files(), "lists.yml": criteria_file("lists.yml")})
    policy = parse_policy("policy.yml", criteria_file("policy.yml"), catalogue)
    return to_bytes(Knowledge(catalogue, policy))


def main() -> int:
    """Writes the compiled catalogue, or prints every problem and returns 1."""
    try:
        TARGET.write_bytes(compiled())
        DIRECTORY.write_bytes(directory.compiled())
        PAGES.write_bytes(pages.compiled())
    except ContentError as error:
        print(error)
        return 1
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
