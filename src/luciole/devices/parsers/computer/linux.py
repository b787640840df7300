"""Artefacts of Linux → what starts by itself, what is hooked in, accounts, packages and settings of remote access."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from luciole.devices.parsers.computer.records import Listed, Of, Record, start, text_of, without_access
from luciole.devices.parsers.rows import Account, Line, Row, plain_lines

_MOST_LINES = 200_000
_CRON_FIELDS = 5
_MOST_RUNS = 20
_RUN = re.compile(
    r"\b(?:RUN(?:\{program\})?|PROGRAM|IMPORT\{program\})[ \t]{0,8}[+:=]?=[ \t]{0,8}e?\"([^\"]{1,4096})\""
)
_UNIT_STARTS = frozenset({"ExecStart", "ExecStartPre", "ExecStartPost"})
_EVERY = ("@reboot", "@hourly", "@daily", "@weekly", "@monthly", "@yearly", "@annually", "@midnight")
_PRELOADS = ("LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "LD_AUDIT")
_INPUT = frozenset({"input"})
_NO_LETTER = "\ufffd"
OUTSIDE = "from outside the kernel"
"""What is told of a loaded module that was built elsewhere."""
_ADMINISTRATORS = frozenset({"sudo", "wheel", "admin", "root"})


def lines(data: bytes, account: Account) -> Iterator[Line]:
    """The lines of a text; one with bytes that are no text counts as lost, unless it is a remark in an old encoding."""
    for number, line in plain_lines(text_of(data)):
        if number > _MOST_LINES:
            account.skip(number)
            return
        if "\0" in line:
            account.lose(number)
            continue
        if _NO_LETTER in line and not line.lstrip().startswith("#"):
            account.lose(number)
        yield number, line


def unit(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of a unit of systemd, or of a part that is added to one; path: where the file lies."""
    folder, _, name = path.rpartition("/")
    name = folder.rpartition("/")[2].removesuffix(".d") if folder.endswith(".d") else name
    own = "/user/" in path

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Format: systemd.unit(5), systemd.service(5). Only what it starts is taken."""
        found: list[tuple[str, int]] = []
        wanted, section = "", ""
        for number, line in _joined(lines(data, account)):
            if line.startswith("["):
                section = line.strip().strip("[]")
                account.anchor()
            key, equals, value = line.partition("=")
            if equals and section == "Service" and key.strip() in _UNIT_STARTS and value.strip():
                found.append((value.strip(), number))
            elif equals and section == "Install" and key.strip() in {"WantedBy", "RequiredBy"}:
                wanted = value.strip()
        if not data.strip():
            account.anchor()
        for command, number in found[:20]:
            yield start(
                "autostart.service",
                "unit",
                name,
                command,
                line=number,
                scope="user" if own else "system",
                trigger=wanted,
            )

    return parse


def _joined(found: Iterator[Line]) -> Iterator[Line]:
    """Lines with their continuation."""
    begun, text = 0, ""
    for number, line in found:
        if not text and line.lstrip().startswith(("#", ";")):
            continue
        begun = begun or number
        if line.endswith("\\") and len(text) < 1 << 16:
            text += line[:-1] + " "
            continue
        yield begun, text + line
        begun, text = 0, ""
    if text:
        yield begun, text


def desktop_entry(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of an entry of the autostart folders; path: where the file lies."""
    name = path.rpartition("/")[2]
    own = "/.config/" in path

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Format: Desktop Entry Specification 1.5 and Desktop Application Autostart Specification."""
        said: dict[str, tuple[str, int]] = {}
        section = ""
        for number, line in lines(data, account):
            if line.startswith("["):
                section = line.strip()
                account.anchor()
            key, equals, value = line.partition("=")
            if equals and section == "[Desktop Entry]":
                said.setdefault(key.strip(), (value.strip(), number))
        command, number = said.get("Exec", ("", 0))
        if command:
            enabled = (
                said.get("Hidden", ("", 0))[0].lower() != "true"
                and said.get("X-GNOME-Autostart-enabled", ("", 0))[0].lower() != "false"
            )
            hidden = said.get("NoDisplay", ("", 0))[0].lower() == "true"
            yield start(
                "autostart.entry",
                "desktop-entry",
                name,
                command,
                line=number,
                scope="user" if own else "system",
                enabled=enabled,
                hidden=hidden,
            )

    return parse


def crontab(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of a table of cron; path: where it lies, which says whether a user stands in each line."""
    with_user = path.endswith("/crontab") or "/cron.d/" in path

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Format: crontab(5), by which each line ends with a new line: the last one, too."""
        account.anchor()
        number = 0
        for number, line in lines(data, account):
            text = line.strip()
            first = text.partition("=")[0].strip()
            if not text or text.startswith("#") or ("=" in text and first.isidentifier()):
                continue
            fields = 1 if text.startswith(_EVERY) else _CRON_FIELDS
            parts = text.split(None, fields + with_user)
            if len(parts) <= fields + with_user:
                account.lose(number)
                continue
            when = " ".join(parts[:fields])
            yield start(
                "autostart.task",
                "cron",
                path.removeprefix("files"),
                parts[-1],
                line=number,
                trigger=when,
                scope="system" if with_user else "user",
            )
        if data and not data.endswith(b"\n"):
            account.lose(number)

    return parse


def preload(data: bytes, account: Account) -> Iterator[Record]:
    """/etc/ld.so.preload: every library named here is loaded into every program."""
    account.anchor()
    for number, line in lines(data, account):
        for word in line.partition("#")[0].replace(":", " ").split():
            yield start("autostart.hook", "preload", "/etc/ld.so.preload", word, line=number, by="path")


def shell(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of a start-up file of a shell; path: where it lies."""
    place = path.removeprefix("files")

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Only lines that preload a library or start something that goes on in the background."""
        account.anchor()
        for number, line in lines(data, account):
            text = line.strip()
            if text.startswith("#"):
                continue
            for variable in _PRELOADS:
                if variable + "=" in text:
                    value = text.partition(variable + "=")[2].strip("\"'").split()
                    if value and not value[0].startswith("$"):
                        yield start(
                            "autostart.hook",
                            "preload",
                            place,
                            value[0].rstrip("\"';"),
                            line=number,
                            by="path",
                            scope="user",
                        )
            if (text.endswith("&") and not text.endswith("&&")) or text.startswith(("nohup ", "setsid ")):
                yield start("autostart.entry", "shell", place, text.rstrip("& "), line=number, scope="user")

    return parse


def modules(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of lists of kernel modules; path: where it lies."""
    loaded = path.endswith("proc/modules")

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Of the loaded modules only those from outside the kernel's own tree, which the kernel marks with O."""
        account.anchor()
        for number, line in lines(data, account):
            words = line.partition("#")[0].split()
            outside = loaded and len(words) > 6 and "O" in words[-1] and words[-1].startswith("(")  # noqa: PLR2004 - fields
            if words and (outside or not loaded):
                name = words[0]
                yield start(
                    "autostart.service",
                    "kernel-module",
                    name,
                    name,
                    line=number,
                    trigger=OUTSIDE if outside else "",
                    by="id",
                    program=f"module:{name}",
                )

    return parse


