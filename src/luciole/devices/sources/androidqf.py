"""Evidence: an acquisition of androidqf, as a folder or a zip archive."""

from __future__ import annotations

from luciole.devices import acquisition, dumpsys, per_user
from luciole.devices.collect import Collector
from luciole.devices.opened import Opened
from luciole.devices.parsers import acquisition as record
from luciole.devices.sources import apk_folder, backup, bugreport
from luciole.devices.tree import Tree, head
from luciole.devices.tree import read as read_file
from luciole.kernel.errors import ParseError
from luciole.kernel.vocabulary import AREAS as ALL_AREAS

KIND = "androidqf"
TITLE = "acquisitions of androidqf (folder or zip)"
ORDER = 10
AREAS = tuple(area for area in ALL_AREAS if area.startswith("device."))
_RECORD = "acquisition.json"
_LARGEST_NESTED = 128 << 20
_MOST_RECORD = 1 << 20


def recognise(opened: Opened) -> bool:
    """A record of an acquisition, or two files whose contents have the shapes of an acquisition."""
    if opened.tree is None:
        return False
    names = opened.tree.names()
    start = acquisition.prefix(names)
    if start + _RECORD in names and _is_record(opened.tree, start + _RECORD):
        return True
    shapes = ((start + "packages.json", b"["), (start + "getprop.txt", b"["), (start + "files.json", (b"[", b"{")))
    fitting = [name for name, begins in shapes if name in names and head(opened.tree, name).lstrip().startswith(begins)]
    texts = [start + "dumpsys.txt"] if start + "dumpsys.txt" in names else []
    return len(fitting) + sum(dumpsys.looks_like(head(opened.tree, name, 1 << 16)) for name in texts) > 1


def _is_record(tree: Tree, name: str) -> bool:
    try:
        record.parse(read_file(tree, name, _MOST_RECORD))
    except ParseError:
        return False
    return True


def read(opened: Opened, collector: Collector) -> None:
    """Reads every file: dumpsys first, because it says most about each app, then the lists, then everything else."""
    if opened.tree is None:
        return
    names = opened.tree.names()
    start = acquisition.prefix(names)
    if start + _RECORD in names:
        acquisition.about(opened, start + _RECORD, collector)
    apps = [name for name in apk_folder.app_files(opened.tree) if name.startswith(start)]
    done = {*apps, *_special(opened, start, names, collector), *per_user.read(opened, start, names, collector)}
    for name in names:
        known = acquisition.FILES.get(name.removeprefix(start)) if name.startswith(start) else None
        if name in done or name == start + _RECORD:
            continue
        if known is not None:
            known(opened, name, collector)
        elif name.startswith(start + "intrusion_logs/"):
            acquisition.read_intrusion(opened, name, collector)
        elif name.startswith((start + "logs/", start + "tmp/")):
            acquisition.read_log(opened, name, collector)
        else:
            collector.search(opened, name)
    if apps or any(name.startswith(start + "apks/") for name in names):
        apk_folder.nested(opened, apps, collector)
    collector.search_names(opened)
    acquisition.compare_hashes(opened, start, collector)
    acquisition.missing(set(names), start, collector)


def _special(opened: Opened, start: str, names: list[str], collector: Collector) -> list[str]:
    """The texts of dumpsys, the bug report and the backup."""
    done = []
    if start + "dumpsys.txt" in names:
        done.append(start + "dumpsys.txt")
        dumpsys.read(opened, start + "dumpsys.txt", collector)
    if start + "bugreport.zip" in names:
        done.append(start + "bugreport.zip")
        _bug_report(opened, start + "bugreport.zip", collector)
    if start + "backup.ab" in names:
        done.append(start + "backup.ab")
        backup.read_member(opened, start + "backup.ab", collector)
    return done


def _bug_report(opened: Opened, name: str, collector: Collector) -> None:
    origin = collector.origin(opened, name)
    try:
        data = collector.whole(opened, name, _LARGEST_NESTED)
    except ParseError as error:
        collector.damaged("device.names", error, origin.label)
        collector.unreadable(origin, error.message)
        return
    file, member = opened.where(name)
    inner = Opened.data(data, file, collector.limits, member)
    if bugreport.recognise(inner):
        bugreport.read(inner, collector)
    else:
        collector.damaged("device.names", ParseError("no bug report inside"), origin.label)
        collector.unreadable(origin, "no bug report inside")
