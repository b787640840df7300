"""Cold starts: the help text, and the check of one app of about five megabytes."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

import processes


def measure(corpus: Path, rounds: int = 7) -> dict[str, float]:
    """Median milliseconds of whole processes; an interpreter that does nothing is the floor."""
    app = corpus / "ApiDemos-debug.apk"
    commands = {
        "python_ms": [sys.executable, "-c", "pass"],
        "help_ms": [sys.executable, "-m", "luciole", "--help"],
        "check_ms": [sys.executable, "-m", "luciole", "check", str(app)],
    }
    found = {
        name: statistics.median(processes.run(command).wall for _ in range(rounds))
        for name, command in commands.items()
    }
    megabytes = round(app.stat().st_size / 1e6, 1)
    return {"app_megabytes": megabytes, **{name: seconds * 1000 for name, seconds in found.items()}}
