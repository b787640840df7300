"""Loads the fuzz targets, so that property tests and the search run the very same code."""

import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path

TARGETS = Path(__file__).parent / "hostile" / "targets"


@cache
def target(name: str) -> Callable[[bytes], None]:
    """The function `target` of hostile/targets/<name>.py."""
    spec = importlib.util.spec_from_file_location(f"fuzz_target_{name}", TARGETS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Callable[[bytes], None] = module.target
    return found
