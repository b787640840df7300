"""The knowledge a person installed on this computer: one folder with the families and their compiled index."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from luciole.intel.formats.json_document import knowledge_bytes, read_knowledge
from luciole.intel.index import Index
from luciole.intel.index_writing import index_inputs
from luciole.intel.model import Knowledge
from luciole.intel.warninglists import WarningList, read_warning_lists
from luciole.kernel.errors import CouldNotLook, ParseError
from luciole.packs.builtin import warning_list_files
from luciole.packs.files import write_whole

KNOWLEDGE, INDEX = "knowledge.json", "knowledge.index"


def data_folder() -> Path:
    """LUCIOLE_DATA, else `luciole` in the XDG data folder. Nothing is created by asking."""
    if named := os.environ.get("LUCIOLE_DATA"):
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "luciole"


def warning_lists() -> tuple[WarningList, ...]:
    """The warning lists that the package carries."""
    return read_warning_lists(warning_list_files())


class Store:
    """Reads and replaces the installed knowledge. folder: where it lies; it may not exist yet."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or data_folder()

    def knowledge(self) -> Knowledge:
        """The families and indicators; empty where none are installed. Raises CouldNotLook when they are damaged."""
        path = self.folder / KNOWLEDGE
        if not path.exists():
            return Knowledge()
        try:
            return read_knowledge(path.read_bytes(), KNOWLEDGE)
        except (ParseError, OSError) as error:
            raise self._damaged(str(error)) from None

    def replace(self, knowledge: Knowledge) -> None:
        """Writes knowledge and its index, each whole or not at all.

        The index comes first, because checks read only that: an interruption between the two leaves a check that knows
        the new list, and knowledge that the next import brings up to date.
        """
        index = Index.build(knowledge, warning_lists())
        write_whole(self.folder / INDEX, [index])
        write_whole(self.folder / KNOWLEDGE, [knowledge_bytes(knowledge)])

    def in_step(self, knowledge: Knowledge) -> bool:
        """Whether the index was built from this knowledge, with the warning lists of this version."""
        try:
            index = self.index()
        except CouldNotLook:
            return False
        return index is not None and index.inputs == index_inputs(knowledge, warning_lists())

    def index(self) -> Index | None:
        """The compiled index, mapped into memory; None where no knowledge is installed."""
        path = self.folder / INDEX
        try:
            with path.open("rb") as file:
                return Index.open(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
        except FileNotFoundError:
            if (self.folder / KNOWLEDGE).exists():
                raise self._damaged("its index is missing") from None
            return None
        except (ParseError, ValueError, OSError) as error:
            raise self._damaged(str(error)) from None

    def _damaged(self, why: str) -> CouldNotLook:
        return CouldNotLook(
            f"The installed list of known apps cannot be read: {why}",
            remedy=f"Move {self.folder} away and import the list again: luciole intel import PATH",
        )
