"""A simulated computer with Linux: its files, and what its commands answer."""

from __future__ import annotations

import base64
import json

from luciole.simulate.devices.computer.description import Computer, Program
from luciole.simulate.devices.computer.windows import extensions

HOME = "/home/home"


def files(computer: Computer) -> dict[str, bytes]:
    """Paths and contents."""
    found = {
        "/etc/os-release": b'PRETTY_NAME="Debian GNU/Linux 12"\nVERSION_ID="12"\n',
        "/etc/hosts": (
            "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for address, name in computer.hosts)
        ).encode(),
        "/etc/passwd": _people(computer),
        "/etc/group": _groups(computer),
        "/etc/resolv.conf": "".join(f"nameserver {each}\n" for each in computer.name_servers).encode(),
        "/lib/systemd/system/cron.service": _unit("Cron", "/usr/sbin/cron -f"),
        "/proc/modules": b"ext4 1 2 - Live 0x0\n"
        + b"".join(
            f"{each.id} 1 0 - Live 0x0 (O)\n".encode() for each in computer.programs if "kernel-module" in each.starts
        ),
    }
    preloads = [program.path for program in computer.programs if "preload" in program.starts]
    if preloads:
        found["/etc/ld.so.preload"] = "\n".join(preloads).encode()
    for number, program in enumerate(computer.programs):
        found |= _program(program, number)
    for number, certificate in enumerate(computer.certificates):
        pem = f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(certificate).decode()}-----END CERTIFICATE-----\n"
        found[f"/usr/local/share/ca-certificates/{number}.crt"] = pem.encode()
    if computer.shell_lines:
        found[HOME + "/.bashrc"] = ("export TOKEN=secret\n" + "\n".join(computer.shell_lines) + "\n").encode()
    if computer.remote_accounts:
        found[HOME + "/.ssh/authorized_keys"] = b"ssh-ed25519 AAAA somebody@example\n"
    forced = [each.id for each in computer.extensions if each.forced]
    if forced:
        found["/etc/opt/chrome/policies/managed/rules.json"] = json.dumps(
            {"ExtensionInstallForcelist": forced}
        ).encode()
    found |= extensions(computer, HOME + "/.config/google-chrome/Default/", HOME + "/.mozilla/firefox/a.default/", "/")
    return found


def _people(computer: Computer) -> bytes:
    others = [name for name in computer.administrators if name != "home"]
    lines = ["root:x:0:0:root:/root:/bin/bash", "home:x:1000:1000:A Name:/home/home:/bin/bash"]
    lines += [f"{name}:x:{number}:{number}::/home/{name}:/bin/bash" for number, name in enumerate(others, 1001)]
    return ("\n".join(lines) + "\n").encode()


def _groups(computer: Computer) -> bytes:
    lines = (f"sudo:x:27:{','.join(computer.administrators)}", f"input:x:104:{','.join(computer.input_group)}")
    return ("\n".join(lines) + "\n").encode()


def _unit(label: str, command: str) -> bytes:
    lines = [
        "[Unit]",
        f"Description={label}",
        "[Service]",
        f"ExecStart={command}",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return ("\n".join(lines) + "\n").encode()


def _program(program: Program, number: int) -> dict[str, bytes]:
    found = {program.path: program.content}
    command = f"{program.path} {program.arguments}".strip()
    if "unit" in program.starts:
        found[f"/etc/systemd/system/{program.id}.service"] = _unit(program.label, command)
    if "unit-part" in program.starts:
        found["/etc/systemd/system/cron.service.d/more.conf"] = f"[Service]\nExecStartPost={command}\n".encode()
    if "user-unit" in program.starts:
        found[f"{HOME}/.config/systemd/user/unit{number}.service"] = f"[Service]\nExecStart={command}\n".encode()
    if "desktop-entry" in program.starts:
        text = f"[Desktop Entry]\nType=Application\nName={program.label}\nExec={command}\n"
        found[f"{HOME}/.config/autostart/entry{number}.desktop"] = text.encode()
    if "cron" in program.starts:
        found[f"/etc/cron.d/job{number}"] = f"# a job\n*/5 * * * * root {command}\n".encode()
    if "udev" in program.starts:
        found[f"/etc/udev/rules.d/9{number}.rules"] = f'ACTION=="add", SUBSYSTEM=="usb", RUN+="{command}"\n'.encode()
    if "udev-question" in program.starts:
        text = f'ACTION=="add", PROGRAM=="{command}", SYMLINK+="inert"\n'
        found[f"/run/udev/rules.d/9{number}.rules"] = text.encode()
    if "sign-in" in program.starts:
        found[f"/etc/pam.d/step{number}"] = f"session optional pam_exec.so quiet {command}\n".encode()
    if "shell" in program.starts:
        found[HOME + "/.profile"] = f"nohup {command} &\n".encode()
    return found


def answers(computer: Computer) -> dict[str, bytes]:
    """What commands answer, by the name of their output."""
    packages = "".join(
        f"{each.id}\t{each.version}\tinstalled\t{each.publisher}\n" for each in computer.programs if each.listed
    )
    owners = "".join(f"{each.id}: {each.path}\n" for each in computer.programs if each.listed)
    host, _, port = computer.proxy.rpartition(":")
    proxy = (
        "org.gnome.system.proxy mode 'manual'\n"
        f"org.gnome.system.proxy.http host '{host}'\norg.gnome.system.proxy.http port {port}\n"
    )
    script = f"org.gnome.system.proxy mode 'auto'\norg.gnome.system.proxy autoconfig-url '{computer.proxy_script}'\n"
    return {
        "dpkg.txt": f"cron\t3.0\tinstalled\tDebian\n{packages}".encode(),
        "enabled-units.txt": b"cron.service enabled\n" + (b"ssh.service enabled\n" if computer.remote_on else b""),
        "proxy.txt": (
            proxy if host else script if computer.proxy_script else "org.gnome.system.proxy mode 'none'\n"
        ).encode(),
        "owners-0.txt": owners.encode(),
        "name-servers.txt": f"Global:\nLink 2 (eth0): {' '.join(computer.given_name_servers)}\n".encode(),
    }
