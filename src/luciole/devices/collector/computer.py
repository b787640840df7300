"""Collects from this computer what starts by itself, what may watch and what was changed: read-only, into one zip.

Runs alone (`python3 computer.py OUT.zip`, Python 3.8 or newer, standard library only) and as `luciole collect computer`.
It writes OUT.zip and nothing else, sends nothing, needs no administrator, and lists everything that it ran and read.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import html
import json
import os
import platform
import stat
import subprocess
import sys
import time
import zipfile
from datetime import datetime, timezone
from typing import IO, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple, Union

FORMAT = "luciole-computer"
VERSION = 1
RECORD = "collection.json"
MIB = 1 << 20


class Files(NamedTuple):
    """Files to copy. pattern: a path with * and ?; {home} stands for every home folder; most, size: bounds."""

    pattern: str
    most: int = 400
    size: int = MIB


class Command(NamedTuple):
    """A command that only reads. name: of its output in the zip."""

    name: str
    words: Tuple[str, ...]


class Hive(NamedTuple):
    """Registry keys to export. depth: levels of keys below; names: only values so named (empty: all)."""

    path: str
    depth: int = 0
    names: Tuple[str, ...] = ()


def _powershell(name: str, script: str) -> Command:
    flags = ("powershell.exe", "-NoProfile", "-NonInteractive", "-Command")
    # modules of the system alone: one in a person's own folder could bring commands of the same names
    letters = "[Console]::OutputEncoding=[Text.UTF8Encoding]::new(); $env:PSModulePath=$PSHOME+'\\Modules'; "
    return Command(name, (*flags, letters + script + " | ConvertTo-Json -Depth 4 -Compress"))


_UNITS = "/{place}/systemd/{scope}/*.{kind}"
_UNIT_PLACES = (
    ("etc", "system"), ("etc", "user"), ("usr/lib", "system"), ("lib", "system"), ("run", "system"),
    ("usr/local/lib", "system"), ("usr/lib", "user"),
)  # fmt: skip
_CHROMIUM = {
    "windows": (
        "{home}\\AppData\\Local\\Google\\Chrome\\User Data", "{home}\\AppData\\Local\\Microsoft\\Edge\\User Data",
        "{home}\\AppData\\Local\\BraveSoftware\\Brave-Browser\\User Data", "{home}\\AppData\\Local\\Chromium\\User Data",
        "{home}\\AppData\\Local\\Vivaldi\\User Data",
    ),
    "macos": (
        "{home}/Library/Application Support/Google/Chrome", "{home}/Library/Application Support/Microsoft Edge",
        "{home}/Library/Application Support/BraveSoftware/Brave-Browser", "{home}/Library/Application Support/Chromium",
    ),
    "linux": (
        "{home}/.config/google-chrome", "{home}/.config/chromium", "{home}/.config/microsoft-edge",
        "{home}/.config/BraveSoftware/Brave-Browser", "{home}/snap/chromium/common/chromium",
    ),
}  # fmt: skip
"""Folders of browsers whose extensions lie in PROFILE/Extensions/ID/VERSION."""
_FIREFOX = {
    "windows": ("{home}\\AppData\\Roaming\\Mozilla\\Firefox\\Profiles",),
    "macos": ("{home}/Library/Application Support/Firefox/Profiles",),
    "linux": ("{home}/.mozilla/firefox", "{home}/snap/firefox/common/.mozilla/firefox"),
}

FILES: Dict[str, Tuple[Files, ...]] = {
    "windows": (
        Files("{system}\\System32\\drivers\\etc\\hosts"),
        Files("{system}\\System32\\Tasks\\*", 2000),
        Files("{system}\\System32\\Tasks\\*\\*", 2000),
        Files("{system}\\System32\\Tasks\\*\\*\\*", 2000),
    ),
    "macos": (
        Files("/Library/LaunchAgents/*.plist"), Files("/Library/LaunchDaemons/*.plist"),
        Files("{home}/Library/LaunchAgents/*.plist"),
        Files("/Library/Application Support/com.apple.TCC/TCC.db", 1, 16 * MIB),
        Files("{home}/Library/Application Support/com.apple.TCC/TCC.db", 40, 16 * MIB),
        Files("/Library/Application Support/com.apple.TCC/TCC.db-wal", 1, 16 * MIB),
        Files("{home}/Library/Application Support/com.apple.TCC/TCC.db-wal", 40, 16 * MIB),
        Files("/private/var/db/com.apple.backgroundtaskmanagement/BackgroundItems-*.btm", 4, 8 * MIB),
        Files("/Library/SystemExtensions/db.plist", 1),
        Files("/Library/Managed Preferences/*.plist"), Files("/Library/Managed Preferences/*/*.plist"),
        Files("/Applications/*.app/Contents/Info.plist", 1000), Files("/Applications/*/*.app/Contents/Info.plist", 1000),
        Files("{home}/Applications/*.app/Contents/Info.plist"),
        Files("/Applications/*.app/Contents/_MASReceipt/receipt", 1000, 1),
        Files("/Library/Extensions/*.kext/Contents/Info.plist"),
        Files("/etc/hosts"), Files("/private/etc/hosts"), Files("/etc/crontab"), Files("/usr/lib/cron/tabs/*"),
        Files("/Library/Preferences/com.apple.RemoteManagement.plist"),
        Files("/Library/Preferences/com.apple.RemoteDesktop.plist"),
        Files("/private/var/db/com.apple.xpc.launchd/disabled*.plist"),
        Files("/System/Library/CoreServices/SystemVersion.plist", 1),
    ),
    "linux": (
        *(Files(_UNITS.format(place=place, scope=scope, kind=kind), 1500)
          for place, scope in _UNIT_PLACES for kind in ("service", "timer")),
        Files("{home}/.config/systemd/user/*.service"), Files("{home}/.config/systemd/user/*.timer"),
        Files("{home}/.local/share/systemd/user/*.service"),
        Files("/etc/systemd/system/*.d/*.conf"), Files("/etc/systemd/user/*.d/*.conf"),
        Files("{home}/.config/systemd/user/*.d/*.conf"),
        Files("/etc/xdg/autostart/*.desktop"), Files("{home}/.config/autostart/*.desktop"),
        Files("/etc/crontab"), Files("/etc/cron.d/*"), Files("/var/spool/cron/crontabs/*"), Files("/var/spool/cron/*"),
        Files("/etc/udev/rules.d/*.rules"), Files("/run/udev/rules.d/*.rules"),
        Files("/usr/local/lib/udev/rules.d/*.rules"), Files("/etc/pam.d/*"),
        Files("/etc/ld.so.preload", 1), Files("/etc/environment", 1), Files("/etc/hosts", 1),
        Files("/etc/resolv.conf", 1), Files("/etc/os-release", 1), Files("/proc/modules", 1), Files("/etc/modules", 1),
        Files("/etc/modules-load.d/*"), Files("/etc/ssh/sshd_config", 1), Files("/etc/ssh/sshd_config.d/*"),
        Files("/etc/xrdp/xrdp.ini", 1), Files("/etc/apt/apt.conf.d/*proxy*"),
        Files("/usr/local/share/ca-certificates/*"), Files("/etc/pki/ca-trust/source/anchors/*"),
        Files("/etc/ca-certificates/trust-source/anchors/*"),
        Files("/etc/opt/*/policies/managed/*.json"), Files("/etc/chromium/policies/managed/*.json"),
        Files("/etc/firefox/policies/policies.json"), Files("/usr/lib/firefox/distribution/policies.json"),
    ),
}  # fmt: skip
"""What is copied byte by byte, for each system."""

_SHELL_FILES = (
    "{home}/.profile", "{home}/.bashrc", "{home}/.bash_profile", "{home}/.bash_login", "{home}/.zshrc", "{home}/.zshenv",
    "{home}/.zprofile", "{home}/.zlogin", "{home}/.xprofile", "{home}/.xinitrc", "{home}/.xsessionrc", "/etc/profile", "/etc/profile.d/*.sh",
    "/etc/zshrc", "/etc/bash.bashrc",
)  # fmt: skip
_STARTING = (
    "LD_PRELOAD", "DYLD_INSERT", "LD_LIBRARY_PATH", "nohup ", "setsid ", "PROMPT_COMMAND", "script -", "insmod", "modprobe",
)  # fmt: skip
"""A line of a shell start-up file is taken only where it holds one of these, or ends with &."""
_FOLDERS = {
    "windows": (
        "{home}\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup",
        "{data}\\Microsoft\\Windows\\Start Menu\\Programs\\StartUp",
    ),
    "macos": ("/Library/SystemExtensions", "/Library/Extensions", "/Library/StartupItems"),
    "linux": (),
}  # fmt: skip
"""Folders of which the names of the files are taken, and where a shortcut leads."""

_RUN = "Software\\Microsoft\\Windows\\CurrentVersion\\"
_NT = "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\"
_CLASSES = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\"
_UNINSTALL = (
    "DisplayName", "DisplayVersion", "Publisher", "InstallLocation", "InstallDate", "DisplayIcon", "SystemComponent",
    "UninstallString",
)  # fmt: skip
_SERVICE = ("ImagePath", "DisplayName", "Start", "Type", "ObjectName", "ServiceDll", "Description")
_NAME_SERVERS = ("NameServer", "DhcpNameServer")
REGISTRY: Tuple[Hive, ...] = (
    *(Hive(root + "\\" + _RUN + name, 0)
      for root in ("HKLM", "HKCU", "HKU\\*") for name in ("Run", "RunOnce", "RunServices", "Policies\\Explorer\\Run")),
    Hive("HKLM\\Software\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Run"),
    Hive("HKLM\\Software\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\RunOnce"),
    Hive("HKLM\\" + _RUN + "Uninstall", 1, _UNINSTALL),
    Hive("HKCU\\" + _RUN + "Uninstall", 1, _UNINSTALL),
    Hive("HKU\\*\\" + _RUN + "Uninstall", 1, _UNINSTALL),
    Hive("HKLM\\Software\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall", 1, _UNINSTALL),
    Hive(_NT + "Winlogon", 0, ("Shell", "Userinit", "Taskman", "VmApplet")),
    Hive(_NT + "Windows", 0, ("AppInit_DLLs", "LoadAppInit_DLLs", "Load", "Run")),
    Hive(_NT + "Image File Execution Options", 1, ("Debugger", "GlobalFlag")),
    Hive(_NT + "SilentProcessExit", 1, ("MonitorProcess",)),
    Hive("HKLM\\Software\\Microsoft\\Active Setup\\Installed Components", 1, ("StubPath",)),
    Hive("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa", 0, ("Authentication Packages", "Notification Packages", "Security Packages")),
    Hive("HKLM\\SYSTEM\\CurrentControlSet\\Services", 2, _SERVICE),
    Hive(_CLASSES + "{4d36e96b-e325-11ce-bfc1-08002be10318}", 0, ("UpperFilters", "LowerFilters")),
    Hive(_CLASSES + "{4d36e96f-e325-11ce-bfc1-08002be10318}", 0, ("UpperFilters", "LowerFilters")),
    *(Hive("HKLM\\SYSTEM\\CurrentControlSet\\Services\\" + family + "\\Parameters\\Interfaces", 1, _NAME_SERVERS)
      for family in ("Tcpip", "Tcpip6")),
    Hive("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server", 0, ("fDenyTSConnections", "fAllowToGetHelp")),
    Hive("HKCU\\" + _RUN + "Internet Settings", 0, ("ProxyEnable", "ProxyServer", "AutoConfigURL")),
    Hive("HKLM\\" + _RUN + "Internet Settings", 0, ("ProxyEnable", "ProxyServer", "AutoConfigURL")),
    Hive("HKU\\*\\" + _RUN + "Internet Settings", 0, ("ProxyEnable", "ProxyServer", "AutoConfigURL")),
    Hive("HKLM\\Software\\Microsoft\\Windows Defender\\Exclusions", 1),
    Hive("HKLM\\Software\\Policies\\Microsoft\\Windows Defender\\Exclusions", 1),
    Hive("HKLM\\Software\\Policies\\Microsoft\\Windows Defender", 1, ("DisableAntiSpyware", "DisableRealtimeMonitoring")),
    Hive("HKLM\\Software\\Microsoft\\Windows Defender\\Real-Time Protection", 0, ("DisableRealtimeMonitoring",)),
    *(Hive(root + "\\Software\\Policies\\" + browser + "\\ExtensionInstallForcelist", 0)
      for root in ("HKLM", "HKCU") for browser in ("Google\\Chrome", "Microsoft\\Edge", "BraveSoftware\\Brave", "Chromium")),
    *(Hive(root + "\\Software\\Google\\Chrome\\Extensions", 1, ("path", "version", "update_url")) for root in ("HKLM", "HKCU")),
    *(Hive(root + "\\Software\\Microsoft\\SystemCertificates\\ROOT\\Certificates", 1, ("Blob",)) for root in ("HKLM", "HKCU")),
    Hive("HKLM\\Software\\Microsoft\\Enrollments", 1, ("ProviderID", "DiscoveryServiceFullURL", "EnrollmentState")),
    Hive("HKLM\\SYSTEM\\CurrentControlSet\\Control\\CloudDomainJoin\\JoinInfo", 1, ("TenantId",)),
    Hive("HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters", 0, ("Domain", "NV Domain", *_NAME_SERVERS)),
    Hive("HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip6\\Parameters", 0, _NAME_SERVERS),
    Hive(_NT + "Winlogon\\SpecialAccounts\\UserList", 0),
    *(Hive(root + "\\Environment", 0, ("UserInitMprLogonScript",)) for root in ("HKCU", "HKU\\*")),
    *(Hive(root + "\\Control Panel\\Desktop", 0, ("SCRNSAVE.EXE",)) for root in ("HKCU", "HKU\\*")),
    *(Hive(root + "\\Software\\Microsoft\\Command Processor", 0, ("AutoRun",)) for root in ("HKLM", "HKCU")),
    Hive(_NT.rstrip("\\"), 0, ("ProductName", "CurrentBuild", "DisplayVersion")),
)  # fmt: skip
"""Registry keys that are exported value by value."""

COMMANDS: Dict[str, Tuple[Command, ...]] = {
    "windows": (
        Command("tasks.xml", ("schtasks.exe", "/query", "/xml", "ONE")),
        _powershell("wmi-consumers.json", "Get-CimInstance -Namespace root/subscription -ClassName __EventConsumer | Select-Object Name,CommandLineTemplate,ExecutablePath,ScriptText,ScriptFileName,ScriptingEngine,@{n='Class';e={$_.CimClass.CimClassName}}"),
        _powershell("wmi-bindings.json", "Get-CimInstance -Namespace root/subscription -ClassName __FilterToConsumerBinding | Select-Object @{n='Consumer';e={[string]$_.Consumer}},@{n='Filter';e={[string]$_.Filter}}"),
        _powershell("defender-preferences.json", "Get-MpPreference | Select-Object ExclusionPath,ExclusionProcess,ExclusionExtension,ExclusionIpAddress,DisableRealtimeMonitoring"),
        _powershell("defender-findings.json", "Get-MpThreatDetection | Select-Object ThreatID,ThreatStatusID,Resources,@{n='Time';e={$_.InitialDetectionTime.ToUniversalTime().ToString('o')}}"),
        _powershell("defender-threats.json", "Get-MpThreat | Select-Object ThreatID,ThreatName,IsActive"),
        _powershell("accounts.json", "Get-LocalUser | Select-Object Name,Enabled,@{n='SID';e={$_.SID.Value}}"),
        _powershell("remote-users.json", "Get-LocalGroupMember -SID S-1-5-32-555 | Select-Object Name,ObjectClass"),
        _powershell("administrators.json", "Get-LocalGroupMember -SID S-1-5-32-544 | Select-Object Name,ObjectClass"),
        _powershell("drivers.json", "Get-CimInstance Win32_SystemDriver | Where-Object State -eq 'Running' | Select-Object Name,PathName,DisplayName"),
    ),
    "macos": (
        Command("sw_vers.txt", ("/usr/bin/sw_vers",)),
        Command("enrolment.txt", ("/usr/bin/profiles", "status", "-type", "enrollment")),
        Command("profiles.plist", ("/usr/bin/profiles", "show", "-output", "stdout-xml")),
        Command("system-extensions.txt", ("/usr/bin/systemextensionsctl", "list")),
        Command("kernel-extensions.txt", ("/usr/bin/kmutil", "showloaded", "--list-only", "--no-kernel-components")),
        Command("background-items.txt", ("/usr/bin/sfltool", "dumpbtm")),
        Command("proxy.txt", ("/usr/sbin/scutil", "--proxy")),
        Command("dns.txt", ("/usr/sbin/scutil", "--dns")),
        Command("integrity.txt", ("/usr/bin/csrutil", "status")),
        Command("gatekeeper.txt", ("/usr/sbin/spctl", "--status")),
        Command("users.txt", ("/usr/bin/dscl", ".", "-list", "/Users", "UniqueID")),
        Command("administrators.txt", ("/usr/bin/dscl", ".", "-read", "/Groups/admin", "GroupMembership")),
        Command("remote-login.txt", ("/bin/launchctl", "print-disabled", "system")),
        Command("crontab.txt", ("/usr/bin/crontab", "-l")),
        Command("certificates.pem", ("/usr/bin/security", "find-certificate", "-a", "-p", "/Library/Keychains/System.keychain")),
    ),
    "linux": (
        Command("crontab.txt", ("crontab", "-l")),
        Command("dpkg.txt", ("dpkg-query", "-W", "-f=${Package}\\t${Version}\\t${db:Status-Status}\\t${Maintainer}\\n")),
        Command("rpm.txt", ("rpm", "-qa", "--qf", "%{NAME}\\t%{VERSION}-%{RELEASE}\\tinstalled\\t%{VENDOR}\\n")),
        Command("pacman.txt", ("pacman", "-Q")),
        Command("flatpak.txt", ("flatpak", "list", "--app", "--columns=application,version,origin,name")),
        Command("snap.txt", ("snap", "list")),
        Command("enabled-units.txt", ("systemctl", "list-unit-files", "--state=enabled", "--no-pager", "--no-legend", "--plain")),
        Command("proxy.txt", ("gsettings", "list-recursively", "org.gnome.system.proxy")),
        Command("remote-desktop.txt", ("gsettings", "list-recursively", "org.gnome.desktop.remote-desktop.rdp")),
        Command("name-servers.txt", ("resolvectl", "dns")),
    ),
}  # fmt: skip
"""Commands that only read, for each system. One that is not there is noted, not an error."""

Said = Dict[str, object]
_ENDING = {"windows": "\\", "macos": "/", "linux": "/"}
_PROGRAM_MOST = 400
_PROGRAM_SIZE = 64 * MIB
_SIGNED_AT_ONCE = 60
_EXECUTABLE = (".exe", ".dll", ".sys", ".bat", ".cmd", ".vbs", ".js", ".ps1", ".scr", ".com")
_SEARCHED = "/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin:/run/current-system/sw/bin"
"""Where commands are looked for: folders of the system, never one that this account's own settings name."""
_SYSTEM_PROGRAMS = {
    "powershell.exe": "\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "schtasks.exe": "\\System32\\schtasks.exe",
}  # fmt: skip
"""Windows looks for a bare name in the current folder first: these are run by their whole path."""
_QUOTES = "'\u2018\u2019\u201a\u201b"
"""What PowerShell takes for a single quote; two of them stand for one (its language specification, 2.3.5.2)."""
_ELSEWHERE = ("/net/", "/Network/")
"""Folders of Unix whose names alone make the system ask other computers."""
_NETWORK_DRIVE = 4
_LINES = (
    "/etc/udev/", "/run/udev/", "/usr/local/lib/udev/", "/etc/pam.d/", "/etc/cron", "/var/spool/cron/", "/usr/lib/cron/", "/etc/ld.so.preload",
    "/etc/environment",
)  # fmt: skip
"""Files whose lines name programs by their whole path."""
_AROUND_PATHS = {ord(each): " " for each in "\"'`=,;:()<>|&{}[]"}
_WITH_ACCESS = ("/etc/environment", "/etc/apt/")
"""Files in which addresses may hold a name and a password; both are left out."""


