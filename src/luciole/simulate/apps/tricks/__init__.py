"""The tricks by which app files mislead tools: one function each, applied while an inert app is built."""

from luciole.simulate.apps.tricks import bombs, code, containers, names, resources, signatures, strings, xml
from luciole.simulate.apps.tricks.registry import (
    Stage,
    Trick,
    apply_bytes,
    apply_jar,
    apply_layout,
    apply_pairs,
    chosen,
    trick_list,
)

TRICK_MODULES = (containers, names, xml, strings, resources, code, signatures, bombs)
"""Importing them is what registers their tricks."""

__all__ = [
    "TRICK_MODULES",
    "Stage",
    "Trick",
    "apply_bytes",
    "apply_jar",
    "apply_layout",
    "apply_pairs",
    "chosen",
    "trick_list",
]
