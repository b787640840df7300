"""Names the modules of this domain that declare jobs, so that workers know them."""

from __future__ import annotations

from luciole.hub.samples import analysis, judging, marking, searches, upkeep

__all__ = ["analysis", "judging", "marking", "searches", "upkeep"]
