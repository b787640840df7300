"""Commands as systems write them → the path of the program, where it lies, and whether it stays out of sight."""

from __future__ import annotations

from luciole.devices.parsers.computer import tables

_ENDINGS = (
    ".exe",
    ".dll",
    ".sys",
    ".scr",
    ".com",
    ".bat",
    ".cmd",
    ".vbs",
    ".vbe",
    ".js",
    ".ps1",
    ".py",
    ".msc",
    ".cpl",
    ".jar",
    ".hta",
)
_HOSTS = frozenset(
    {
        "rundll32.exe",
        "regsvr32.exe",
        "wscript.exe",
        "cscript.exe",
        "powershell.exe",
        "pwsh.exe",
        "cmd.exe",
        "mshta.exe",
        "python.exe",
        "pythonw.exe",
        "java.exe",
        "javaw.exe",
        "conhost.exe",
    }
)
"""Programs of Windows that run what their arguments name."""
_SHELLS = frozenset(
    {
        "sh",
        "bash",
        "dash",
        "zsh",
        "env",
        "python",
        "python3",
        "perl",
        "ruby",
        "node",
        "nohup",
        "setsid",
        "exec",
        "sudo",
        "nice",
        "ionice",
        "open",
    }
)
_VARIABLES = {
    "%systemroot%": "c:\\windows",
    "%windir%": "c:\\windows",
    "\\systemroot": "c:\\windows",
    "\\??\\": "",
    "%programfiles%": "c:\\program files",
    "%programfiles(x86)%": "c:\\program files (x86)",
    "%programdata%": "c:\\programdata",
    "%systemdrive%": "c:",
    "%allusersprofile%": "c:\\programdata",
    "%programw6432%": "c:\\program files",
    "%commonprogramfiles%": "c:\\program files\\common files",
}
_FIELD_CODES = "-@+!:|"
_MOST_WORDS = 24


def program_of(command: str, system: str) -> str:
    """The path of the program that a command line runs; small letters on Windows; empty where it names none.

    A name alone is looked for by the system in its own folders first.
    """
    if system == "windows":
        found = _windows(command)
        return found if "\\" in found or not found else "c:\\windows\\system32\\" + found
    found = _unix(command)
    return found if "/" in found or not found else "/usr/bin/" + found


def _windows(command: str) -> str:
    text = command.strip().replace("/", "\\") if command.count("/") > command.count("\\") + 2 else command.strip()
    text = _expanded(text.lower())
    first, rest = _first(text)
    name = first.rpartition("\\")[2]
    if name in _HOSTS or name + ".exe" in _HOSTS:
        inner = _argument(rest)
        return inner or first
    return first


def _expanded(text: str) -> str:
    for variable, value in _VARIABLES.items():
        if variable in text[:300]:
            text = text.replace(variable, value, 1)
    if text.startswith("system32\\"):
        text = "c:\\windows\\" + text
    return text


def _first(text: str) -> tuple[str, str]:
    """The program and the rest. An unquoted path may hold spaces: it goes to the first ending of a program."""
    if text.startswith('"'):
        program, _, rest = text[1:].partition('"')
        return program.strip(), rest.strip()
    name = text.partition(" ")[0].rpartition("\\")[2]
    if name in _HOSTS or name + ".exe" in _HOSTS:
        program, _, rest = text.partition(" ")
        return program, rest.strip()
    stops = [at + len(end) for end in _ENDINGS if (at := _whole(text, end)) > 0]
    if stops:
        return text[: min(stops)].strip(), text[min(stops) :].strip()
    program, _, rest = text.partition(" ")
    return program, rest.strip()


def _whole(text: str, end: str) -> int:
    """Where a name ends with `end`; -1 where none does."""
    at = text.find(end)
    while at >= 0:
        after = text[at + len(end) : at + len(end) + 1]
        if not after.isalnum():
            return at
        at = text.find(end, at + 1)
    return -1


def _argument(rest: str) -> str:
    """The first argument that is a path of a program."""
    for word in rest.replace(",", " ").replace('"', " ").replace("'", " ").split()[:_MOST_WORDS]:
        at = word.find(":\\")
        if at >= 1 and word.endswith(_ENDINGS):
            return word[at - 1 :]
    at = rest.find(":\\")
    if at < 1:
        return ""
    return _first(rest[at - 1 :].replace('"', ""))[0]


def _unix(command: str) -> str:
    words = command.strip().lstrip(_FIELD_CODES).split()[:_MOST_WORDS]
    if command.lstrip().startswith(("/", "~")) and "/Contents/" in command and ".app/" in command:
        return _in_bundle(command.strip())
    for word in words:
        plain = word.strip("\"'")
        name = plain.rpartition("/")[2]
        if "=" in plain and not plain.startswith("/"):
            continue
        if name in _SHELLS or plain.startswith("-"):
            continue
        return plain
    return words[0].strip("\"'") if words else ""


def _in_bundle(command: str) -> str:
    """A path inside an app; names of apps may hold spaces."""
    at = command.find(".app/Contents/MacOS/")
    stop = command.find(" -", at) if at >= 0 else -1
    return (command if stop < 0 else command[:stop]).strip("\"'")


def bundle_of(path: str) -> str:
    """The outermost app that a path of macOS lies in; empty for none."""
    at = path.find(".app/")
    return path[: at + 4] if at >= 0 else path if path.endswith(".app") else ""


def where(path: str, system: str) -> str:
    """system, programs, temporary, user or unknown: where a program lies, by its path alone."""
    low = path.lower()
    if any(part in low for part in tables.TEMPORARY):
        return "temporary"
    if low.startswith(tables.SYSTEM_FOLDERS[system]):
        return "system"
    if low.startswith(tables.PROGRAM_FOLDERS[system]):
        return "programs"
    return "user" if low.startswith(tables.USER_FOLDERS) or _other_user(low) else "unknown"


def _other_user(low: str) -> bool:
    return low[1:9] == ":\\users\\" or low[1:15] == ":\\programdata\\"


def hiding(path: str, system: str) -> str:
    """hidden-folder, hidden-file or system-name where the path itself keeps a program out of sight; else empty."""
    parts = [part for part in path.replace("\\", "/").split("/") if part]
    if not parts:
        return ""
    if system != "windows":
        if any(part.startswith(".") and part.lower() not in tables.ORDINARY_DOTS for part in parts[:-1]):
            return "hidden-folder"
        if parts[-1].startswith(".") and parts[-1].lower() not in tables.ORDINARY_DOTS:
            return "hidden-file"
    lies = where(path, system)
    if parts[-1].lower() in tables.SYSTEM_NAMES[system] and lies != "system":
        return "system-name"
    return ""


def remote_tool(*texts: str) -> tuple[str, str]:
    """The known tool for remote help that one of the texts names, and its kind; empty where none does."""
    for text in texts:
        low = text.lower()
        for part, found in tables.REMOTE_TOOLS.items():
            if part in low:
                return found
    return "", ""
