"""Evidence: a folder or archive of app files that were pulled from a device."""

from __future__ import annotations

from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.devices.parsers.rows import is_package
from luciole.devices.tree import Tree, head
from luciole.kernel.reading import NestedFile

KIND = "apk-folder"
TITLE = "folders of pulled app files"
ORDER = 90
AREAS = ("device.apks", "device.names")
_ZIP = b"PK\x03\x04"
_ENDINGS = (".apk", ".apks", ".xapk", ".apkm")


def recognise(opened: Opened) -> bool:
    """A folder (not an archive: that could itself be an app file) with at least one archive named as an app file."""
    return opened.tree is not None and not opened.content and next(iter(app_files(opened.tree)), "") != ""


def app_files(tree: Tree) -> list[str]:
    """Names of the app files: the ending says what to look at, the content decides."""
    named = [name for name in tree.names() if name.lower().endswith(_ENDINGS)]
    return [name for name in named if head(tree, name).startswith(_ZIP)]


def package_of(name: str) -> str:
    """The package that a pulled file is named after: `package.apk`, `package_split.apk` or `package-1/base.apk`."""
    parts = name.split("/")
    for part in (parts[-1].rpartition(".")[0], *reversed(parts[:-1])):
        whole = part.partition("-")[0]
        for candidate in (whole, whole.partition("_split")[0], whole.partition("_config")[0], whole.rpartition("_")[0]):
            if is_package(candidate):
                return candidate
    return ""


def nested(opened: Opened, names: list[str], collector: Collector) -> None:
    """Lists app files for the reader of apps. path, member: as the address of a fact has them."""
    for name in names:
        file, member = opened.where(name)
        collector.nested.append(NestedFile(file, member, package_of(name)))
    collector.examined("device.apks", len(names))


def read(opened: Opened, collector: Collector) -> None:
    """Lists the app files; nothing else in the folder is taken for evidence."""
    if opened.tree is not None:
        nested(opened, app_files(opened.tree), collector)
        collector.search_names(opened)
