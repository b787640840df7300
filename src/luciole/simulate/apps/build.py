"""Builds inert app files and split sets from descriptions; the same description always gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

import msgspec

from luciole.kernel.errors import ContentError
from luciole.simulate.apps.archive import Layout, Member, member, write_archive
from luciole.simulate.apps.binary_xml import write_xml
from luciole.simulate.apps.carried import carried_file
from luciole.simulate.apps.description import AppDescription, Component, Split, describe, full_class
from luciole.simulate.apps.dex import method_name, write_dex
from luciole.simulate.apps.elf import write_elf
from luciole.simulate.apps.jar_signing import jar_members
from luciole.simulate.apps.keys import Signer, signer
from luciole.simulate.apps.manifest import app_tree
from luciole.simulate.apps.signing import content_digest, signature_pairs, write_block
from luciole.simulate.apps.tricks import Stage, Trick, apply_bytes, apply_jar, apply_layout, apply_pairs, chosen

_MOST_DEX_FILES = 100
Source = AppDescription | Mapping[str, object]
ContainerKind = Literal["xapk", "apks", "apkm"]


def build_apk(description: Source) -> bytes:
    """The app file of `description` (a mapping as read from YAML or JSON, or an AppDescription).

    Its classes have no code, its native libraries no instructions. Raises ContentError for a wrong description.
    """
    app = describe(description)
    tricks = chosen(app.tricks)
    members = _members(app, tricks)
    signers = _signers(app)
    layout = apply_layout(tricks, Layout(tuple(members)))
    if "v1" in app.signing:
        jar = jar_members(layout.members, signers[:1], app.signing)
        layout = layout._replace(members=(*layout.members, *jar))
        layout = apply_jar(tricks, layout, signers[:1], app.signing)
    sections = write_archive(layout)
    min_sdk = app.min_sdk if isinstance(app.min_sdk, int) else 24
    digest = content_digest(sections)
    pairs = signature_pairs(digest, app.signing, signers, min_sdk)
    pairs = apply_pairs(tricks, pairs, signers, digest)
    block = apply_bytes(tricks, Stage.BLOCK, write_block(pairs))
    return apply_bytes(tricks, Stage.FILE, sections.join(block))


def build_split_set(description: Source) -> dict[str, bytes]:
    """The base and the splits of `description` by the file names a device gives them: base.apk, split_NAME.apk."""
    app = describe(description)
    base = msgspec.structs.replace(app, splits={})
    files = {"base.apk": build_apk(base)}
    for name, split in app.splits.items():
        files[f"split_{name}.apk"] = build_apk(_split_app(app, name, split))
    return files


def build_container(
    files: Mapping[str, bytes], kind: ContainerKind, *, package: str = "org.example.inert.set", version_code: int = 1
) -> bytes:
    """The files of a split set in one container: xapk (APKPure), apks (bundletool) or apkm (APKMirror).

    files: by the names of `build_split_set`; package and version code stand in the container's own description.
    """
    version = str(version_code)
    if kind == "apks":
        inside = {"toc.pb": b"\n\0"} | {f"splits/{_bundletool_name(name)}": data for name, data in files.items()}
    elif kind == "xapk":
        parts = [{"file": name, "id": name.removesuffix(".apk").removeprefix("split_")} for name in files]
        about = {"xapk_version": 2, "package_name": package, "name": package, "version_code": version,
                 "version_name": "1.0", "split_apks": parts}  # fmt: skip
        inside = {"manifest.json": json.dumps(about).encode()} | dict(files)
    elif kind == "apkm":
        facts = {"apkm_version": 5, "pname": package, "versioncode": version, "release_version": "1.0"}
        inside = {"info.json": json.dumps(facts).encode()} | dict(files)
    else:
        raise ContentError([f"unknown kind of container {kind!r}; there are: xapk, apks, apkm"])
    return write_archive(Layout(tuple(member(name, data) for name, data in inside.items()))).join()


def _bundletool_name(name: str) -> str:
    stem = name.removesuffix(".apk")
    if stem == "base":
        return "base-master.apk"
    split = stem.removeprefix("split_")
    return f"base-{split.removeprefix('config.')}.apk" if split.startswith("config.") else f"{split}-master.apk"


def _split_app(app: AppDescription, name: str, split: Split) -> AppDescription:
    """The description of one split: package, version, SDKs and signer of the base, everything else its own."""
    own = {field: getattr(split, field) for field in split.__struct_fields__ if field != "feature"}
    parent = None if split.feature else ""
    return AppDescription(
        package=app.package, version_code=app.version_code, version_name=app.version_name, min_sdk=app.min_sdk,
        target_sdk=app.target_sdk, signing=app.signing, key=app.key, rotation=app.rotation, split=name,
        is_feature_split=split.feature, config_for_split=parent, **own,
    )  # fmt: skip


def _signers(app: AppDescription) -> list[Signer]:
    """The signers from the oldest key to the newest."""
    if "v3.1" in app.signing and ("v3" not in app.signing or not app.rotation):
        raise ContentError(["signing: v3.1 stands beside v3 and needs a rotation"])
    return [signer(name) for name in app.rotation or (app.key,)]


def _members(app: AppDescription, tricks: list[Trick]) -> list[Member]:
    """All entries in the order in which Android's tools write them, without signatures."""
    utf8 = app.xml_encoding == "utf-8"
    tree = app_tree(app)
    manifest = apply_bytes(tricks, Stage.MANIFEST, write_xml(tree.manifest, utf8=utf8))
    files = {"AndroidManifest.xml": manifest}
    files |= _dex_files(app, tricks)
    files |= {path: write_xml(element, utf8=utf8) for path, element in tree.xml.items()}
    files |= tree.files
    if tree.table:
        files["resources.arsc"] = apply_bytes(tricks, Stage.RESOURCES, tree.table.write(app.resource_table))
    files |= {f"lib/{path}": write_elf(path.partition("/")[0], names) for path, names in app.native_libraries.items()}
    files |= {f"assets/{name}": text.encode("utf-8", "surrogatepass") for name, text in app.assets.items()}
    files |= {item.name: carried_file(app.package, item.kind) for item in app.carried}
    return [member(name, data) for name, data in files.items()]


def _dex_files(app: AppDescription, tricks: list[Trick]) -> dict[str, bytes]:
    """classes.dex, classes2.dex, …: names, references and strings dealt out evenly."""
    count = app.dex_files
    if not 0 <= count <= _MOST_DEX_FILES:
        raise ContentError([f"dex_files: {count} is not between 0 and {_MOST_DEX_FILES}"])
    classes = sorted({*app.classes, *_component_classes(app)})
    methods = [method_name(text) for text in app.apis]
    if not (classes or methods or app.strings):
        return {}
    files = {}
    for number in range(count):
        part = slice(number, None, count)
        data = write_dex(classes[part], methods[part], app.strings[part], version=app.dex_version)
        files[f"classes{number + 1 if number else ''}.dex"] = apply_bytes(tricks, Stage.DEX, data)
    return files


def _component_classes(app: AppDescription) -> list[str]:
    """The classes that the manifest names; an alias names none of its own."""
    parts: tuple[Component, ...] = (*app.activities, *app.services, *app.receivers, *app.providers)
    return [full_class(app.package, part.name) for part in parts]
