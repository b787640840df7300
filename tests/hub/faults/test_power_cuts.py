"""Whatever was acknowledged survives a power cut; without fsync it does not. The long run: `fault_cuts.py 300`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fault_cuts import EACH, MEMORY, cannot_cut, cut_many

WHY_NOT = cannot_cut()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=f"power cuts cannot be simulated here: {WHY_NOT}")
CUTS, CUTS_OF_CONTROL = 10, 3


@pytest.fixture
def in_memory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


def test_nothing_acknowledged_is_lost_in_a_power_cut(in_memory: Path) -> None:
    total = cut_many(in_memory, CUTS, "safe")
    assert total.acknowledged >= EACH * CUTS
    assert total.broken == 0, total


def test_without_fsync_acknowledged_files_are_lost_so_the_test_can_fail(in_memory: Path) -> None:
    total = cut_many(in_memory, CUTS_OF_CONTROL, "unsafe")
    assert total.acknowledged > 0
    assert total.lost + total.corrupt > 0, total
