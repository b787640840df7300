"""A simulated computer with Windows: its registry, files, and what its commands answer."""

from __future__ import annotations

import json

from luciole.simulate.devices.computer.description import Computer, Program
from luciole.simulate.devices.computer.hive import Data

Registry = dict[str, dict[str, Data]]
HOME = "C:\\Users\\home"
_CURRENT = "Software\\Microsoft\\Windows\\CurrentVersion\\"
_NT = "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\"
_SERVICES = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\"
_KEYBOARD = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4d36e96b-e325-11ce-bfc1-08002be10318}"
_CHROME = HOME + "\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\"


def registry(computer: Computer) -> Registry:
    """Keys and their values."""
    found: Registry = {
        _NT.rstrip("\\"): {"ProductName": "Windows 11 Home", "CurrentBuild": "22631"},
        _NT + "Winlogon": {"Shell": "explorer.exe", "Userinit": "C:\\Windows\\system32\\userinit.exe,"},
        _SERVICES + "Spooler": {"ImagePath": "%SystemRoot%\\System32\\spoolsv.exe", "Start": 2, "Type": 16},
        _SERVICES + "kbdclass": {"ImagePath": "system32\\drivers\\kbdclass.sys", "Start": 3, "Type": 1},
        _KEYBOARD: {"UpperFilters": ["kbdclass"]},
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server": {
            "fDenyTSConnections": int(not computer.remote_on)
        },
    }
    for number, program in enumerate(computer.programs):
        _program(found, program, number)
    _settings(found, computer)
    return found


def _program(found: Registry, program: Program, number: int) -> None:
    command = f'"{program.path}" {program.arguments}'.strip()
    if program.listed:
        found[f"HKLM\\{_CURRENT}Uninstall\\{program.id}"] = {
            "DisplayName": program.label or program.id,
            "DisplayVersion": program.version,
            "Publisher": program.publisher,
            "InstallLocation": program.path.rpartition("\\")[0],
            "InstallDate": "20250102",
            **({"SystemComponent": 1} if program.list_hidden else {}),
        }
    places: dict[str, tuple[str, dict[str, Data]]] = {
        "run-key": (f"HKCU\\{_CURRENT}Run", {f"Entry{number}": command}),
        "run-key-system": (f"HKLM\\{_CURRENT}Run", {f"Entry{number}": command}),
        "service": (_SERVICES + program.id, {"ImagePath": command, "Start": 2, "Type": 16}),
        "service-library": (_SERVICES + program.id + "\\Parameters", {"ServiceDll": program.path}),
        "driver": (_SERVICES + program.id, {"ImagePath": "\\??\\" + program.path, "Start": 1, "Type": 1}),
        "winlogon": (_NT + "Winlogon", {"Userinit": f"C:\\Windows\\system32\\userinit.exe,{program.path}"}),
        "image-options": (_NT + "Image File Execution Options\\taskmgr.exe", {"Debugger": command}),
        "logon-script": ("HKCU\\Environment", {"UserInitMprLogonScript": command}),
        "screen-saver": ("HKCU\\Control Panel\\Desktop", {"SCRNSAVE.EXE": program.path}),
        "command-line": ("HKCU\\Software\\Microsoft\\Command Processor", {"AutoRun": command}),
        "appinit": (_NT + "Windows", {"AppInit_DLLs": program.path, "LoadAppInit_DLLs": 1}),
        "active-setup": (
            "HKLM\\Software\\Microsoft\\Active Setup\\Installed Components\\" + program.id,
            {"StubPath": command},
        ),
        "key-filter": (_KEYBOARD, {"UpperFilters": ["kbdclass", program.path.rpartition("\\")[2].rpartition(".")[0]]}),
    }
    for kind in program.starts:
        if kind in places:
            key, values = places[kind]
            found.setdefault(key, {}).update(values)


def _settings(found: Registry, computer: Computer) -> None:
    internet: dict[str, Data] = (
        {"ProxyEnable": 1, "ProxyServer": computer.proxy} if computer.proxy else {"ProxyEnable": 0}
    )
    if computer.proxy_script:
        internet["AutoConfigURL"] = computer.proxy_script
    found[f"HKCU\\{_CURRENT}Internet Settings"] = internet
    if computer.name_servers:
        found[_SERVICES + "Tcpip\\Parameters\\Interfaces\\{0}"] = {"NameServer": ",".join(computer.name_servers)}
    if computer.given_name_servers:
        given = " ".join(computer.given_name_servers)
        found[_SERVICES + "Tcpip\\Parameters\\Interfaces\\{1}"] = {"DhcpNameServer": given}
    if computer.exclusions:
        key = "HKLM\\Software\\Microsoft\\Windows Defender\\Exclusions\\Paths"
        found[key] = dict.fromkeys(computer.exclusions, 0)
    if computer.protection_off:
        found["HKLM\\Software\\Policies\\Microsoft\\Windows Defender"] = {"DisableAntiSpyware": 1}
    if computer.hidden_accounts:
        found[_NT + "Winlogon\\SpecialAccounts\\UserList"] = dict.fromkeys(computer.hidden_accounts, 0)
    if computer.management:
        found["HKLM\\Software\\Microsoft\\Enrollments\\{1}"] = {"ProviderID": computer.management, "EnrollmentState": 1}
    forced = [each.id for each in computer.extensions if each.forced]
    if forced:
        found["HKLM\\Software\\Policies\\Google\\Chrome\\ExtensionInstallForcelist"] = {
            str(number): f"{each};https://update.example" for number, each in enumerate(forced, 1)
        }
    for number, certificate in enumerate(computer.certificates):
        blob = (
            (32).to_bytes(4, "little")
            + (1).to_bytes(4, "little")
            + len(certificate).to_bytes(4, "little")
            + certificate
        )
        found[f"HKLM\\Software\\Microsoft\\SystemCertificates\\ROOT\\Certificates\\{number:040X}"] = {"Blob": blob}


