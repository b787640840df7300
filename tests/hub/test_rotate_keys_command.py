"""`luciole hub rotate-keys`, as an operator calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def luciole(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LUCIOLE_", "DJANGO_"))}
    command = [sys.executable, "-m", "luciole", "hub", *arguments]
    return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)


def test_a_hub_gets_a_new_key_and_keeps_the_old_one_until_it_may_go(tmp_path: Path) -> None:
    folder = str(tmp_path / "hub")
    made = luciole("init", folder, "--email", "one@example.org", "--name", "One", "--json")
    assert made.returncode == 0, made.stderr
    keys = tmp_path / "hub" / "keys"
    old = {path.name for path in keys.glob("hub-*")}
    done = luciole("rotate-keys", "--hub", folder, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hub_key"].startswith("0002-")
    early = luciole("rotate-keys", "--hub", folder, "--remove-old")
    assert early.returncode != 0
    assert "less than an hour" in early.stderr
    for path in keys.glob("hub-*"):
        os.utime(path, (path.stat().st_mtime - 7200,) * 2)
    removed = luciole("rotate-keys", "--hub", folder, "--remove-old", "--json")
    assert json.loads(removed.stdout) == {"removed": [name.removeprefix("hub-") for name in old]}
    assert len(list(keys.glob("hub-*"))) == 1