class Machine:
    """This computer, as far as it is read. Every way to the system goes through here; nothing here writes."""

    def __init__(self) -> None:
        self.system = {"Windows": "windows", "Darwin": "macos"}.get(platform.system(), "linux")
        self.release = platform.platform()
        self.closed: Dict[str, None] = {}
        self.variables = {
            "system": os.environ.get("SystemRoot", "C:\\Windows"),
            "data": os.environ.get("ProgramData", "C:\\ProgramData"),
        }

    def administrator(self) -> bool:
        """Whether this runs with the rights of an administrator."""
        if hasattr(os, "geteuid"):
            return os.geteuid() == 0
        import ctypes

        return bool(ctypes.windll.shell32.IsUserAnAdmin())  # type: ignore[attr-defined]

    def homes(self) -> List[str]:
        """The home folders of the people of this computer."""
        own = os.path.expanduser("~")
        above = {"windows": os.path.dirname(own), "macos": "/Users", "linux": "/home"}[self.system]
        found = [os.path.join(above, name) for name in self.listed(above)]
        return sorted({own, *(path for path in found if os.path.isdir(path) and not os.path.islink(path))})

    def listed(self, folder: str) -> List[str]:
        """Names in a folder; none where there is no such folder. One that is closed to this account is noted."""
        try:
            return sorted(os.listdir(folder))
        except PermissionError:
            self.closed[folder] = None
        except OSError:
            pass
        return []

    def is_file(self, path: str) -> bool:
        """Whether a file of the ordinary kind lies there, or something that this account may not even look at."""
        try:
            return stat.S_ISREG(os.stat(path).st_mode)
        except PermissionError:
            return True
        except (OSError, ValueError):
            return False

    def is_elsewhere(self, path: str) -> bool:
        """Whether only another computer could tell of this path: to look would send a message to it."""
        if self.system != "windows":
            return path.startswith(_ELSEWHERE)
        plain = path.replace("/", "\\")
        if plain.startswith("\\\\"):
            return True
        import ctypes

        windows = getattr(ctypes, "windll", None)
        return (
            windows is not None
            and plain[1:3] == ":\\"
            and (int(windows.kernel32.GetDriveTypeW(plain[:3])) == _NETWORK_DRIVE)
        )

    def is_link(self, path: str) -> bool:
        """Whether the name is a link to another file."""
        return os.path.islink(path)

    def real(self, path: str) -> str:
        """The path without links."""
        return os.path.realpath(path)

    def read(self, path: str, size: int) -> bytes:
        """The first `size` bytes of a file and one more, which says that it is longer. Raises OSError."""
        with open(path, "rb") as file:
            return file.read(size + 1)

    def changed(self, path: str) -> str:
        """When the file was last changed, UTC; empty where that is not known."""
        try:
            return _time(os.stat(path).st_mtime)
        except OSError:
            return ""

    def is_hidden(self, path: str) -> bool:
        """Whether Windows hides the file."""
        try:
            return bool(getattr(os.stat(path), "st_file_attributes", 0) & 2)
        except OSError:
            return False

    def run(self, words: Tuple[str, ...]) -> Tuple[int, bytes]:
        """Runs a command that only reads. Raises OSError and subprocess.SubprocessError."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LD_", "DYLD_"))}
        environment = {**kept, "LC_ALL": "C", "LANG": "C"}
        if self.system == "windows":
            words = (self.variables["system"] + _SYSTEM_PROGRAMS[words[0]], *words[1:])
        else:
            environment["PATH"] = _SEARCHED
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=90,
            check=False,
        )
        return done.returncode, done.stdout

    def values(self, hive: Hive) -> Iterator[Said]:
        """The values of registry keys; one that is closed to this account is noted, and the others go on."""
        import winreg

        root_name, _, path = hive.path.partition("\\")
        names = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKU": "HKEY_USERS"}
        root: object = getattr(winreg, names[root_name])
        if path.startswith("*\\"):
            for sid in _subkeys(root):
                if not sid.endswith("_Classes"):
                    yield from self._below(root, sid + path[1:], root_name, hive, hive.depth)
        else:
            yield from self._below(root, path, root_name, hive, hive.depth)

    def _below(self, root: object, path: str, shown: str, hive: Hive, depth: int) -> Iterator[Said]:
        import winreg

        try:
            opened = winreg.OpenKey(root, path, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY)  # type: ignore[attr-defined]
        except FileNotFoundError:
            return
        except PermissionError:
            if not path.lower().endswith("\\security"):
                self.closed[shown + "\\" + path] = None
            return
        with opened as key:
            number = 0
            while number < 5000:
                try:
                    name, data, kind = winreg.EnumValue(key, number)  # type: ignore[attr-defined]
                except OSError:
                    break
                number += 1
                if not hive.names or name.lower() in [each.lower() for each in hive.names]:
                    yield {"key": shown + "\\" + path, "name": name, "type": kind, "data": _plain(data)}
            for name in _subkeys(key) if depth else ():
                yield from self._below(root, path + "\\" + name, shown, hive, depth - 1)


def _subkeys(key: object) -> List[str]:
    import winreg

    names: List[str] = []
    try:
        while len(names) < 5000:
            names.append(winreg.EnumKey(key, len(names)))  # type: ignore[attr-defined]
    except OSError:
        pass
    return names


def _plain(data: object) -> Union[str, int, List[str]]:
    """A registry value as JSON can hold it; bytes as base64."""
    if isinstance(data, bytes):
        return "base64:" + base64.b64encode(data[:65536]).decode("ascii")
    if isinstance(data, list):
        return [str(each) for each in data]
    return data if isinstance(data, int) else str(data if data is not None else "")


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")


class Taking:
    """One collection: what was taken, and what was not and why."""

    def __init__(self, machine: Machine, archive: zipfile.ZipFile) -> None:
        self.machine = machine
        self.archive = archive
        self.files: List[Said] = []
        self.commands: List[Said] = []
        self.not_read: List[Said] = []
        self.looked: List[str] = []
        self.programs: Dict[str, None] = {}
        self._members: Dict[str, None] = {}

    def add(self, member: str, data: bytes) -> str:
        """Writes one member and returns its SHA-256."""
        self._members[member] = None
        self.archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
        return hashlib.sha256(data).hexdigest()

    def note(self, member: str, lines: List[Said]) -> None:
        """Writes lines of this program's own, and names them in the record."""
        data = _json_lines(lines)
        self.files.append({"member": member, "bytes": len(data), "sha256": self.add(member, data)})

    def missed(self, what: str, why: str) -> None:
        """Notes something that could not be read."""
        self.not_read.append({"what": what, "why": why})

    def copy(self, path: str, size: int, keep: Optional[Callable[[bytes], bytes]] = None) -> bytes:
        """Copies one file, or what `keep` leaves of it. Empty where it cannot be read, which is noted."""
        member = "files/" + path.replace("\\", "/").replace(":", "").lstrip("/")
        if member in self._members:
            return b""
        try:
            data = self.machine.read(path, size)
        except OSError as error:
            self.missed(path, error.strerror or type(error).__name__)
            return b""
        said: Said = {"path": path, "member": member, "read": _time(time.time()), "changed": self.machine.changed(path)}
        if len(data) > size:
            self.missed(path, "longer than %d bytes; the rest was left out" % size)
            data = data[:size]
        digest = hashlib.sha256(data).hexdigest()
        taken = keep(data) if keep else data
        said.update({"bytes": len(data), "sha256": digest, "reduced": keep is not None})
        said["sha256_member"] = self.add(member, taken)
        self.files.append(said)
        return taken

    def command(self, command: Command) -> bytes:
        """Runs one command and keeps its output."""
        started = time.time()
        said: Said = {"name": command.name, "words": list(command.words), "started": _time(started)}
        try:
            code, output = self.machine.run(command.words)
        except FileNotFoundError:
            self.missed("command " + command.name, "there is no " + command.words[0])
            return b""
        except (OSError, subprocess.SubprocessError) as error:
            self.missed("command " + command.name, type(error).__name__)
            return b""
        output = output[: 32 * MIB]
        member = "commands/" + command.name
        if code and not output:
            self.missed("command " + command.name, "ended with code %d and said nothing" % code)
        said.update({"code": code, "bytes": len(output), "milliseconds": int((time.time() - started) * 1000)})
        said.update({"member": member, "sha256": self.add(member, output)})
        self.commands.append(said)
        return output


