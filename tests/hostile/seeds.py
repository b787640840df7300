"""Seeds for the fuzz targets, made with the simulators: nothing that begins a search is ever committed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import msgspec

from luciole.intel.index import Index
from luciole.intel.model import Knowledge
from luciole.kernel.errors import LucioleError
from luciole.packs.builtin import catalogue_files, criteria_file
from luciole.simulate.apps.build import build_apk, build_container
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.apps.tricks import trick_list
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import DeviceDescription
from luciole.simulate.devices.write import zip_chunks

MOST = 200_000
"""Larger seeds only slow a search down."""


@cache
def apps() -> tuple[bytes, ...]:
    """App files: the demonstrations, and one for each trick that stays small."""
    made = [build_apk(app) for app in DEMONSTRATIONS.values()]
    for name, _ in trick_list():
        if not name.startswith("bomb."):
            app = msgspec.structs.replace(DEMONSTRATIONS["stalkerware-like"], tricks=(name,))
            made.append(build_apk(app))
    return tuple(made)


def members(name: str) -> Iterator[bytes]:
    """One file of each app, where Python's own reader finds it; its content as it lies where it does not."""
    for data in apps():
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield from (archive.read(one) for one in archive.namelist() if one.startswith(name))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError, ValueError, EOFError):
            continue


@cache
def acquisition() -> Mapping[str, bytes]:
    """The files of a small simulated acquisition, by name."""
    small = msgspec.structs.replace(demonstration(), filler=type(demonstration().filler)(), bugreport=True)
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_chunks(small)))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files(ending: str) -> Iterator[bytes]:
    """Files of the acquisition whose names end so."""
    yield from (data for name, data in acquisition().items() if name.endswith(ending))


def dumpsys() -> Iterator[bytes]:
    """The text of dumpsys whole, and each of its services."""
    for text in files("dumpsys.txt"):
        yield text
        yield from text.split(b"\nDUMP OF SERVICE ")


def manifest_and_table() -> Iterator[bytes]:
    """As the target `manifest` cuts them: four bytes say where the manifest ends."""
    for manifest, table in zip(members("AndroidManifest.xml"), members("resources.arsc"), strict=False):
        yield (4 + len(manifest)).to_bytes(4, "little") + manifest + table


def signed_blocks() -> Iterator[bytes]:
    """Whole app files, and the bytes of each that end in the magic of the signing block."""
    for data in apps():
        yield data
        end = data.rfind(b"APK Sig Block 42")
        if end > 0:
            yield data[max(0, end - 6_000) : end + 16]


def lists() -> Iterator[bytes]:
    """Files in the forms of indicator lists."""
    yield b"- name: ExampleSpy\n  names: [ExampleSpy]\n  packages: [org.example.spy]\n  websites: [spy.example]\n"
    yield b"- name: Spy\n  certificates: [" + b"A1" * 20 + b"]\n  c2:\n    ips: [192.0.2.7]\n    domains: [a.example]\n"
    yield b"File,Package,App\n" + b"11" * 32 + b",org.example.spy,ExampleSpy\n"


def containers() -> Iterator[bytes]:
    """Apps in several files, in each kind of container, and plain app files."""
    split = msgspec.to_builtins(DEMONSTRATIONS["notes"]) | {"splits": {"config.ar": {}, "config.xhdpi": {}}}
    for kind in ("xapk", "apks", "apkm"):
        try:
            yield build_container(split, kind)  # type: ignore[arg-type]
        except LucioleError:
            continue
    yield from apps()


Seeds = Callable[[], Iterator[bytes]]
KINDS: dict[str, Seeds] = {
    "binary_xml": lambda: members("AndroidManifest.xml"),
    "manifest": manifest_and_table,
    "resources": lambda: members("resources.arsc"),
    "dex": lambda: members("classes"),
    "native": lambda: members("lib/"),
    "signing": signed_blocks,
    "bundle": containers,
    "echap": lists,
    "index": lambda: iter([Index.build(Knowledge(), ())]),
    "criteria": lambda: (text.encode() for text in [*catalogue_files().values(), criteria_file("lists.yml")]),
    "policy": lambda: iter([criteria_file("policy.yml").encode()]),
    "dumpsys": dumpsys,
    "package": dumpsys,
    "sections": dumpsys,
    "backup": lambda: files("backup.ab"),
    "getprop": lambda: files("getprop.txt"),
    "settings": lambda: files(".txt"),
    "packages_json": lambda: files("packages.json"),
    "files_json": lambda: files("files.json"),
    "json": lambda: files(".json"),
    "bugreport": lambda: files("bugreport.zip"),
}
"""Makers of seeds by the beginning of a target's name; others begin with app files and device texts."""


def seeds_for(target: str) -> list[bytes]:
    """Distinct seeds for the target of this name, none longer than MOST."""
    names = [name for name in sorted(KINDS, key=len, reverse=True) if target == name or target.startswith(name)]
    made = KINDS[names[0]]() if names else _everything()
    return list(dict.fromkeys(data[:MOST] for data in made))


def _everything() -> Iterator[bytes]:
    yield from apps()
    yield from (data for data in acquisition().values() if len(data) < MOST)


__all__ = ["DeviceDescription", "seeds_for"]
