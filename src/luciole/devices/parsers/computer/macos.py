"""Artefacts of macOS → what starts by itself, what may see the screen or the keys, profiles, and lists of programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from luciole.apps import plist
from luciole.devices.parsers.computer.records import Listed, Of, Record, start, text_of, without_access
from luciole.devices.parsers.computer.tables import TCC_SERVICES
from luciole.devices.parsers.rows import LOOK, Account, Row
from luciole.devices.parsers.sqlite_tables import Database
from luciole.devices.parsers.times import from_seconds
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import Value

_ALLOWED, _LIMITED = 2, 3
_BY_PATH = 1
_MOST_ITEMS = 5_000


def launch_job(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of one job of launchd; path: where the file lies, which says for whom it runs."""
    daemon = "/launchdaemons/" in path.lower()
    own = not path.lower().startswith(("library/", "/library/", "files/library/")) and "users/" in path.lower()

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Format: launchd.plist(5)."""
        job = plist.load(data)
        yield Row(LOOK, "\n".join(plist.texts(job)), 1)
        label = plist.text(job, "Label")
        arguments = [str(each) for each in plist.items(job, "ProgramArguments")[:50]]
        program = plist.text(job, "Program") or (_program(arguments) if arguments else "")
        if not label and not program:
            raise ParseError("no job of launchd", offset=0)
        account.anchor()
        if not program:
            return
        triggers = [
            key
            for key in ("RunAtLoad", "KeepAlive", "StartInterval", "StartCalendarInterval", "WatchPaths")
            if plist.at(job, key)
        ]
        yield start(
            "autostart.service" if daemon else "autostart.entry",
            "launch-daemon" if daemon else "launch-agent",
            label or path,
            " ".join(arguments) or program,
            line=1,
            scope="user" if own else "system",
            enabled=plist.flag(job, "Disabled") is not True,
            trigger=" ".join(triggers),
            by="path",
            program=program,
        )
        if label.lower().startswith("com.apple.") and not program.startswith(("/System/", "/usr/", "/bin/", "/sbin/")):
            yield Of(program, "path", Row("program.hidden", "system-name", 1, attributes={"path": label}))

    return parse


_SHELLS = (
    "/bin/sh",
    "/bin/bash",
    "/bin/zsh",
    "/usr/bin/env",
    "/usr/bin/python3",
    "/usr/bin/open",
    "/usr/bin/osascript",
)


def _program(arguments: list[str]) -> str:
    """The program of a job; of a shell the script that it runs, where that is named by its path."""
    if arguments[0] in _SHELLS:
        return next((each for each in arguments[1:] if each.startswith(("/", "~"))), arguments[0])
    return arguments[0]


def grants(log: bytes, *, sure: bool) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of TCC.db. log: its write-ahead log, empty for none; sure: that there is none is known."""
    return lambda data, account: _grants(data, account, log, sure=sure)


def _grants(data: bytes, account: Account, log: bytes, *, sure: bool) -> Iterator[Record]:
    """Which programs may see the screen, read keys, control the computer, read all files, and since when."""
    database = Database(data, log)
    newer = database.has("access", "service", "client", "auth_value")
    if not newer and not database.has("access", "service", "client", "allowed"):
        raise ParseError("no table of rights", offset=0)
    account.anchor()
    if database.write_ahead and not log and not sure:
        account.note("newer rows may stand in a log that was not copied")
    column = "auth_value" if newer else "allowed"
    for record in database.rows("access", "service", "client", "client_type", column, "last_modified"):
        service, client, kind, allowed, changed = record.values
        if not isinstance(service, str) or not isinstance(client, str) or not isinstance(allowed, int):
            account.lose(record.number or 1)
            continue
        yield Row(LOOK, client, record.number)
        when = from_seconds(changed) if isinstance(changed, int | float) else ""
        given = allowed in {_ALLOWED, _LIMITED} if newer else allowed == 1
        if given and service in TCC_SERVICES:
            row = Row("permission.granted", service, record.number, when=when, offset=record.offset)
            yield Of(client, "path" if kind == _BY_PATH or client.startswith("/") else "id", row)
    if database.losses:
        account.lose(1)