def _found(machine: Machine, pattern: str) -> Iterator[str]:
    """Paths that fit a pattern, for every home folder; a star does not cross folders."""
    separator = _ENDING[machine.system]
    homes = machine.homes() if "{home}" in pattern else [""]
    for home in homes:
        whole = pattern.replace("{home}", home)
        for name, value in machine.variables.items():
            whole = whole.replace("{%s}" % name, value)
        parts = whole.split(separator)
        yield from _matching(machine, parts[0], parts[1:], separator)


def _matching(machine: Machine, above: str, parts: List[str], separator: str) -> Iterator[str]:
    if not parts:
        yield above
        return
    part = parts[0]
    if "*" in part:
        for name in machine.listed(above or separator):
            if fnmatch.fnmatchcase(name, part.replace("[", "[[]")):
                yield from _matching(machine, above + separator + name, parts[1:], separator)
    else:
        yield from _matching(machine, above + separator + part, parts[1:], separator)


def take_files(taking: Taking) -> None:
    """Copies the files of the table; links are followed only where one exact file is asked for."""
    seen: Dict[str, None] = {}
    for wanted in FILES[taking.machine.system]:
        count = 0
        taking.machine.closed.clear()
        for path in _found(taking.machine, wanted.pattern):
            if not taking.machine.is_file(path) or (wanted.most > 1 and taking.machine.is_link(path)):
                continue
            real = taking.machine.real(path)
            if real in seen:
                continue
            if count >= wanted.most:
                taking.missed(wanted.pattern, "more than %d files" % wanted.most)
                break
            seen[real] = None
            count += 1
            keep = _without_access if path.startswith(_WITH_ACCESS) else None
            _remember(taking, path, taking.copy(path, wanted.size, keep))
        taking.looked.append(wanted.pattern)
        for folder in taking.machine.closed:
            taking.missed(wanted.pattern, folder + " is closed to this account")
        taking.machine.closed.clear()


