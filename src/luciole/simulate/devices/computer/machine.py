"""A simulated machine that the real collector reads: files, registry and answers of commands, all in memory."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from luciole.devices.collector.computer import COMMANDS, Hive, Machine, Said
from luciole.simulate.devices.computer import linux, macos, windows
from luciole.simulate.devices.computer.description import Computer

_CHANGED = "2025-01-02T03:04:05+00:00"
_LONGEST_NAME = 60


class SimulatedMachine(Machine):
    """Answers every question of the collector from a description."""

    def __init__(self, computer: Computer) -> None:
        self.computer = computer
        self.system = computer.system
        self.release = f"simulated {computer.system}"
        self.variables = {"system": "C:\\Windows", "data": "C:\\ProgramData"}
        self.closed: dict[str, None] = {}
        self._made = {"windows": windows, "macos": macos, "linux": linux}[computer.system]
        self.content: dict[str, bytes] = self._made.files(computer)
        self._answers: dict[str, bytes] = self._made.answers(computer)
        self._separator = "\\" if computer.system == "windows" else "/"
        self._folders: dict[str, dict[str, None]] = {}
        for path in self.content:
            parts = path.split(self._separator)
            for depth in range(1, len(parts)):
                above = self._separator.join(parts[:depth]) or self._separator
                self._folders.setdefault(above, {})[parts[depth]] = None

    def administrator(self) -> bool:
        """Nobody here is one."""
        return False

    def homes(self) -> list[str]:
        """The one home folder."""
        return [self._made.HOME]

    def listed(self, folder: str) -> list[str]:
        """Names in a folder."""
        return sorted(self._folders.get(folder, {}))

    def is_file(self, path: str) -> bool:
        """Whether the description has such a file."""
        return path in self.content

    def is_link(self, path: str) -> bool:  # noqa: ARG002 - there are none
        """There are no links."""
        return False

    def real(self, path: str) -> str:
        """The path itself."""
        return path

    def read(self, path: str, size: int) -> bytes:
        """The content; PermissionError where the description denies it."""
        if path in self.computer.denied:
            raise PermissionError(13, "Permission denied", path)
        if path not in self.content:
            raise FileNotFoundError(2, "No such file", path)
        return self.content[path][: size + 1]

    def changed(self, path: str) -> str:  # noqa: ARG002 - one time for all
        """One time for all files."""
        return _CHANGED

    def is_hidden(self, path: str) -> bool:
        """Whether the program is described as a hidden file."""
        return any(program.hidden_file and program.path == path for program in self.computer.programs)

    def run(self, words: tuple[str, ...]) -> tuple[int, bytes]:
        """The answer of a command."""
        if "codesign" in " ".join(words):
            found = [
                each
                for each in self.computer.programs
                if words[-1] in {each.path, each.path.partition(".app/")[0] + ".app"}
            ]
            return 0, macos.signature(found[0]) if found and found[0].state else b""
        name = self._name_of(words)
        if name not in self._answers:
            raise FileNotFoundError(2, "No such file", words[0])
        return 0, self._answers[name]

    def _name_of(self, words: tuple[str, ...]) -> str:
        """The output's name, as the collector's table has it for these words."""
        if "-S" in words:
            return "owners-0.txt"
        if "Get-AuthenticodeSignature" in words[-1]:
            return "signatures-0.json"
        return next((each.name for each in COMMANDS[self.system] if each.words == words), "")

    def values(self, hive: Hive) -> Iterator[Said]:
        """The values of a key and of those below it."""
        top = hive.path.replace("HKU\\*", "HKU\\S-1-5-21").lower()
        for key, values in windows.registry(self.computer).items():
            low = key.lower()
            below = low.removeprefix(top).count("\\")
            if low != top and not (low.startswith(top + "\\") and below <= hive.depth):
                continue
            for name, data in values.items():
                if not hive.names or name.lower() in {each.lower() for each in hive.names}:
                    plain = "base64:" + base64.b64encode(data).decode() if isinstance(data, bytes) else data
                    yield {"key": key, "name": name, "type": 1, "data": plain}
