"""Takes lists of known apps in: from files, folders and addresses that a person named."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import msgspec

from luciole.intel.formats import recognise
from luciole.intel.merge import ImportReport, merge
from luciole.intel.model import Source
from luciole.kernel.errors import CouldNotLook, UsageError
from luciole.packs.store import Store, warning_lists

MOST_BYTES = 256 << 20
MOST_FILES = 5_000
SUFFIXES = frozenset({".yaml", ".yml", ".csv", ".json", ".yar", ".yara", ".txt", ""})
SECONDS = 60


def import_list(
    where: str, store: Store, now: str, *, published: str = "", accept_many_missing: bool = False
) -> ImportReport:
    """Takes the list at `where` (path or https address) into the store. now: ISO 8601 date.

    published: ISO 8601 date of the list's state, where its files do not say it; accept_many_missing: believe a list
    that lacks much of what its source named before. Nothing is stored when nothing changed. Raises NotThisKind for an
    unknown format, CouldNotLook where it cannot be read, UsageError for an address that is not https.
    """
    files = fetch(where) if "://" in where else read_files(Path(where))
    source = Source(_name_of(where), url=where if "://" in where else "", published=published)
    return _take_in(files, source, store, now, accept_many_missing=accept_many_missing)


def update_from(addresses: Sequence[str], store: Store, now: str) -> ImportReport:
    """Fetches all files of one list and takes them in together. Errors as in `import_list`."""
    files = {name: data for address in addresses for name, data in fetch(address).items()}
    return _take_in(files, Source(_name_of(addresses[0]), url=addresses[0]), store, now)


def _take_in(
    files: dict[str, bytes], source: Source, store: Store, now: str, *, accept_many_missing: bool = False
) -> ImportReport:
    form = recognise(files)
    own: Source | None = getattr(form, "SOURCE", None)
    named = msgspec.structs.replace(own, published=source.published) if own else source
    result = form.read(files, now, named)
    knowledge, report = merge(store.knowledge(), result, now, warning_lists(), accept_many_missing=accept_many_missing)
    if not knowledge.families and not knowledge.indicators:
        first = report.entries[0].message.text if report.entries else ""
        raise CouldNotLook(f"Nothing of this list could be read. {first}".strip(), remedy="Look at the file named.")
    if report.changed or not store.in_step(knowledge):
        store.replace(knowledge)
    return report


def read_files(path: Path) -> dict[str, bytes]:
    """The text files at `path` by their names relative to it; links are not followed."""
    if not path.exists():
        raise UsageError(f"There is nothing at {path}.")
    if path.is_file():
        return {path.name: _read(path)}
    found = [one for one in sorted(path.rglob("*")) if one.is_file() and not one.is_symlink()]
    wanted = [one for one in found if one.suffix.lower() in SUFFIXES and ".git" not in one.parts]
    if len(wanted) > MOST_FILES:
        raise UsageError(f"{path} holds {len(wanted)} files.", remedy="Name the folder of the list itself.")
    return {one.relative_to(path).as_posix(): _read(one) for one in wanted}


def _read(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise CouldNotLook(f"{path.name} is larger than a list may be.")
    return path.read_bytes()


def fetch(address: str) -> dict[str, bytes]:
    """One file from an https address, by its name. Called only when a person asks for exactly this address."""
    parts = urllib.parse.urlsplit(address)
    local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.scheme != "https" and not local:
        raise UsageError(f"{address} is not an https address.", remedy="Use https, or a path.")
    request = urllib.request.Request(address, headers={"User-Agent": "luciole"})  # noqa: S310 - https was checked above
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - https was checked above
            data = answer.read(MOST_BYTES + 1)
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise CouldNotLook(f"{address} cannot be fetched: {error}") from None
    if len(data) > MOST_BYTES:
        raise CouldNotLook(f"{address} is larger than a list may be.")
    return {Path(parts.path).name or "list": data}


def _name_of(where: str) -> str:
    name = Path(urllib.parse.urlsplit(where).path if "://" in where else where).stem.lower()
    return "".join(character if character.isalnum() else "-" for character in name).strip("-") or "list"