def _without_access(data: bytes) -> bytes:
    """The same words; of addresses without the name and the password before the server."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    plain = "\n".join(" ".join(map(_plain_address, line.split(" "))) for line in lines)
    return plain.encode("utf-8", "surrogateescape")


def _plain_address(word: str) -> str:
    start, mark, rest = word.partition("://")
    return start + mark + rest.rpartition("@")[2]


def _start_of(taking: Taking, path: str) -> None:
    """Notes a program that starts by itself, unless it lies on another computer, which must not learn of this."""
    if taking.machine.is_elsewhere(path):
        taking.missed(path, "lies on another computer and was not looked at")
    elif taking.machine.is_file(path):
        taking.programs[path] = None


def _remember(taking: Taking, path: str, data: bytes) -> None:
    """Notes the programs that a file starts, so that they are hashed and their signature is asked for."""
    if path.endswith("/Contents/Info.plist"):
        taking.programs[path[: -len("/Contents/Info.plist")]] = None
        return
    if path.startswith(_LINES):
        _remember_lines(taking, data)
    if path.endswith((".plist", ".service", ".desktop", ".conf")):
        for word in _words(data):
            if word.startswith("/"):
                _start_of(taking, word)
    if "\\Tasks\\" in path:
        for command in _task_commands(data):
            program = _windows_path(command, taking.machine)
            if program:
                _start_of(taking, program)


def _remember_lines(taking: Taking, data: bytes) -> None:
    """Notes the programs that lines of settings name by their whole path."""
    for line in data.decode("utf-8", "replace").splitlines():
        for word in line.translate(_AROUND_PATHS).split() if not line.lstrip().startswith("#") else ():
            if word.startswith("/"):
                _start_of(taking, word)


def _remember_answer(taking: Taking, name: str, output: bytes) -> None:
    """Notes the programs that the answer of a command says start by themselves."""
    if name == "crontab.txt":
        _remember_lines(taking, output)
    elif name == "background-items.txt":
        for line in output.decode("utf-8", "replace").splitlines():
            key, _, path = line.strip().partition(": ")
            if key == "Executable Path" and path.startswith("/"):
                _start_of(taking, path.strip())
    elif name == "wmi-consumers.json":
        for each in _objects(output):
            for key in ("CommandLineTemplate", "ExecutablePath", "ScriptFileName"):
                if path := _windows_path(str(_part(each).get(key) or ""), taking.machine):
                    _start_of(taking, path)


def _objects(output: bytes) -> List[object]:
    """An answer of PowerShell: one object, or a list of them; none where it is no JSON."""
    try:
        found = json.loads(output.decode("utf-8-sig", "replace") or "[]")
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else [found]


def _task_commands(data: bytes) -> Iterator[str]:
    """What a scheduled task starts, with its arguments: a script stands among those."""
    text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    for part in text.split("<Command>")[1:20]:
        yield html.unescape(part.partition("</Command>")[0].strip())


def _words(data: bytes) -> Iterator[str]:
    if data.startswith(b"bplist") or b"<plist" in data[:1000]:
        import plistlib

        try:
            content = plistlib.loads(data)
        except Exception:  # noqa: BLE001 - a property list of this machine may hold anything
            return
        given = content.get("ProgramArguments", []) if isinstance(content, dict) else []
        yield from (
            (str(each) for each in [*given[:20], content.get("Program", "")] if each)
            if given or isinstance(content, dict)
            else ()
        )
        return
    text = data.decode("utf-8", "replace").replace("<string>", " ").replace("</string>", "\n")
    for line in map(str.strip, text.splitlines()):
        for start in ("ExecStart=", "ExecStartPre=", "ExecStartPost=", "Exec=", "/"):
            if line.startswith(start):
                yield line[len(start) if start != "/" else 0 :].lstrip("-@+!:\"'").split(" ")[0].rstrip("\"'")


def take_shell_lines(taking: Taking) -> None:
    """Of shell start-up files only the lines that start or preload something: the rest may hold secrets."""
    for pattern in _SHELL_FILES if taking.machine.system != "windows" else ():
        taking.looked.append(pattern)
        for path in _found(taking.machine, pattern):
            if taking.machine.is_file(path):
                _remember_lines(taking, taking.copy(path, MIB, _starting_lines))


def _starting_lines(data: bytes) -> bytes:
    """The same number of lines, so that line numbers stay true; lines without a start are empty."""
    lines = data.decode("utf-8", "replace").split("\n")
    kept = [line if line.rstrip().endswith("&") or any(word in line for word in _STARTING) else "" for line in lines]
    return "\n".join("" if line.lstrip().startswith("#") else line for line in kept).encode("utf-8")


def take_folders(taking: Taking) -> None:
    """Names of the files in start-up folders, and the programs that shortcuts name."""
    lines: List[Said] = []
    for folder in _FOLDERS[taking.machine.system]:
        for above in _found(taking.machine, folder):
            for name in taking.machine.listed(above):
                path = above + _ENDING[taking.machine.system] + name
                named = _named_in(taking, path)
                lines.append({"path": path, "hidden": taking.machine.is_hidden(path), "names": named})
                for program in named:
                    _start_of(taking, program)
    taking.note("startup-folders.jsonl", lines)


def _named_in(taking: Taking, path: str) -> List[str]:
    """Paths that a shortcut names, from its texts in one-byte and two-byte letters."""
    if not path.lower().endswith((".lnk", ".url", ".vbs", ".bat", ".cmd")) or not taking.machine.is_file(path):
        return []
    try:
        data = taking.machine.read(path, 65536)
    except OSError as error:
        taking.missed(path, error.strerror or "")
        return []
    text = data.replace(b"\0", b"").decode("latin-1")
    found: Dict[str, None] = {}
    at = text.find(":\\")
    while at > 0 and len(found) < 8:
        piece = text[at - 1 : at + 260]
        low = piece.lower()
        stop = min((low.find(end) + len(end) for end in _EXECUTABLE if low.find(end) > 0), default=0)
        if stop and piece[0].isalpha() and piece[:stop].isprintable():
            found[piece[:stop]] = None
        at = text.find(":\\", at + 1)
    return list(found)


def take_registry(taking: Taking) -> None:
    """Exports the registry keys of the table, one value a line."""
    if taking.machine.system != "windows":
        return
    lines: List[Said] = []
    for hive in REGISTRY:
        try:
            lines.extend(taking.machine.values(hive))
        except OSError as error:
            taking.missed(hive.path, error.strerror or type(error).__name__)
    for key in taking.machine.closed:
        taking.missed(key, "closed to this account")
    taking.machine.closed.clear()
    _remember_values(taking, lines)
    taking.note("registry.jsonl", lines)


_NAME_PROGRAMS = ("Userinit", "Shell", "Taskman", "VmApplet", "Load", "Run")
"""Values that name programs one after the other, with commas between."""
_NAMES_PROGRAM = (
    "ImagePath", "ServiceDll", "Debugger", "MonitorProcess", "StubPath", "AppInit_DLLs", "UserInitMprLogonScript",
    "SCRNSAVE.EXE", "AutoRun",
)  # fmt: skip


def _remember_values(taking: Taking, lines: List[Said]) -> None:
    """Notes the programs that values name, so that they are hashed and their signature is asked for."""
    for line in lines:
        if str(line["name"]) in _NAMES_PROGRAM or "\\Run" in str(line["key"]):
            path = _windows_path(str(line["data"]), taking.machine)
            if path:
                _start_of(taking, path)
        for word in str(line["data"]).split(",") if str(line["name"]) in _NAME_PROGRAMS else ():
            if path := _windows_path(word.strip(), taking.machine):
                _start_of(taking, path)
    for line in lines:
        for name in _list(line["data"]) if str(line["name"]) == "UpperFilters" else ():
            _start_of(taking, taking.machine.variables["system"] + "\\System32\\drivers\\" + str(name) + ".sys")


def _windows_path(command: str, machine: Machine) -> str:
    lowered = command.lower()
    stop = min((lowered.find(end) + len(end) for end in _EXECUTABLE if lowered.find(end) > 0), default=0)
    path = command[:stop].strip().strip('"').replace("\\??\\", "")
    for name in ("%SystemRoot%", "\\SystemRoot", "%windir%"):
        if path.lower().startswith(name.lower()):
            path = machine.variables["system"] + path[len(name) :]
    return (
        machine.variables["system"] + "\\" + path if path.lower().startswith("system32") else os.path.expandvars(path)
    )


_SETTINGS = (
    "location", "from_webstore", "state", "path", "install_time", "was_installed_by_default", "active_permissions",
    "disable_reasons",
)  # fmt: skip
_ADDON = (
    "id", "version", "active", "userDisabled", "appDisabled", "location", "foreignInstall", "signedState", "sourceURI",
    "path", "installDate", "userPermissions", "optionalPermissions", "type",
)  # fmt: skip
_MANIFEST = (
    "name", "short_name", "version", "description", "permissions", "optional_permissions", "host_permissions", "update_url",
    "background", "browser_specific_settings", "default_locale",
)  # fmt: skip


def take_extensions(taking: Taking) -> None:
    """What extensions of browsers are allowed to do. Of a browser's settings only the part about extensions is kept."""
    lines: List[Said] = []
    separator = _ENDING[taking.machine.system]
    for base in _CHROMIUM[taking.machine.system]:
        for path in _found(taking.machine, separator.join([base, "*", "Extensions", "*", "*", "manifest.json"])):
            lines.extend(_chromium_extension(taking, path))
        for name in ("Preferences", "Secure Preferences"):
            for path in _found(taking.machine, separator.join([base, "*", name])):
                lines.extend(_chromium_settings(taking, path))
    for base in _FIREFOX[taking.machine.system]:
        for path in _found(taking.machine, separator.join([base, "*", "extensions.json"])):
            lines.extend(_firefox_addons(taking, path))
    taking.note("browser-extensions.jsonl", lines)