def app_info(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of the Info.plist of an app; path: where it lies."""
    folder = path.rpartition("/Contents/")[0] or path.rpartition("/")[0]
    folder = "/" + folder.removeprefix("files/").lstrip("/")

    def parse(data: bytes, account: Account) -> Iterator[Record]:
        """Format: Information Property List (Apple)."""
        info = plist.load(data)
        identity = plist.text(info, "CFBundleIdentifier")
        yield Row(LOOK, "\n".join(plist.texts(info)), 1)
        if not identity:
            raise ParseError("no id of an app", offset=0)
        account.anchor()
        label = plist.text(info, "CFBundleDisplayName") or plist.text(info, "CFBundleName")
        if plist.text(info, "CFBundlePackageType") == "KEXT":
            yield start("autostart.service", "kernel-extension", identity, folder, line=1, by="id", program=identity)
        silent = (
            plist.flag(info, "LSUIElement")
            or plist.flag(info, "LSBackgroundOnly")
            or plist.text(info, "LSUIElement") == "1"
        )
        rows = (Row("program.hidden", "no-window", 1, attributes={"path": folder}),) if silent else ()
        yield Listed(identity, label, plist.text(info, "CFBundleShortVersionString"), "", (folder,), 1, rows=rows)

    return parse


def receipt(path: str) -> Callable[[bytes, Account], Iterator[Record]]:
    """The parser of a receipt of the App Store, which is only there or not; path: where it lies."""
    folder = "/" + path.rpartition("/Contents/")[0].removeprefix("files/").lstrip("/")

    def parse(data: bytes, account: Account) -> Iterator[Record]:  # noqa: ARG001 - only that it is there counts
        account.anchor()
        yield Of(folder, "path", Row("app.sideloaded", value=False))

    return parse


def profiles(data: bytes, account: Account) -> Iterator[Record]:
    """Configuration profiles as `profiles show -output stdout-xml` prints them, or a .mobileconfig."""
    if not data.strip() or (b"<plist" not in data and not plist.looks_like(data)):
        account.anchor()
        return
    document = plist.load(data)
    account.anchor()
    yield Row(LOOK, "\n".join(plist.texts(document)), 1)
    single = [document] if plist.text(document, "PayloadType") == "Configuration" else []
    groups = [each for value in plist.mapping(document).values() for each in (value if isinstance(value, list) else ())]
    for profile in (single or groups)[:_MOST_ITEMS]:
        yield from _profile(profile)


def _profile(profile: plist.Value) -> Iterator[Row]:
    identity = plist.text(profile, "ProfileIdentifier") or plist.text(profile, "PayloadIdentifier")
    parts = plist.items(profile, "ProfileItems") or plist.items(profile, "PayloadContent")
    kinds = [plist.text(part, "PayloadType") for part in parts[:_MOST_ITEMS]]
    fixed = plist.flag(profile, "ProfileRemovalDisallowed") or plist.flag(profile, "PayloadRemovalDisallowed")
    organization = plist.text(profile, "ProfileOrganization") or plist.text(profile, "PayloadOrganization")
    attributes: dict[str, Value] = {
        "organization": organization,
        "payloads": [kind for kind in kinds if kind],
        "removal_disallowed": fixed is True or plist.text(profile, "ProfileRemovalDisallowed") == "true",
    }
    if identity:
        yield Row("management.profile", identity, 1, attributes=attributes)
    if "com.apple.mdm" in kinds:
        yield Row("management.enrolment", organization or identity, 1, attributes={"kind": "mdm", "server": ""})


def browser_policy(data: bytes, account: Account) -> Iterator[Record]:
    """Managed preferences of a browser: extensions that are installed by force."""
    policy = plist.load(data)
    account.anchor()
    yield Row(LOOK, "\n".join(plist.texts(policy)), 1)
    for each in plist.items(policy, "ExtensionInstallForcelist")[:_MOST_ITEMS]:
        row = Row("extension.forced", "ExtensionInstallForcelist", 1, attributes={"browser": "Chrome"})
        if isinstance(each, str) and each:
            yield Of(each.partition(";")[0].lower(), "id", row)


def enrolment(data: bytes, account: Account) -> Iterator[Record]:
    """`profiles status -type enrollment`."""
    for number, line in enumerate(text_of(data).splitlines(), 1):
        name, colon, said = line.partition(":")
        if colon:
            account.anchor()
        if name.strip() == "MDM enrollment":
            managed = said.strip().lower().startswith("yes")
            yield Row("device.managed", managed, number)
        elif name.strip() == "MDM server" and said.strip():
            yield Row("management.enrolment", said.strip(), number, attributes={"kind": "mdm", "server": said.strip()})


def system_extensions(data: bytes, account: Account) -> Iterator[Record]:
    """`systemextensionsctl list`: lines with stars, team id, id and version in brackets, name, state in brackets."""
    if b"extension(s)" in data:
        account.anchor()
    for number, line in enumerate(text_of(data).splitlines(), 1):
        parts = line.split("\t")
        named = next((part for part in parts if " (" in part and "." in part), "")
        if "[" in line and named:
            account.anchor()
            identity = named.partition(" (")[0].strip()
            enabled = "enabled" in line.rpartition("[")[2]
            yield start(
                "autostart.service",
                "system-extension",
                identity,
                "",
                line=number,
                enabled=enabled,
                by="id",
                program=identity,
            )


def kernel_extensions(data: bytes, account: Account) -> Iterator[Record]:
    """`kmutil showloaded`: ids of bundles with their version in brackets; those of Apple are left out."""
    account.heading()
    for number, line in enumerate(text_of(data).splitlines(), 1):
        for word in line.split():
            if word.count(".") >= 2 and not word.startswith("com.apple.") and word[0].isalpha():  # noqa: PLR2004 - a bundle id
                account.anchor()
                yield start("autostart.service", "kernel-extension", word, "", line=number, by="id", program=word)
                break
        if "com.apple." in line:
            account.anchor()


def background_items(data: bytes, account: Account) -> Iterator[Record]:
    """`sfltool dumpbtm`: blocks of `name: value`; those with a path of a program are login or background items."""
    account.heading()
    block: dict[str, tuple[str, int]] = {}
    for number, line in enumerate([*text_of(data).splitlines(), "#0:"], 1):
        stripped = line.strip()
        if stripped.startswith("#") and stripped.endswith(":"):
            yield from _background(block)
            block = {}
            account.anchor()
        name, colon, said = stripped.partition(":")
        if colon:
            block.setdefault(name.strip().lower(), (said.strip(), number))


def _background(block: dict[str, tuple[str, int]]) -> Iterator[Record]:
    path, number = block.get("executable path", block.get("url", ("", 0)))
    path = path.removeprefix("file://").replace("%20", " ").rstrip("/")
    if not path or path == "(null)":
        return
    identity = block.get("bundle identifier", block.get("identifier", ("", 0)))[0]
    kind = "login-item" if "login item" in block.get("type", ("", 0))[0] else "background-item"
    enabled = "disabled" not in block.get("disposition", ("", 0))[0]
    yield start(
        "autostart.entry",
        kind,
        identity or path,
        path,
        line=number,
        scope="user",
        enabled=enabled,
        by="path",
        program=path,
    )


def background_file(data: bytes, account: Account) -> Iterator[Record]:
    """BackgroundItems-v*.btm: a keyed archive; its paths are taken as they stand."""
    archive = plist.load(data)
    account.anchor()
    found = list(dict.fromkeys(plist.texts(plist.unwrap(archive) if plist.is_archive(archive) else archive)))
    yield Row(LOOK, "\n".join(found), 1)
    for text in found[:_MOST_ITEMS]:
        path = text.removeprefix("file://").rstrip("/")
        if path.startswith(("/Applications/", "/Users/", "/Library/")) and (".app" in path or "/MacOS/" in path):
            yield start("autostart.entry", "background-item", path, path, scope="user", by="path", program=path)


def proxies(data: bytes, account: Account) -> Iterator[Record]:
    """`scutil --proxy`."""
    said: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(text_of(data).splitlines(), 1):
        name, colon, value = line.partition(" : ")
        if colon:
            said[name.strip()] = (value.strip(), number)
        if "<dictionary>" in line:
            account.anchor()
    for kind in ("HTTP", "HTTPS", "SOCKS"):
        server, number = said.get(kind + "Proxy", ("", 0))
        if server and said.get(kind + "Enable", ("", 0))[0] == "1":
            yield Row("proxy", f"{server}:{said.get(kind + 'Port', ('', 0))[0]}", number)
    script, number = said.get("ProxyAutoConfigURLString", ("", 0))
    if script and said.get("ProxyAutoConfigEnable", ("", 0))[0] == "1":
        yield Row("proxy.script", without_access(script), number)


def name_servers(data: bytes, account: Account) -> Iterator[Record]:
    """`scutil --dns`: the name servers in use; those of the network are not told apart from those set by hand."""
    seen: set[str] = set()
    for number, line in enumerate(text_of(data).splitlines(), 1):
        name, colon, value = line.partition(" : ")
        if line.startswith(("DNS configuration", "resolver #")):
            account.anchor()
        if colon and name.strip().startswith("nameserver[") and value.strip() not in seen:
            seen.add(value.strip())
            yield Row("dns.server", value.strip(), number, attributes={"interface": ""})


def protections(data: bytes, account: Account) -> Iterator[Record]:
    """`csrutil status` and `spctl --status`."""
    for number, line in enumerate(text_of(data).splitlines(), 1):
        low = line.lower()
        if "system integrity protection status" in low:
            account.anchor()
            if "disabled" in low:
                yield Row(
                    "protection.off", "system-integrity-protection", number, attributes={"value": line.strip()[:200]}
                )
        elif low.startswith("assessments"):
            account.anchor()
            if "disabled" in low:
                yield Row("protection.off", "gatekeeper", number, attributes={"value": line.strip()[:200]})


def users(data: bytes, account: Account) -> Iterator[Record]:
    """`dscl . -list /Users UniqueID`: accounts of people have numbers from 500 on."""
    for number, line in enumerate(text_of(data).splitlines(), 1):
        parts = line.split()
        if len(parts) == 2 and parts[1].lstrip("-").isdigit():  # noqa: PLR2004 - name and number
            account.anchor()
            if int(parts[1]) >= 500:  # noqa: PLR2004 - the first number of a person
                yield Row(
                    "account.local",
                    parts[0],
                    number,
                    attributes={"kind": "standard", "hidden": parts[0].startswith(".")},
                )


def administrators(data: bytes, account: Account) -> Iterator[Record]:
    """`dscl . -read /Groups/admin GroupMembership`."""
    name, colon, said = text_of(data).partition("GroupMembership:")
    if colon:
        account.anchor()
    for each in said.split() if colon and not name.strip() else ():
        yield Row("account.local", each, 1, attributes={"kind": "administrator", "hidden": False})


_SERVICES = {
    "com.openssh.sshd": ("Remote Login", "ssh"),
    "com.apple.screensharing": ("Screen Sharing", "screen-sharing"),
    "com.apple.remotedesktop": ("Remote Management", "remote-management"),
    "com.apple.smbd": ("File Sharing", "file-sharing"),
    "com.apple.ardagent": ("Remote Management", "remote-management"),
}


def disabled_services(data: bytes, account: Account) -> Iterator[Record]:
    """`launchctl print-disabled system`: `"label" => enabled`, or true and false for disabled in older versions."""
    for number, line in enumerate(text_of(data).splitlines(), 1):
        label, arrow, said = line.partition("=>")
        if not arrow:
            continue
        account.anchor()
        found = _SERVICES.get(label.strip().strip('"').lower())
        if found:
            enabled = said.strip().lower() in {"enabled", "false"}
            yield Row("remote.service", found[0], number, attributes={"kind": found[1], "enabled": enabled})


def remote_management(data: bytes, account: Account) -> Iterator[Record]:
    """com.apple.RemoteManagement.plist: settings of Apple Remote Desktop."""
    settings = plist.load(data)
    account.anchor()
    yield Row(LOOK, "\n".join(plist.texts(settings)), 1)
    everybody = plist.flag(settings, "ARD_AllLocalUsers") is True
    legacy = plist.flag(settings, "VNCLegacyConnectionsEnabled") is True
    if everybody or legacy:
        yield Row("remote.service", "Remote Management", 1, attributes={"kind": "remote-management", "enabled": True})


def version(data: bytes, account: Account) -> Iterator[Record]:
    """SystemVersion.plist, or the output of sw_vers."""
    if plist.looks_like(data):
        document = plist.load(data)
        account.anchor()
        yield Row("device.property", plist.text(document, "ProductVersion"), 1, attributes={"key": "os_version"})
        return
    for number, line in enumerate(text_of(data).splitlines(), 1):
        name, colon, said = line.partition(":")
        key = {"ProductName": "model", "ProductVersion": "os_version", "BuildVersion": "build"}.get(name.strip())
        if colon and key:
            account.anchor()
            yield Row("device.property", said.strip(), number, attributes={"key": key})
