"""Log texts of a simulated device: system log, intrusion log, ANR trace and tombstone."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from luciole.simulate.devices.description import App, IntrusionEvent, LogLine
from luciole.simulate.devices.phone import Phone


def logcat(phone: Phone, place: str = "logcat") -> Iterator[str]:
    """Lines in the threadtime form of logcat."""
    yield "--------- beginning of main\n"
    now = phone.description.taken
    for index in range(phone.description.filler.log_lines):
        yield _line(phone, LogLine("WifiService", f"scan finished, {index % 7} networks", now, "D"))
    if place == "logcat":
        yield from (_line(phone, row) for row in phone.description.log)
        for host in phone.planted("host", "logcat"):
            yield _line(phone, LogLine("OkHttp", f"--> POST https://{host}/v1/items (212-byte body)", now))
        for host in phone.planted("host", "logcat encoded"):
            yield _line(phone, LogLine("Web", f"open /go?u=https%3A%2F%2F{host}%2Fv1&x=1", now))
    for app in phone.at(place):
        if app.process or app.only_in:
            owner = phone.uid_name(app, app.users[0])
            text = f"Start proc 4321:{app.package}/{owner} for service {{{app.package}/.CoreService}}"
            yield _line(phone, LogLine("ActivityManager", text, now))


def _line(phone: Phone, row: LogLine) -> str:
    when = phone.stamp_ms(row.at or phone.description.taken)[5:]
    number = 1000 + phone.number(row.tag, 9000)
    return f"{when} {number:>5} {number + 9:>5} {row.level} {row.tag:<8}: {row.text}\n"


def intrusion_log(phone: Phone) -> Iterator[str]:
    """One JSON object a line, as the exported intrusion log of Android 16 has it."""
    for index, event in enumerate(_events(phone)):
        yield msgspec.json.encode(_event(phone, index, event)).decode() + "\n"


def _events(phone: Phone) -> Iterator[IntrusionEvent]:
    yield from phone.description.intrusion
    if phone.description.intrusion:
        for subject in phone.description.user_certificates:
            yield IntrusionEvent("cert_authority_installed", subject)
    for place, kind in _PLACES.items():
        for app in phone.at(place):
            if app.only_in:
                yield IntrusionEvent(kind, app.package, "cdn.example")
    for host in phone.planted("host", "intrusion dns"):
        yield IntrusionEvent("dns", "com.android.chrome", host)
    for value in phone.planted("digest", "intrusion process"):
        yield IntrusionEvent("app_process_start", "org.example.started", sha256=value)


_PLACES = {
    "intrusion dns": "dns",
    "intrusion connect": "connect",
    "intrusion process": "app_process_start",
    "intrusion installed": "package_installed",
}


def _event(phone: Phone, index: int, event: IntrusionEvent) -> dict[str, object]:
    when = phone.epoch_ms(event.at or phone.description.taken)
    if event.kind == "dns":
        return {"dns_event": {
            "event_id": index, "event_time": when, "package_name": event.package, "hostname": event.host,
            "ip_addresses": [f"/{event.address}"], "ip_addresses_count": 1,
        }}  # fmt: skip
    if event.kind == "connect":
        return {"connect_event": {
            "event_id": index, "event_time": when, "package_name": event.package, "port": 443,
            "ip_address": f"/{event.address}",
        }}  # fmt: skip
    detail: dict[str, object] = {"package_name": event.package, "version_code": 1, "user_id": 0}
    if event.kind == "cert_authority_installed":
        detail = {"success": True, "subject": event.package, "user_id": 0}
    if event.kind == "app_process_start":
        detail = {
            "process": event.package, "start_time": when * 10**6, "uid": 10_200, "pid": 4321, "seinfo": "default",
            "sha256": event.sha256 or "0" * 64,
        }  # fmt: skip
    return {"security_event": {"event_id": index, "event_time": when * 10**6, event.kind: detail}}


def anr(phone: Phone) -> str | None:
    """A trace of an app that did not answer; None where there is none."""
    apps = [app for app in phone.at("anr") if app.only_in]
    hosts = phone.planted("host", "anr")
    if not apps and not hosts:
        return None
    package = apps[0].package if apps else "org.example.waiting"
    lines = [
        "Subject: Input dispatching timed out",
        f"----- pid 4321 at {phone.stamp_ms(phone.description.taken)} -----",
        f"Cmd line: {package}",
        '"main" prio=5 tid=1 Native',
        *(f"  - waiting for https://{host}/v1" for host in hosts),
        "----- end 4321 -----",
    ]
    return "\n".join(lines) + "\n"


def tombstone(phone: Phone) -> str | None:
    """A native crash; None where there is none."""
    apps = [app for app in phone.at("tombstone") if app.only_in]
    return _tombstone(phone, apps[0]) if apps else None


def _tombstone(phone: Phone, app: App) -> str:
    return (
        "*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***\n"
        f"Build fingerprint: '{phone.description.manufacturer}/{phone.description.model}'\n"
        "Revision: '0'\nABI: 'arm64'\n"
        f"Timestamp: {phone.stamp_ms(phone.description.taken)}000000+0000\n"
        "Process uptime: 12s\n"
        f"Cmdline: {app.package}\n"
        f"pid: 4321, tid: 4400, name: worker  >>> {app.package} <<<\n"
        f"uid: {phone.uid(app)}\n"
        "signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0000000000000010\n"
    )