def _document(taking: Taking, path: str, size: int = 32 * MIB) -> Dict[str, object]:
    if not taking.machine.is_file(path):
        return {}
    try:
        data = taking.machine.read(path, size)
        document = json.loads(data.decode("utf-8-sig", "replace"))
    except (OSError, ValueError, RecursionError) as error:
        taking.missed(path, getattr(error, "strerror", None) or type(error).__name__)
        return {}
    said: Said = {"path": path, "read": _time(time.time()), "bytes": len(data), "reduced": True}
    taking.files.append({**said, "sha256": hashlib.sha256(data).hexdigest()})
    return document if isinstance(document, dict) else {}


def _part(document: object, *names: str) -> Dict[str, object]:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _chromium_extension(taking: Taking, path: str) -> Iterator[Said]:
    manifest = _document(taking, path, MIB)
    if manifest:
        identity = path.replace("\\", "/").split("/")[-3]
        yield {"kind": "chromium", "path": path, "id": identity, **_manifest(taking, manifest, path)}


def _manifest(taking: Taking, manifest: Dict[str, object], path: str) -> Said:
    kept = {key: manifest[key] for key in _MANIFEST if key in manifest}
    scripts = manifest.get("content_scripts")
    matches = [
        match
        for script in (scripts if isinstance(scripts, list) else ())
        for match in _list(_part(script).get("matches"))
    ]
    kept["content_scripts"] = [{"matches": sorted({str(match) for match in matches})[:100]}]
    name = str(manifest.get("name", ""))
    if name.startswith("__MSG_"):
        separator = _ENDING[taking.machine.system]
        locale = str(manifest.get("default_locale", "en")).replace("/", "").replace("\\", "").replace("..", "")
        folder = path.rpartition(separator)[0]
        texts = _document(taking, separator.join([folder, "_locales", locale, "messages.json"]), MIB)
        wanted = name[6:].rstrip("_").lower()
        kept["shown_name"] = next(
            (str(_part(text).get("message", "")) for key, text in texts.items() if key.lower() == wanted), ""
        )
    return {"manifest": kept}


