"""A simulated computer with macOS: its files, and what its commands answer."""

from __future__ import annotations

import base64
import plistlib
import sqlite3

from luciole.simulate.devices.computer.description import Computer, Program
from luciole.simulate.devices.computer.windows import extensions

HOME = "/Users/home"
_CHROME = HOME + "/Library/Application Support/Google/Chrome/Default/"
_FIREFOX = HOME + "/Library/Application Support/Firefox/Profiles/a.default/"
_SINCE = 1_735_800_000


def rights(grants: list[tuple[str, str, int]]) -> bytes:
    """A TCC.db. grants: service, client, and 1 where the client is a path."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE access (service TEXT NOT NULL, client TEXT NOT NULL, client_type INTEGER NOT NULL, "
        "auth_value INTEGER NOT NULL, auth_reason INTEGER NOT NULL, last_modified INTEGER NOT NULL DEFAULT 0, "
        "PRIMARY KEY (service, client, client_type))"
    )
    connection.executemany("INSERT INTO access VALUES (?, ?, ?, 2, 4, ?)", [(*each, _SINCE) for each in grants])
    connection.commit()
    data = connection.serialize()
    connection.close()
    return data


def files(computer: Computer) -> dict[str, bytes]:
    """Paths and contents."""
    found = {
        "/System/Library/CoreServices/SystemVersion.plist": plistlib.dumps(
            {"ProductName": "macOS", "ProductVersion": "14.5"}
        ),
        "/private/etc/hosts": (
            "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for address, name in computer.hosts)
        ).encode(),
    }
    for program in computer.programs:
        found |= _program(program)
    grants = [
        (service, program.id if program.listed else program.path, int(not program.listed))
        for program in computer.programs
        for service in program.grants
    ]
    found[HOME + "/Library/Application Support/com.apple.TCC/TCC.db"] = rights(grants)
    found["/Library/Application Support/com.apple.TCC/TCC.db"] = rights([])
    if computer.remote_on:
        found["/Library/Preferences/com.apple.RemoteManagement.plist"] = plistlib.dumps({"ARD_AllLocalUsers": True})
    if computer.shell_lines:
        found[HOME + "/.zshrc"] = ("export TOKEN=secret\n" + "\n".join(computer.shell_lines) + "\n").encode()
    found |= extensions(computer, _CHROME, _FIREFOX, "/")
    return found


def _program(program: Program) -> dict[str, bytes]:
    found = {program.path: program.content}
    bundle = program.path.partition(".app/")[0] + ".app" if ".app/" in program.path else ""
    if program.listed and bundle:
        info = {
            "CFBundleIdentifier": program.id,
            "CFBundleName": program.label or program.id,
            "CFBundleShortVersionString": program.version,
        }
        found[bundle + "/Contents/Info.plist"] = plistlib.dumps(
            {**info, **({"LSUIElement": True} if program.no_window else {})}
        )
    job = {"Label": program.id, "ProgramArguments": [program.path, *program.arguments.split()], "RunAtLoad": True}
    if "launch-agent" in program.starts:
        found[f"{HOME}/Library/LaunchAgents/{program.id}.plist"] = plistlib.dumps(job)
    if "launch-agent-binary" in program.starts:
        found[f"/Library/LaunchAgents/{program.id}.plist"] = plistlib.dumps(job, fmt=plistlib.FMT_BINARY)
    if "launch-daemon" in program.starts:
        found[f"/Library/LaunchDaemons/{program.id}.plist"] = plistlib.dumps(job)
    return found


def answers(computer: Computer) -> dict[str, bytes]:
    """What commands answer, by the name of their output."""
    host, _, port = computer.proxy.rpartition(":")
    off = "disabled" if computer.protection_off else "enabled"
    on = "enabled" if computer.remote_on else "disabled"
    background = "".join(
        f" #{number}:\n    Name: {each.label}\n    Type: login item (0x4)\n    Disposition: [enabled, allowed]\n"
        f"    Identifier: {each.id}\n    Executable Path: {each.path}\n"
        for number, each in enumerate(computer.programs, 1)
        if "login-item" in each.starts
    )
    loaded = "".join(
        f"*\t*\tABCDE12345\t{each.id} (1.0/1)\t{each.label}\t[activated enabled]\n"
        for each in computer.programs
        if "system-extension" in each.starts
    )
    kernel = "".join(
        f"  120    0 0xffffff 0x1000 0x1000 {each.id} (1.0)\n"
        for each in computer.programs
        if "kernel-extension" in each.starts
    )
    cron = "".join(
        f"@reboot {each.path} {each.arguments}".strip() + "\n" for each in computer.programs if "cron" in each.starts
    )
    proxy = f"  HTTPEnable : 1\n  HTTPPort : {port}\n  HTTPProxy : {host}\n" if computer.proxy else ""
    script = (
        f"  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : {computer.proxy_script}\n"
        if computer.proxy_script
        else ""
    )
    return {
        "sw_vers.txt": b"ProductName:\t\tmacOS\nProductVersion:\t\t14.5\nBuildVersion:\t\t23F79\n",
        "enrolment.txt": (
            f"Enrolled via DEP: No\nMDM enrollment: {'Yes (User Approved)' if computer.management else 'No'}\n"
            + (f"MDM server: {computer.management}\n" if computer.management else "")
        ).encode(),
        "profiles.plist": plistlib.dumps(
            {
                "_computerlevel": [
                    {
                        "ProfileIdentifier": each,
                        "ProfileOrganization": "Example",
                        "ProfileItems": [{"PayloadType": "com.apple.wifi.managed"}],
                    }
                    for each in computer.profiles
                ]
            }
        ),
        "system-extensions.txt": f"{loaded.count(chr(10))} extension(s)\n{loaded}".encode(),
        "kernel-extensions.txt": f"Index Name\n    1    0 0 0 0 com.apple.kpi.bsd (23.5.0)\n{kernel}".encode(),
        "background-items.txt": f"========================\n Items:\n{background}".encode(),
        "proxy.txt": f"<dictionary> {{\n{proxy}{script}}}\n".encode(),
        "dns.txt": (
            "DNS configuration\n\nresolver #1\n"
            + "".join(
                f"  nameserver[{number}] : {each}\n"
                for number, each in enumerate((*computer.name_servers, *computer.given_name_servers))
            )
        ).encode(),
        "integrity.txt": f"System Integrity Protection status: {off}.\n".encode(),
        "gatekeeper.txt": b"assessments enabled\n",
        "users.txt": b"_www 70\nhome 501\n" + b"".join(f".{name} 502\n".encode() for name in computer.hidden_accounts),
        "administrators.txt": f"GroupMembership: root {' '.join(computer.administrators)}\n".encode(),
        "remote-login.txt": f'disabled services = {{\n\t"com.openssh.sshd" => {on}\n}}\n'.encode(),
        "crontab.txt": cron.encode(),
        "certificates.pem": "".join(
            f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(each).decode()}-----END CERTIFICATE-----\n"
            for each in computer.certificates
        ).encode(),
    }


def signature(program: Program) -> bytes:
    """What codesign says about a program."""
    if program.state == "unsigned":
        return f"{program.path}: code object is not signed at all\n".encode()
    if program.state == "ad-hoc":
        return b"Signature=adhoc\nTeamIdentifier=not set\n"
    ending = 0 if program.state == "valid" else 3
    return f"Authority={program.signer}\nTeamIdentifier=ABCDE12345\nverified={ending}\n".encode()