def device_rules(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of rules for devices; path: where they lie."""
    place = path.removeprefix("files")

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Format: udev(7). Only what a rule runs by its whole path; short names lie with the rules of the system."""
        account.anchor()
        for number, line in _joined(lines(data, account)):
            for command in _RUN.findall(line)[:_MOST_RUNS]:
                if command.strip().startswith("/"):
                    yield start("autostart.hook", "udev", place, command.strip(), line=number)

    return parse


def sign_in(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of the steps of signing in; path: where they lie."""
    place = path.removeprefix("files")

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Format: pam.conf(5), pam_exec(8). Only commands that are run, and modules named by their whole path."""
        account.anchor()
        for number, line in _joined(lines(data, account)):
            words = line.partition("#")[0].split()
            at = next((index for index, word in enumerate(words) if word.endswith(".so")), -1)
            if at < 0:
                continue
            runs = words[at].endswith("pam_exec.so")
            command = next((word for word in words[at + 1 :] if word.startswith("/")), "") if runs else words[at]
            if command.startswith("/"):
                yield start("autostart.hook", "sign-in", place, command, line=number, by="path")

    return parse


class _Person(msgspec.Struct):
    name: str
    uid: int = -1
    groups: list[str] = []
    ssh_keys: list[str] = []


def accounts(data: bytes, account: Account) -> Iterator[Record]:
    """Lines of the collector: a person's account, groups, and digests of keys with which somebody may sign in."""
    decoder = msgspec.json.Decoder(_Person)
    account.anchor()
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            person = decoder.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            account.lose(number)
            continue
        administrator = person.uid == 0 or not _ADMINISTRATORS.isdisjoint(person.groups)
        yield from _person(person.name, number, administrator=administrator, groups=person.groups)
        for _ in person.ssh_keys:
            yield Row("remote.account", person.name, number, attributes={"kind": "ssh-key", "enabled": True})


def _person(name: str, number: int, *, administrator: bool, groups: list[str]) -> Iterator[Row]:
    yield Row(
        "account.local",
        name,
        number,
        attributes={"kind": "administrator" if administrator else "standard", "hidden": False},
    )
    if not _INPUT.isdisjoint(groups):
        yield Row("input.reader", name, number, attributes={"kind": "group"})


def group_file(data: bytes, account: Account) -> Iterator[Record]:
    """/etc/group: who may read all keys, and who is an administrator."""
    for number, line in lines(data, account):
        parts = line.split(":")
        if len(parts) != 4:  # noqa: PLR2004 - name, password, number, members
            if line.strip():
                account.lose(number)
            continue
        account.anchor()
        for name in parts[3].split(",") if parts[3] else ():
            if parts[0] in _INPUT:
                yield Row("input.reader", name, number, attributes={"kind": "group"})
            elif parts[0] in _ADMINISTRATORS:
                yield Row("account.local", name, number, attributes={"kind": "administrator", "hidden": False})


def packages(data: bytes, account: Account) -> Iterator[Record]:
    """Lists of dpkg and rpm with tabs: name, version, state, maker; of pacman, flatpak and snap with blanks."""
    account.anchor()
    for number, line in lines(data, account):
        parts = line.split("\t") if "\t" in line else line.split(None, 3)
        if len(parts) < 2 or not parts[0]:  # noqa: PLR2004 - name and version
            if line.strip():
                account.lose(number)
            continue
        if len(parts) > 2 and parts[2] in {"not-installed", "config-files"}:  # noqa: PLR2004 - state
            continue
        if parts[0] == "Name" and parts[1] == "Version":
            continue
        publisher = parts[3] if len(parts) > 3 and "\t" in line else ""  # noqa: PLR2004 - maker
        folders = (f"/snap/{parts[0]}", f"/var/lib/flatpak/app/{parts[0]}")
        yield Listed(parts[0], "", parts[1], publisher, folders, number)


def dpkg_status(data: bytes, account: Account) -> Iterator[Record]:
    """/var/lib/dpkg/status."""
    name, begun = "", 0
    said: dict[str, str] = {}
    for number, line in [*lines(data, account), (0, "")]:
        key, colon, value = line.partition(": ")
        if line.startswith("Package:"):
            name, begun = value.strip(), number
            account.anchor()
        elif colon and not line.startswith(" "):
            said[key] = value.strip()
        elif not line.strip():
            if name and said.get("Status", "").endswith("installed") and "not-installed" not in said.get("Status", ""):
                yield Listed(name, "", said.get("Version", ""), said.get("Maintainer", ""), (), begun)
            name, said = "", {}


_REMOTE = {
    "ssh": ("Secure Shell", "ssh"),
    "sshd": ("Secure Shell", "ssh"),
    "xrdp": ("xrdp", "rdp"),
    "vncserver": ("VNC", "vnc"),
    "x11vnc": ("x11vnc", "vnc"),
    "gnome-remote-desktop": ("GNOME Remote Desktop", "rdp"),
    "wayvnc": ("wayvnc", "vnc"),
    "chrome-remote-desktop": ("Chrome Remote Desktop", "rdp"),
    "tigervncserver": ("TigerVNC", "vnc"),
    "nxserver": ("NoMachine", "rdp"),
}


def enabled_units(data: bytes, account: Account) -> Iterator[Record]:
    """`systemctl list-unit-files --state=enabled`: which services for access from elsewhere start."""
    account.anchor()
    for number, line in lines(data, account):
        unit_name = line.split()[0] if line.split() else ""
        found = _REMOTE.get(unit_name.partition(".")[0].partition("@")[0])
        if found:
            yield Row("remote.service", found[0], number, attributes={"kind": found[1], "enabled": True})


def settings(data: bytes, account: Account) -> Iterator[Record]:
    """`gsettings list-recursively`: proxy and remote desktop of GNOME."""
    said: dict[tuple[str, str], tuple[str, int]] = {}
    account.anchor()
    for number, line in lines(data, account):
        parts = line.split(None, 2)
        if len(parts) == 3:  # noqa: PLR2004 - schema, key, value
            said[parts[0].rpartition(".")[2], parts[1]] = (parts[2].strip("'"), number)
    if said.get(("proxy", "mode"), ("none", 0))[0] == "manual":
        for kind in ("http", "https", "socks"):
            host, number = said.get((kind, "host"), ("", 0))
            if host:
                yield Row("proxy", f"{host}:{said.get((kind, 'port'), ('0', 0))[0]}", number)
    if said.get(("proxy", "mode"), ("none", 0))[0] == "auto":
        address, number = said.get(("proxy", "autoconfig-url"), ("", 0))
        yield Row("proxy.script", without_access(address), number)
    on, number = said.get(("rdp", "enable"), ("", 0))
    if on:
        yield Row("remote.service", "GNOME Remote Desktop", number, attributes={"kind": "rdp", "enabled": on == "true"})


def release(data: bytes, account: Account) -> Iterator[Record]:
    """/etc/os-release."""
    for number, line in lines(data, account):
        key, equals, value = line.partition("=")
        shown = {"PRETTY_NAME": "model", "VERSION_ID": "os_version"}.get(key.strip())
        if equals:
            account.anchor()
        if equals and shown:
            yield Row("device.property", value.strip().strip('"'), number, attributes={"key": shown})


def environment(data: bytes, account: Account) -> Iterator[Record]:
    """/etc/environment: libraries that are loaded into every program, and proxies."""
    account.anchor()
    for number, line in lines(data, account):
        key, equals, value = line.strip().removeprefix("export ").partition("=")
        plain = value.strip().strip("\"'")
        if equals and key.strip() in _PRELOADS and plain:
            yield start("autostart.hook", "preload", "/etc/environment", plain.split(":")[0], line=number, by="path")
        elif equals and key.strip().lower() in {"http_proxy", "https_proxy", "all_proxy"} and plain:
            yield Row("proxy", _server(plain), number)


def _server(address: str) -> str:
    """Host and port of an address of a proxy."""
    # whatever stands before the last @ is name and password, even where they hold what should be escaped
    return address.rpartition("@")[2].rpartition("://")[2].partition("/")[0].partition(" ")[0]


class _Policy(msgspec.Struct):
    forced: list[str] = msgspec.field(name="ExtensionInstallForcelist", default_factory=list)


def browser_policy(data: bytes, account: Account) -> Iterator[Record]:
    """Managed policies of Chrome and Chromium in JSON: extensions that are installed by force."""
    try:
        policy = msgspec.json.decode(data, type=_Policy)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        account.lose(1)
        return
    account.anchor()
    for each in policy.forced:
        row = Row("extension.forced", "ExtensionInstallForcelist", 1, attributes={"browser": "Chrome"})
        yield Of(each.partition(";")[0].lower(), "id", row)


class _Rule(msgspec.Struct):
    installation_mode: str = ""


class _Rules(msgspec.Struct):
    settings: dict[str, _Rule] = msgspec.field(name="ExtensionSettings", default_factory=dict)


class _FirefoxPolicies(msgspec.Struct):
    policies: _Rules


def firefox_policy(data: bytes, account: Account) -> Iterator[Record]:
    """policies.json of Firefox: add-ons that are installed by force."""
    try:
        found = msgspec.json.decode(data, type=_FirefoxPolicies)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        account.lose(1)
        return
    account.anchor()
    for identity, rule in found.policies.settings.items():
        if rule.installation_mode in {"force_installed", "normal_installed"}:
            row = Row("extension.forced", "ExtensionSettings", 1, attributes={"browser": "Firefox"})
            yield Of(identity.lower(), "id", row)
