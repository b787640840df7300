"""The files of a computer that are known: by which name and beginning each is found, who reads it, what it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from luciole.apps import plist
from luciole.devices.parsers import sqlite_tables
from luciole.devices.parsers.computer import (
    certificates,
    collected,
    extensions,
    hive,
    linux,
    macos,
    registry,
    tasks,
    texts,
)
from luciole.devices.parsers.computer.records import Parse
from luciole.devices.parsers.rows import Account


class Artefact(NamedTuple):
    """Files that one parser reads.

    parts: words, one of which the path holds; endings: one of which it ends with; parser: takes the name and gives the
    parser; areas: that it speaks of; begins: says whether the first bytes fit.
    """

    system: str
    parts: tuple[str, ...]
    endings: tuple[str, ...]
    parser: Callable[[str], Parse]
    areas: tuple[str, ...]
    begins: Callable[[bytes], bool] | None = None

    def fits(self, name: str) -> bool:
        """Whether a name, in small letters and with a slash before it, is of this kind."""
        return name.endswith(self.endings) and (not self.parts or any(part in name for part in self.parts))


def _plain(parse: Parse) -> Callable[[str], Parse]:
    return lambda _: parse


def _registry(read: Callable[[bytes, Account], Iterator[registry.Value]]) -> Parse:
    return lambda data, account: registry.records(read(data, account), account)


HIVE = (
    "computer.autostart", "computer.services", "computer.programs", "computer.hooks", "computer.network", "computer.protection",
    "computer.remote", "computer.certificates", "computer.management", "computer.extensions", "computer.system",
)  # fmt: skip
SOFTWARE = tuple(area for area in HIVE if area not in {"computer.services", "computer.remote", "computer.network"})
SYSTEM = ("computer.services", "computer.hooks", "computer.network", "computer.remote", "computer.management")
PERSON = ("computer.autostart", "computer.network")
NET, START, SERVICES, TASKS, HOOKS = (
    "computer.network",
    "computer.autostart",
    "computer.services",
    "computer.tasks",
    "computer.hooks",
)
PROGRAMS, REMOTE, MANAGED, GRANTS = "computer.programs", "computer.remote", "computer.management", "computer.grants"
EXTENSIONS, PROTECTION, SYSTEM_AREA, SIGNERS = (
    "computer.extensions",
    "computer.protection",
    "computer.system",
    "computer.signers",
)
CERTIFICATES = "computer.certificates"

ARTEFACTS: tuple[Artefact, ...] = (
    Artefact("any", (), ("/startup-folders.jsonl",), _plain(collected.folders), (START,)),
    Artefact("any", (), ("/programs.jsonl",), _plain(collected.programs), (SIGNERS,)),
    Artefact("any", (), ("/browser-extensions.jsonl",), _plain(extensions.collected), (EXTENSIONS,)),
    Artefact("windows", (), ("/registry.jsonl",), _plain(_registry(registry.exported)), HIVE),
    Artefact("windows", (), ("/ntuser.dat",), _plain(_registry(hive.values)), PERSON, lambda start: start.startswith(hive.MAGIC)),
    Artefact("windows", (), ("/software",), _plain(_registry(hive.values)), SOFTWARE, lambda start: start.startswith(hive.MAGIC)),
    Artefact("windows", (), ("/system",), _plain(_registry(hive.values)), SYSTEM, lambda start: start.startswith(hive.MAGIC)),
    Artefact("windows", ("/system32/tasks/",), ("",), _plain(tasks.parse), (TASKS,)),
    Artefact("windows", ("/tasks/",), ("",), _plain(tasks.parse), (TASKS,), tasks.looks_like),
    Artefact("windows", ("/commands/",), ("/tasks.xml",), _plain(tasks.listing), (TASKS,)),
    Artefact("windows", ("/commands/",), ("/wmi-consumers.json",), _plain(texts.consumers), (HOOKS,)),
    Artefact("windows", ("/commands/",), ("/defender-preferences.json",), _plain(texts.defender_preferences), (PROTECTION,)),
    Artefact("windows", ("/commands/",), ("/defender-threats.json",), _plain(texts.defender_threats), (PROTECTION,)),
    Artefact("windows", ("/commands/",), ("/defender-findings.json",), _plain(texts.defender_detections), (PROTECTION,)),
    Artefact("windows", ("/commands/",), ("/accounts.json",), _plain(texts.local_accounts), (REMOTE,)),
    Artefact("windows", ("/commands/",), ("/remote-users.json",), _plain(texts.members("remote-desktop")), (REMOTE,)),
    Artefact("windows", ("/commands/",), ("/administrators.json",), _plain(texts.members("administrator")), (REMOTE,)),
    Artefact("windows", ("/commands/",), ("/drivers.json",), _plain(texts.drivers), (SERVICES,)),
    Artefact("windows", ("/startup/",), (".lnk", ".url", ".vbs", ".bat", ".cmd"), collected.shortcut, (START,)),
    Artefact("macos", ("/launchagents/",), (".plist",), macos.launch_job, (START,), plist.looks_like),
    Artefact("macos", ("/launchdaemons/",), (".plist",), macos.launch_job, (SERVICES,), plist.looks_like),
    Artefact("macos", (), ("/tcc.db",), _plain(macos.grants(b"", sure=False)), (GRANTS,), sqlite_tables.looks_like),
    Artefact("macos", (".app/contents/", ".kext/contents/"), ("/info.plist",), macos.app_info, (PROGRAMS,)),
    Artefact("macos", (".app/contents/_masreceipt",), ("/receipt",), macos.receipt, (PROGRAMS,)),
    Artefact("macos", (), (".btm",), _plain(macos.background_file), (START,)),
    Artefact("macos", ("/commands/",), ("/background-items.txt",), _plain(macos.background_items), (START,)),
    Artefact("macos", (), ("/profiles.plist", ".mobileconfig"), _plain(macos.profiles), (MANAGED,)),
    Artefact("macos", ("/managed preferences/",), ("chrome.plist", "edge.plist", "browser.plist", "chromium.plist"), _plain(macos.browser_policy), (EXTENSIONS,), plist.looks_like),
    Artefact("macos", ("/commands/",), ("/enrolment.txt",), _plain(macos.enrolment), (MANAGED,)),
    Artefact("macos", ("/commands/",), ("/system-extensions.txt",), _plain(macos.system_extensions), (SERVICES,)),
    Artefact("macos", ("/commands/",), ("/kernel-extensions.txt",), _plain(macos.kernel_extensions), (SERVICES,)),
    Artefact("macos", ("/commands/",), ("/dns.txt",), _plain(macos.name_servers), (NET,)),
    Artefact("macos", ("/commands/",), ("/integrity.txt", "/gatekeeper.txt"), _plain(macos.protections), (PROTECTION,)),
    Artefact("macos", ("/commands/",), ("/users.txt",), _plain(macos.users), (REMOTE,)),
    Artefact("macos", ("/commands/",), ("/administrators.txt",), _plain(macos.administrators), (REMOTE,)),
    Artefact("macos", ("/commands/",), ("/remote-login.txt",), _plain(macos.disabled_services), (REMOTE,)),
    Artefact("macos", (), ("/com.apple.remotemanagement.plist",), _plain(macos.remote_management), (REMOTE,)),
    Artefact("macos", ("/commands/",), ("/sw_vers.txt",), _plain(macos.version), (SYSTEM_AREA,)),
    Artefact("macos", (), ("/systemversion.plist",), _plain(macos.version), (SYSTEM_AREA,)),
    Artefact("linux", ("/systemd/",), (".service",), linux.unit, (SERVICES,)),
    Artefact("linux", (".service.d/",), (".conf",), linux.unit, (SERVICES,)),
    Artefact("linux", ("/autostart/",), (".desktop",), linux.desktop_entry, (START,)),
    Artefact("linux", (), ("/ld.so.preload",), _plain(linux.preload), (HOOKS,)),
    Artefact("linux", ("/etc/",), ("/environment",), _plain(linux.environment), (HOOKS, NET)),
    Artefact("linux", (), ("/proc/modules", "/etc/modules"), linux.modules, (SERVICES,)),
    Artefact("linux", ("/modules-load.d/",), (".conf",), linux.modules, (SERVICES,)),
    Artefact("linux", ("/udev/rules.d/",), (".rules",), linux.device_rules, (HOOKS,)),
    Artefact("linux", ("/etc/pam.d/",), ("",), linux.sign_in, (HOOKS,)),
    Artefact("linux", (), ("/accounts.jsonl",), _plain(linux.accounts), (REMOTE, GRANTS)),
    Artefact("linux", ("/etc/",), ("/group",), _plain(linux.group_file), (REMOTE, GRANTS)),
    Artefact("linux", ("/commands/",), ("/dpkg.txt", "/rpm.txt", "/pacman.txt", "/flatpak.txt", "/snap.txt"), _plain(linux.packages), (PROGRAMS,)),
    Artefact("linux", ("/dpkg/",), ("/status",), _plain(linux.dpkg_status), (PROGRAMS,)),
    Artefact("linux", ("/commands/",), ("/enabled-units.txt",), _plain(linux.enabled_units), (REMOTE,)),
    Artefact("linux", ("/commands/",), ("/proxy.txt",), _plain(linux.settings), (NET,)),
    Artefact("linux", ("/commands/",), ("/remote-desktop.txt",), _plain(linux.settings), (REMOTE,)),
    Artefact("linux", (), ("/resolv.conf", "/name-servers.txt"), _plain(texts.resolver), (NET,)),
    Artefact("linux", (), ("/os-release",), _plain(linux.release), (SYSTEM_AREA,)),
    Artefact("any", ("/firefox/", "/distribution/"), ("/policies.json",), _plain(linux.firefox_policy), (EXTENSIONS,)),
    Artefact("linux", ("/policies/managed/",), (".json",), _plain(linux.browser_policy), (EXTENSIONS,)),
    Artefact("macos", ("/commands/",), ("/proxy.txt",), _plain(macos.proxies), (NET,)),
    Artefact("any", (), ("/.profile", "/.bashrc", "/.bash_profile", "/.bash_login", "/.zshrc", "/.zshenv", "/.zprofile", "/.zlogin", "/.xprofile", "/.xinitrc",
                         "/.xsessionrc", "/etc/profile", "/etc/zshrc", "/bash.bashrc"), linux.shell, (START, HOOKS)),
    Artefact("any", ("/profile.d/",), (".sh",), linux.shell, (START, HOOKS)),
    Artefact("any", ("/cron.d/", "/crontabs/", "/cron/tabs/", "/spool/cron/"), ("",), linux.crontab, (TASKS,)),
    Artefact("any", (), ("/crontab", "/crontab.txt"), linux.crontab, (TASKS,)),
    Artefact("any", ("/ssh/",), ("/sshd_config",), _plain(texts.secure_shell), (REMOTE,)),
    Artefact("any", ("/sshd_config.d/",), (".conf",), _plain(texts.secure_shell), (REMOTE,)),
    Artefact("any", (), ("/hosts",), _plain(texts.hosts), (NET,)),
    Artefact("any", ("/ca-certificates/", "/anchors/", "/commands/"), (".crt", ".pem", ".cer", ".der"), _plain(certificates.parse), (CERTIFICATES,)),
    Artefact("any", ("/extensions/",), ("/manifest.json",), extensions.manifest, (EXTENSIONS,)),
    Artefact("any", (), ("/preferences",), extensions.preferences, (EXTENSIONS,), lambda start: start.lstrip()[:1] == b"{"),
    Artefact("any", (), ("/secure preferences",), extensions.preferences, (EXTENSIONS,), lambda start: start.lstrip()[:1] == b"{"),
    Artefact("any", ("/firefox/", "/profiles/"), ("/extensions.json",), extensions.firefox, (EXTENSIONS,)),
)  # fmt: skip
"""Every file that is known, most special first; a file is read by the first that fits its name, system and beginning."""
