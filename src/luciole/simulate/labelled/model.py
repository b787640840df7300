"""The labelled cases: what each stands for, put together from parts, and the half of the set it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, TypeVar

import msgspec

from luciole.kernel.errors import ContentError
from luciole.simulate.apps.description import AppDescription, describe

Kind = TypeVar("Kind")
Label = Literal["honest", "stalkerware-like"]
Half = Literal["development", "test", "afterwards", "later"]
FOLDERS: dict[str, Label] = {
    "honest": "honest",
    "stalkerware": "stalkerware-like",
    "look_alikes": "honest",
    "slip_through": "stalkerware-like",
}
WRITTEN_AFTERWARDS = {"look_alikes": "look-alike", "slip_through": "written-to-slip-through"}
"""Folders of cases that were written against the tuned criteria, so they cannot prove anything about them."""
IDENTITY = frozenset({"package", "label", "key", "version_code", "version_name"})
"""What names an app: two descriptions that differ only in this say the same."""
_BEGINNINGS = ("com.example", "org.example", "net.example", "io.example", "app.example", "de.example", "in.example")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One function of an app. mechanism: under which misses are counted; app: keys of an AppDescription."""

    app: dict[str, object]
    mechanism: str = ""


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case as written. use: names of parts; app: keys of an AppDescription that are added, or stand instead."""

    use: str
    label: str = ""
    kind: str = ""
    app: dict[str, object] = {}


class Case(msgspec.Struct, frozen=True):
    """One labelled app. kinds: the mechanisms of a stalkerware-like app, or the one kind of an honest app."""

    id: str
    label: Label
    kinds: tuple[str, ...]
    app: AppDescription
    afterwards: bool = False
    """It was written against the tuned criteria."""

    @property
    def half(self) -> Half:
        """The half of the set it belongs to; what was written afterwards stands apart."""
        return "afterwards" if self.afterwards else half_of(self.id)


def half_of(case: str) -> Half:
    """The half that a case belongs to, by a digest of its id: never by hand, and the same for ever."""
    return "development" if hashlib.sha256(case.encode()).digest()[0] % 2 else "test"


@cache
def cases() -> tuple[Case, ...]:
    """Every labelled app, in the order of files and rows. Raises ContentError for a mistake in the files."""
    found = tuple(case for folder in FOLDERS for case in _of_folder(folder))
    names = [one.id for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ContentError([f"labelled set: {name} stands there twice" for name in twice])
    return found


def history() -> tuple[str, ...]:
    """What was done with the set, in order: each look at the test half, and what was changed."""
    return tuple(msgspec.yaml.decode((root() / "history.yml").read_bytes(), type=list[str]))


def features(app: AppDescription) -> frozenset[str]:
    """Everything a description says except who the app claims to be: what makes one case differ from another."""
    found: set[str] = set()
    for key, value in msgspec.to_builtins(app).items():
        if key in IDENTITY:
            continue
        items = value if isinstance(value, list) else sorted(value.items()) if isinstance(value, dict) else [value]
        found.update(f"{key}:{_without_name(item)}" for item in items)
    return frozenset(found)


def _without_name(item: object) -> str:
    shown = {key: value for key, value in item.items() if key != "name"} if isinstance(item, dict) else item
    return msgspec.json.encode(shown, order="sorted").decode()


def _of_folder(folder: str) -> Iterator[Case]:
    for file in sorted((root() / folder).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yml"):
            rows = read_rows(file, Written)
            yield from (_case(name, row, folder) for name, row in rows.items())


def _case(name: str, row: Written, folder: str) -> Case:
    parts = [_part(word, name) for word in row.use.split()]
    made: dict[str, object] = {"package": _package(name), "label": row.label, "key": f"ec:{name}"}
    for part in parts:
        made = _merged(made, part.app)
    app = describe(_merged(made, row.app))
    kinds = [row.kind] if FOLDERS[folder] == "honest" else [part.mechanism for part in parts if part.mechanism]
    kinds += _by_look(app) if FOLDERS[folder] != "honest" else []
    kinds += [WRITTEN_AFTERWARDS[folder]] if folder in WRITTEN_AFTERWARDS else []
    return Case(name, FOLDERS[folder], tuple(dict.fromkeys(kinds)), app, folder in WRITTEN_AFTERWARDS)


def _by_look(app: AppDescription) -> Iterator[str]:
    """Mechanisms that no part stands for, because they lie in the name, the platform or the make of the file."""
    names = [app.label] if isinstance(app.label, str) else list(app.label.values())
    if any(not name.strip(" .\u200b\u3164") for name in names if name):
        yield "blank-name"
    if app.splits:
        yield "split"
    if app.shared_user.startswith("org.example"):
        yield "plug-in"
    if "android.hardware.type.watch" in app.features:
        yield "watch"
    if any(not name.isascii() for name in names):
        yield "other-language"
    if app.rotation or app.signing != ("v2", "v3") or not app.key.startswith("ec:"):
        yield "unusual-signature"


def _package(name: str) -> str:
    """A package name that says nothing: no list knows it, and no two cases share it."""
    digest = hashlib.sha256(name.encode())
    beginning = _BEGINNINGS[digest.digest()[1] % len(_BEGINNINGS)]
    return f"{beginning}.{name.replace('-', '')}.p{digest.hexdigest()[:4]}"


def _merged(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """Lists are joined without doubles, mappings are joined, anything else of the second stands instead."""
    made = dict(first)
    for key, value in second.items():
        old = made.get(key)
        if isinstance(value, list) and isinstance(old, list):
            made[key] = old + [one for one in value if one not in old]
        elif isinstance(value, dict) and isinstance(old, dict):
            made[key] = {**old, **value}
        else:
            made[key] = value
    return made


def _part(word: str, case: str) -> Part:
    try:
        return _parts()[word]
    except KeyError:
        raise ContentError([f"labelled set: {case} uses {word!r}, and there is no such part"]) from None


@cache
def _parts() -> dict[str, Part]:
    return read_rows(root() / "parts.yml", Part)


def root() -> Traversable:
    """The folder that holds the files of the set."""
    return files(__package__ or "luciole.simulate.labelled")


def read_rows(file: Traversable, kind: type[Kind]) -> dict[str, Kind]:
    """The rows of a file of the set by their names. Raises ContentError that names the file and what is wrong."""
    try:
        return {name: msgspec.convert(row, kind) for name, row in msgspec.yaml.decode(file.read_bytes()).items()}
    except msgspec.MsgspecError as error:
        raise ContentError([f"{file.name}: {error}"]) from error