def task(program: Program, name: str) -> str:
    """A scheduled task in XML."""
    hidden = str(program.hidden_task).lower()
    return (
        '<?xml version="1.0" encoding="UTF-16"?>\r\n'
        '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\r\n'
        f"<RegistrationInfo><URI>\\{name}</URI></RegistrationInfo>\r\n<Triggers><LogonTrigger/></Triggers>\r\n"
        f"<Settings><Enabled>true</Enabled><Hidden>{hidden}</Hidden></Settings>\r\n"
        f"<Actions><Exec><Command>{program.path}</Command><Arguments>{program.arguments}</Arguments></Exec></Actions></Task>\r\n"
    )


def files(computer: Computer) -> dict[str, bytes]:
    """Paths and contents."""
    found = {
        "C:\\Windows\\System32\\drivers\\etc\\hosts": _hosts(computer),
        "C:\\Windows\\System32\\Tasks\\Updates": task(
            Program("u", "%SystemRoot%\\System32\\usoclient.exe"), "Updates"
        ).encode("utf-16"),
        **{program.path: program.content for program in computer.programs},
    }
    startup = HOME + "\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\"
    for number, program in enumerate(computer.programs):
        if "task" in program.starts:
            found[f"C:\\Windows\\System32\\Tasks\\Task{number}"] = task(program, f"Task{number}").encode("utf-16")
        if "startup-folder" in program.starts:
            found[f"{startup}Entry{number}.lnk"] = b"L\0\0\0" + program.path.encode("utf-16-le")
    found |= extensions(computer, _CHROME, HOME + "\\AppData\\Roaming\\Mozilla\\Firefox\\Profiles\\a.default\\", "\\")
    return found


def extensions(computer: Computer, chrome: str, firefox: str, separator: str) -> dict[str, bytes]:
    """Folders and settings of the browsers' extensions."""
    found, settings, addons = {}, {}, []
    for each in computer.extensions:
        manifest = {"name": each.name, "version": "1.0", "manifest_version": 3, "permissions": list(each.permissions)}
        if each.browser == "firefox":
            addon = {
                "id": each.id,
                "version": "1.0",
                "active": True,
                "location": "app-profile",
                "type": "extension",
                "signedState": 2,
            }
            addons.append(
                {
                    **addon,
                    "defaultLocale": {"name": each.name},
                    "userPermissions": {"permissions": list(each.permissions), "origins": []},
                }
            )
            continue
        found[separator.join([chrome + "Extensions", each.id, "1.0_0", "manifest.json"])] = json.dumps(
            manifest
        ).encode()
        settings[each.id] = {
            "location": each.location,
            "from_webstore": each.location == 1,
            "state": 1,
            "path": each.id + "/1.0_0",
        }
    found[chrome + "Preferences"] = json.dumps(
        {"account_info": [{"email": "private@example.org"}], "extensions": {"settings": settings}}
    ).encode()
    found[firefox + "extensions.json"] = json.dumps({"schemaVersion": 36, "addons": addons}).encode()
    return found


def _hosts(computer: Computer) -> bytes:
    return ("127.0.0.1 localhost\r\n" + "".join(f"{address} {name}\r\n" for address, name in computer.hosts)).encode()


def answers(computer: Computer) -> dict[str, bytes]:
    """What commands answer, by the name of their output."""
    consumers = [
        {"Name": name, "ScriptText": text, "Class": "ActiveScriptEventConsumer"}
        for name, text in computer.waiting_scripts
    ]
    consumers += [
        {
            "Name": program.id,
            "CommandLineTemplate": f'"{program.path}" {program.arguments}'.strip(),
            "Class": "CommandLineEventConsumer",
        }
        for program in computer.programs
        if "wmi" in program.starts
    ]
    tasks = "".join(
        f"<!-- \\Task{number} -->\r\n{task(each, f'Task{number}')}"
        for number, each in enumerate(computer.programs)
        if "task" in each.starts
    )
    people = [{"Name": "home", "Enabled": True, "SID": "S-1-5-21-1-2-3-1001"}]
    return {
        "tasks.xml": tasks.encode("utf-16"),
        "wmi-consumers.json": json.dumps(consumers).encode(),
        "defender-preferences.json": json.dumps(
            {"ExclusionPath": list(computer.exclusions) or None, "DisableRealtimeMonitoring": computer.protection_off}
        ).encode(),
        "defender-threats.json": json.dumps(
            [
                {"ThreatID": number, "ThreatName": name, "IsActive": False}
                for number, name in enumerate(computer.findings, 1)
            ]
        ).encode(),
        "accounts.json": json.dumps(people).encode(),
        "remote-users.json": json.dumps(
            [{"Name": f"PC\\{name}", "ObjectClass": "User"} for name in computer.remote_accounts]
        ).encode(),
        "administrators.json": json.dumps(
            [{"Name": f"PC\\{name}", "ObjectClass": "User"} for name in computer.administrators]
        ).encode(),
        "signatures-0.json": json.dumps(
            [
                {
                    "Path": program.path,
                    "Status": {"valid": "Valid", "unsigned": "NotSigned"}.get(program.state, "HashMismatch"),
                    "Subject": program.signer if program.state == "valid" else None,
                    "Thumbprint": program.thumbprint if program.state == "valid" else None,
                }
                for program in computer.programs
                if program.state
            ]
        ).encode(),
    }