def _list(found: object) -> List[object]:
    return found if isinstance(found, list) else []


def _chromium_settings(taking: Taking, path: str) -> Iterator[Said]:
    for identity, settings in _part(_document(taking, path), "extensions", "settings").items():
        kept = {key: _part(settings)[key] for key in _SETTINGS if key in _part(settings)}
        if kept:
            inner = _part(settings, "manifest")
            said: Said = {"kind": "chromium-settings", "path": path, "id": identity, "settings": kept}
            yield {**said, **(_manifest(taking, inner, "") if inner else {})}


def _firefox_addons(taking: Taking, path: str) -> Iterator[Said]:
    for addon in _list(_document(taking, path).get("addons")):
        kept = {key: _part(addon)[key] for key in _ADDON if key in _part(addon)}
        kept["defaultLocale"] = {"name": _part(addon, "defaultLocale").get("name", "")}
        yield {"kind": "firefox", "path": path, "addon": kept}


def take_accounts(taking: Taking) -> None:
    """Accounts of people on Linux: name, number, shell, groups that matter, and digests of keys for signing in."""
    if taking.machine.system != "linux":
        return
    people, groups = _table(taking, "/etc/passwd"), _table(taking, "/etc/group")
    lines: List[Said] = []
    for row in people:
        if (
            len(row) > 6
            and row[2].isdigit()
            and (int(row[2]) >= 1000 or row[2] == "0")
            and not row[6].endswith(("nologin", "false"))
        ):
            named = [group[0] for group in groups if len(group) > 3 and row[0] in group[3].split(",")]
            lines.append({"name": row[0], "uid": int(row[2]), "groups": named, "ssh_keys": _keys(taking, row[5])})
    taking.note("accounts.jsonl", lines)


def _table(taking: Taking, path: str) -> List[List[str]]:
    try:
        return [line.split(":") for line in taking.machine.read(path, MIB).decode("utf-8", "replace").splitlines()]
    except OSError as error:
        taking.missed(path, error.strerror or "")
        return []


def _keys(taking: Taking, home: str) -> List[str]:
    path = home + "/.ssh/authorized_keys"
    if not taking.machine.is_file(path):
        return []
    try:
        lines = taking.machine.read(path, MIB).splitlines()
    except OSError as error:
        taking.missed(path, error.strerror or "")
        return []
    return [
        hashlib.sha256(line.strip()).hexdigest() for line in lines if line.strip() and not line.strip().startswith(b"#")
    ]


def take_programs(taking: Taking) -> None:
    """For programs that start by themselves: digest, whether the file is hidden, who signed it, which package has it."""
    paths = list(taking.programs)
    if len(paths) > _PROGRAM_MOST:
        taking.missed("programs", "only the first %d of %d were hashed" % (_PROGRAM_MOST, len(paths)))
    signed = {"windows": _signed_windows, "macos": _signed_macos, "linux": _packaged}[taking.machine.system]
    said = {path: {**_hashed(taking, path)} for path in paths[:_PROGRAM_MOST]}
    for path, signer in signed(taking, list(said)):
        said[path].update(signer)
    taking.note("programs.jsonl", list(said.values()))


