"""Writes inert apps into a folder; the only part of this package that touches a disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from luciole.simulate.apps.build import Source, build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Writes each file under its name into `folder`, which is made when absent; names are the caller's own."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in files.items():
        path = folder / name
        path.write_bytes(data)
        paths.append(path)
    return paths


def write_apps(folder: Path, apps: Mapping[str, Source]) -> list[Path]:
    """Builds each description and writes it as NAME.apk; returns the paths in their order."""
    return write_files(folder, {f"{name}.apk": build_apk(app) for name, app in apps.items()})


def write_demonstrations(folder: Path, names: Iterable[str] = ()) -> list[Path]:
    """Writes the demonstration apps called `names`, or all of them."""
    wanted = tuple(names) or tuple(DEMONSTRATIONS)
    return write_apps(folder, {name: DEMONSTRATIONS[name] for name in wanted})