def _hashed(taking: Taking, path: str) -> Said:
    said: Said = {"path": path, "hidden": taking.machine.is_hidden(path)}
    if path.endswith(".app"):
        return said
    try:
        data = taking.machine.read(path, _PROGRAM_SIZE)
    except OSError as error:
        taking.missed(path, error.strerror or "")
        return said
    if len(data) > _PROGRAM_SIZE:
        taking.missed(path, "too large to be hashed")
        return said
    said.update({"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)})
    return said


def _signed_windows(taking: Taking, paths: List[str]) -> Iterator[Tuple[str, Said]]:
    for start in range(0, len(paths), _SIGNED_AT_ONCE):
        quoted = ",".join(map(_literal, paths[start : start + _SIGNED_AT_ONCE]))
        script = (
            "Get-AuthenticodeSignature -LiteralPath "
            + quoted
            + " | Select-Object Path,@{n='Status';e={[string]$_.Status}},"
            "@{n='Subject';e={$_.SignerCertificate.Subject}},@{n='Thumbprint';e={$_.SignerCertificate.Thumbprint}}"
        )
        output = taking.command(_powershell("signatures-%d.json" % start, script))
        try:
            found = json.loads(output.decode("utf-8-sig", "replace") or "[]")
        except ValueError:
            taking.missed("signatures", "the answer was no JSON")
            continue
        for each in found if isinstance(found, list) else [found]:
            path = _part(each).get("Path")
            if path in paths:
                states = {"Valid": "valid", "NotSigned": "unsigned"}
                state = states.get(str(each.get("Status")), "invalid")
                yield (
                    str(path),
                    {"state": state, "signer": each.get("Subject") or "", "sha1": each.get("Thumbprint") or ""},
                )


def _literal(text: str) -> str:
    """A text that PowerShell reads as a text, whatever it holds."""
    return "'" + "".join(2 * each if each in _QUOTES else each for each in text) + "'"


_SIGNED_BY_APPLE = """/usr/bin/codesign -dv --verbose=2 -- "$1" 2>&1
/usr/bin/codesign --verify --ignore-resources -R "=anchor apple generic" -- "$1" 2>/dev/null
echo "verified=$?"
"""
"""Shows who signed, then verifies it: the names that are shown are those that stand in the file, whoever wrote them."""
_VERIFIED = {"verified=0": "valid", "verified=1": "invalid", "verified=3": "invalid"}


def _signed_macos(taking: Taking, paths: List[str]) -> Iterator[Tuple[str, Said]]:
    for number, path in enumerate(paths):
        words = ("/bin/sh", "-c", _SIGNED_BY_APPLE, "sh", path)
        text = taking.command(Command("signature-%d.txt" % number, words)).decode("utf-8", "replace")
        names = [line[10:] for line in text.splitlines() if line.startswith("Authority=")]
        team = next((line[15:] for line in text.splitlines() if line.startswith("TeamIdentifier=")), "")
        verified = _VERIFIED.get(text.rstrip().rpartition("\n")[2], "") if names else ""
        state = "unsigned" if "not signed at all" in text else "ad-hoc" if "Signature=adhoc" in text else verified
        if state:
            yield path, {"state": state, "signer": names[0] if names else "", "team": "" if team == "not set" else team}


def _packaged(taking: Taking, paths: List[str]) -> Iterator[Tuple[str, Said]]:
    for start in range(0, len(paths), _SIGNED_AT_ONCE):
        words = ("dpkg-query", "-S", *paths[start : start + _SIGNED_AT_ONCE])
        for line in taking.command(Command("owners-%d.txt" % start, words)).decode("utf-8", "replace").splitlines():
            package, _, path = line.partition(": ")
            if path in paths:
                yield path, {"package": package.split(",")[0].split(":")[0]}


def _json_lines(lines: Iterable[object]) -> bytes:
    return b"".join(json.dumps(line, sort_keys=True, default=str).encode("utf-8") + b"\n" for line in lines)


STEPS = (take_registry, take_files, take_folders, take_shell_lines, take_extensions, take_accounts, take_programs)


def _silent(_: str) -> None:
    """Says nothing."""


def collect(machine: Machine, out: str, say: Callable[[str], None] = _silent) -> Said:
    """Writes the zip `out`, whole or not at all, readable by its owner alone; returns its record. Raises OSError."""
    making = out + ".making"
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            record = collect_into(machine, file, say)
        os.replace(making, out)
    except BaseException:
        os.unlink(making)
        raise
    return record


def collect_into(machine: Machine, file: IO[bytes], say: Callable[[str], None] = _silent) -> Said:
    """Writes the zip into an open file; returns its record."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        return _collected(Taking(machine, archive), say)


def _collected(taking: Taking, say: Callable[[str], None]) -> Said:
    started = time.time()
    administrator = taking.machine.administrator()
    for command in COMMANDS[taking.machine.system]:
        _remember_answer(taking, command.name, taking.command(command))
    for number, step in enumerate(STEPS, 1):
        say("%d/%d" % (number, len(STEPS)))
        try:
            step(taking)
        except Exception as error:  # noqa: BLE001 - one step that fails must not lose the others, and it is told
            taking.missed(step.__name__, type(error).__name__ + ": " + str(error))
        for folder in taking.machine.closed:
            taking.missed(step.__name__, folder + " is closed to this account")
        taking.machine.closed.clear()
    record: Said = {
        "format": FORMAT,
        "version": VERSION,
        "system": taking.machine.system,
        "release": taking.machine.release,
        "taken": _time(started),
        "seconds": int(time.time() - started),
        "administrator": administrator,
        "commands": taking.commands,
        "files": taking.files,
        "not_read": taking.not_read,
        "looked": taking.looked,
    }
    taking.add(RECORD, json.dumps(record, indent=1, sort_keys=True).encode("utf-8"))
    return record


WORDS: Dict[str, Dict[str, str]] = {
    "en": {
        "before": """This reads settings of this computer and writes one file: {out}
It changes nothing, sends nothing and needs no administrator.
It takes: programs that start by themselves, services, tasks, installed programs, browser extensions, certificates,
proxy and name servers, remote access, accounts, and rights to see the screen or the keys.
It does not take: documents, pictures, passwords, cookies, messages, or the history of a browser.

Before you go on, think of safety:
 - A program that watches this computer may see that this is run. A watching person may learn of it.
 - The protection against harmful programs may show a notice; Windows PowerShell may appear for a moment.
 - macOS may ask whether this terminal may see some folders. "Don't Allow" is a fine answer; the report says what is missing.
 - Programs that record commands, such as those of an employer, keep a note that this was run.
""",
        "ask": "Go on? 1 = yes, 2 = no:",
        "stopped": "Nothing was read or written.",
        "unwritable": "{out} could not be written:",
        "whole": "Everything that was asked for could be read.",
        "missed": "Not there, or not readable ({count}):",
        "rights": "Some of this needs the rights of an administrator. That is a choice, not a must: it leaves more traces.",
        "after": "Keep this file where the person of concern cannot reach it. It names programs and accounts of this computer.",
    },
    "fr": {
        "before": """Ce programme lit des réglages de cet ordinateur et écrit un seul fichier : {out}
Il ne modifie rien, n’envoie rien et n’a pas besoin d’un compte administrateur.
Il relève : les programmes qui démarrent seuls, les services, les tâches, les programmes installés, les extensions de
navigateur, les certificats, le proxy et les serveurs de noms, l’accès à distance, les comptes et les droits de voir
l’écran ou les touches.
Il ne relève pas : les documents, les images, les mots de passe, les cookies, les messages ni l’historique du navigateur.

Avant de continuer, pensez à votre sécurité :
 - Un programme qui surveille cet ordinateur peut voir ce qui se passe ici. Une personne qui surveille peut l’apprendre.
 - La protection contre les programmes nuisibles peut afficher un avis ; Windows PowerShell peut apparaître un instant.
 - macOS peut demander si ce terminal peut voir certains dossiers. « Ne pas autoriser » convient aussi : le rapport dira
   ce qui manque.
 - Les programmes qui enregistrent les commandes, comme ceux d’un employeur, gardent une trace de ce passage.
""",
        "ask": "Continuer ? 1 = oui, 2 = non :",
        "stopped": "Rien n’a été lu ni écrit.",
        "unwritable": "Impossible d’écrire {out} :",
        "whole": "Tout ce qui était demandé a pu être lu.",
        "missed": "Absent ou illisible ({count}) :",
        "rights": "Une partie demande les droits d’administration. C’est un choix, pas une obligation : cela laisse plus de traces.",
        "after": "Gardez ce fichier là où l’autre personne ne peut pas y accéder. Il nomme des programmes et des comptes de cet ordinateur.",
    },
    "it": {
        "before": """Questo programma legge impostazioni di questo computer e scrive un solo file: {out}
Non cambia nulla, non invia nulla e non richiede i diritti di amministratore.
Raccoglie: programmi che si avviano da soli, servizi, attività, programmi installati, estensioni del browser,
certificati, proxy e server dei nomi, accesso remoto, account e i diritti di vedere lo schermo o i tasti.
Non raccoglie: documenti, immagini, password, cookie, messaggi né la cronologia del browser.

Prima di continuare, pensare alla sicurezza:
 - Un programma che sorveglia questo computer può vedere che cosa si avvia. Chi sorveglia può venirlo a sapere.
 - La protezione contro i programmi dannosi può mostrare un avviso; Windows PowerShell può apparire per un momento.
 - macOS può chiedere se questo terminale può vedere alcune cartelle. "Non consentire" va bene: la relazione dirà che
   cosa manca.
 - I programmi che registrano i comandi, come quelli di un datore di lavoro, ne conservano traccia.
""",
        "ask": "Continuare? 1 = sì, 2 = no:",
        "stopped": "Non è stato letto né scritto nulla.",
        "unwritable": "Impossibile scrivere {out}:",
        "whole": "Tutto ciò che è stato chiesto si è potuto leggere.",
        "missed": "Assente o non leggibile ({count}):",
        "rights": "Per una parte servono i diritti di amministratore. È una scelta, non un obbligo: lascia più tracce.",
        "after": "Conservare questo file dove l'altra persona non può arrivare. Contiene nomi di programmi e di account di questo computer.",
    },
    "de": {
        "before": """Dieses Programm liest Einstellungen dieses Computers und schreibt eine einzige Datei: {out}
Es ändert nichts, sendet nichts und braucht keine Administratorrechte.
Es erfasst: Programme, die von selbst starten, Dienste, Aufgaben, installierte Programme, Browser-Erweiterungen,
Zertifikate, Proxy und Namensserver, Fernzugriff, Konten und Rechte, den Bildschirm oder die Tasten zu sehen.
Es erfasst nicht: Dokumente, Bilder, Passwörter, Cookies, Nachrichten oder den Verlauf des Browsers.

Denken Sie an Ihre Sicherheit, bevor Sie weitermachen:
 - Ein Programm, das diesen Computer überwacht, kann sehen, dass dies hier läuft. Wer überwacht, kann davon erfahren.
 - Der Schutz vor Schadprogrammen kann einen Hinweis zeigen; Windows PowerShell kann kurz erscheinen.
 - macOS kann fragen, ob dieses Terminal einige Ordner sehen darf. „Nicht erlauben“ ist eine gute Antwort; im Bericht
   steht dann, was fehlt.
 - Programme, die Befehle aufzeichnen, etwa die einer Firma, halten fest, dass dies ausgeführt wurde.
""",
        "ask": "Weitermachen? 1 = ja, 2 = nein:",
        "stopped": "Es wurde nichts gelesen und nichts geschrieben.",
        "unwritable": "{out} konnte nicht geschrieben werden:",
        "whole": "Alles, wonach gefragt wurde, konnte gelesen werden.",
        "missed": "Nicht vorhanden oder nicht lesbar ({count}):",
        "rights": "Ein Teil davon braucht Administratorrechte. Das ist möglich, aber kein Muss: Es hinterlässt mehr Spuren.",
        "after": "Bewahren Sie diese Datei dort auf, wo die andere Person nicht herankommt. Sie nennt Programme und Konten dieses Computers.",
    },
    "es": {
        "before": """Este programa lee ajustes de esta computadora y escribe un solo archivo: {out}
No cambia nada, no envía nada y no necesita permisos de administrador.
Recoge: programas que se inician solos, servicios, tareas, programas instalados, extensiones del navegador,
certificados, proxy y servidores de nombres, acceso remoto, cuentas y permisos para ver la pantalla o las teclas.
No recoge: documentos, imágenes, contraseñas, cookies, mensajes ni el historial del navegador.

Antes de continuar, piense en su seguridad:
 - Un programa que vigila esta computadora puede ver que esto se ejecuta. Quien vigila puede llegar a saberlo.
 - La protección contra programas dañinos puede mostrar un aviso; Windows PowerShell puede aparecer un momento.
 - macOS puede preguntar si esta terminal puede ver algunas carpetas. «No permitir» es una buena respuesta; el informe
   dirá qué falta.
 - Los programas que registran órdenes, como los de una empresa, guardan que esto se ejecutó.
""",
        "ask": "¿Seguir? 1 = sí, 2 = no:",
        "stopped": "No se leyó ni se escribió nada.",
        "unwritable": "No se pudo escribir {out}:",
        "whole": "Se pudo leer todo lo que se pidió.",
        "missed": "No existe o no se pudo leer ({count}):",
        "rights": "Una parte necesita permisos de administrador. Es una opción, no una obligación: deja más rastros.",
        "after": "Guarde este archivo donde la otra persona no pueda llegar. Contiene nombres de programas y de cuentas de esta computadora.",
    },
    "pt": {
        "before": """Este programa lê definições deste computador e escreve um único ficheiro: {out}
Não muda nada, não envia nada e não precisa de direitos de administrador.
Recolhe: programas que se iniciam sozinhos, serviços, tarefas, programas instalados, extensões do navegador,
certificados, proxy e servidores de nomes, acesso remoto, contas e direitos de ver o ecrã ou as teclas.
Não recolhe: documentos, imagens, palavras-passe, cookies, mensagens nem o histórico do navegador.

Antes de continuar, pense na sua segurança:
 - Um programa que vigia este computador pode ver que isto é executado. Quem vigia pode vir a saber.
 - A proteção contra programas nocivos pode mostrar um aviso; o Windows PowerShell pode aparecer por um momento.
 - O macOS pode perguntar se este terminal pode ver algumas pastas. “Não permitir” é uma boa resposta; o relatório dirá
   o que falta.
 - Os programas que registam comandos, como os de uma empresa, guardam que isto foi executado.
""",
        "ask": "Continuar? 1 = sim, 2 = não:",
        "stopped": "Nada foi lido nem escrito.",
        "unwritable": "Não foi possível escrever {out}:",
        "whole": "Foi possível ler tudo o que se pediu.",
        "missed": "Não existe ou não foi possível ler ({count}):",
        "rights": "Uma parte precisa de direitos de administrador. É uma escolha, não uma obrigação: deixa mais rasto.",
        "after": "Guarde este ficheiro onde a outra pessoa não lhe possa chegar. Contém nomes de programas e de contas deste computador.",
    },
    "ar": {
        "before": """يقرأ هذا البرنامج إعدادات هذا الكمبيوتر ويكتب ملفاً واحداً: \u2068{out}\u2069
لا يغيّر شيئاً، ولا يرسل شيئاً، ولا يحتاج إلى حساب مسؤول.
يجمع: البرامج التي تبدأ من تلقاء نفسها، والخدمات، والمهام، والبرامج المثبّتة، وإضافات المتصفح، والشهادات،
والخادم الوكيل وخوادم الأسماء، والوصول عن بُعد، والحسابات، وحقوق رؤية الشاشة أو المفاتيح.
لا يجمع: المستندات والصور وكلمات المرور وملفات تعريف الارتباط والرسائل وسجل المتصفح.

قبل المتابعة، من المهم التفكير في السلامة:
 - قد يرى برنامج يراقب هذا الكمبيوتر أن هذا البرنامج يعمل. وقد يعلم بذلك من يراقب.
 - قد تعرض الحماية من البرامج الضارة إشعاراً، وقد تظهر نافذة Windows PowerShell للحظة.
 - قد يسأل نظام macOS هل يُسمح لهذه النافذة برؤية بعض المجلدات. "عدم السماح" جواب مقبول، ويذكر التقرير ما ينقص.
 - البرامج التي تسجّل الأوامر، مثل برامج جهة العمل، تحتفظ بأن هذا البرنامج عمل هنا.
""",
        "ask": "هل نتابع؟ 1 = نعم، 2 = لا:",
        "stopped": "لم يُقرأ شيء ولم يُكتب شيء.",
        "unwritable": "تعذّرت كتابة \u2068{out}\u2069:",
        "whole": "تمت قراءة كل ما طُلب.",
        "missed": "غير موجود أو تعذّرت قراءته ({count}):",
        "rights": "يحتاج بعض هذا إلى حقوق المسؤول. هذا خيار وليس واجباً: فهو يترك آثاراً أكثر.",
        "after": "من الأفضل حفظ هذا الملف حيث لا يصل إليه الشخص الآخر. فيه أسماء برامج وحسابات من هذا الكمبيوتر.",
    },
}
"""What a person is told, by language. They stand here because this file also runs alone, where there is no catalogue."""


def language_of(wanted: str = "") -> str:
    """The language to speak: the one that is wanted, else that of the account, else English."""
    first, then = os.environ.get("LANGUAGE"), os.environ.get("LC_ALL")
    known = wanted or first or then or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or _of_windows()
    code = known.replace("-", "_").replace(".", "_").partition("_")[0].lower()
    return code if code in WORDS else "en"


def _of_windows() -> str:
    """What Windows itself speaks to this account, such as de_DE; empty on other systems."""
    import ctypes
    import locale

    system = getattr(ctypes, "windll", None)
    return locale.windows_locale.get(system.kernel32.GetUserDefaultUILanguage(), "") if system else ""


def words_for(wanted: str = "") -> Dict[str, str]:
    """The words of `WORDS` in a language; English where the terminal cannot show the letters of that language."""
    words = WORDS[language_of(wanted)]
    try:
        "".join(words.values()).encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (LookupError, UnicodeError):
        return WORDS["en"]
    return words


def add_arguments(parser: object) -> None:
    """Adds the arguments of this program to an argparse parser."""
    parser.add_argument("out", help="zip file to write; must not exist")  # type: ignore[attr-defined]
    parser.add_argument("--yes", action="store_true", help="do not ask before starting")  # type: ignore[attr-defined]
    parser.add_argument("--language", default="", choices=sorted(WORDS), help="of what is said")  # type: ignore[attr-defined]


def run(out: str, say: Callable[[str], None] = print, language: str = "") -> Said:
    """Collects from this computer into `out`, which must not exist. Raises OSError."""
    if os.path.lexists(out):
        raise FileExistsError(17, "exists already", str(out))
    words = words_for(language)
    record = collect(Machine(), str(out), say)
    missed = _list(record["not_read"])
    say("")
    say(words["missed"].format(count=len(missed)) if missed else words["whole"])
    for each in missed:
        say("  %s: %s" % (_part(each).get("what"), _part(each).get("why")))
    if missed and not record["administrator"]:
        say(words["rights"])
    say(words["after"])
    return record


def main(given: Optional[List[str]] = None) -> int:
    """The program that runs alone; returns the exit code."""
    import argparse

    parser = argparse.ArgumentParser(description="Collects settings of this computer, read-only, into one zip.")
    add_arguments(parser)
    asked = parser.parse_args(given)
    words = words_for(asked.language)
    print(words["before"].format(out=asked.out))
    if not asked.yes and sys.stdin.isatty() and input(words["ask"] + " ").strip().lower() not in ("1", "y", "yes"):
        print(words["stopped"])
        return 1
    try:
        run(asked.out, language=asked.language)
    except OSError as error:
        print(words["unwritable"].format(out=asked.out), error.strerror, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
