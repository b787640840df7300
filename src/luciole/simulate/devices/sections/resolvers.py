"""Resolver tables of the dumpsys section `package`: which components answer to which events."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.simulate.devices.description import App
from luciole.simulate.devices.phone import Phone, short

Answers = dict[str, list[str]]


def resolver_tables(phone: Phone) -> Iterator[str]:
    """The tables of activities, receivers, services and providers, each with its actions."""
    for title, answers in (
        ("Activity Resolver Table:", _activities(phone)),
        ("Receiver Resolver Table:", _receivers(phone)),
        ("Service Resolver Table:", _services(phone)),
    ):
        yield from _table(phone, title, answers)
    yield "Provider Resolver Table:"
    yield "  Non-Data Actions:"
    yield ""
    yield "Preferred Activities User 0:"
    yield "  Non-Data Actions:"
    yield ""


def _table(phone: Phone, title: str, answers: Answers) -> Iterator[str]:
    yield title
    yield "  Non-Data Actions:"
    for action, rows in answers.items():
        yield f"      {action}:"
        for row in rows:
            yield from _filter(phone, action, row) if phone.description.filters else [f"        {row}"]
    yield ""


def _filter(phone: Phone, action: str, row: str) -> Iterator[str]:
    yield f"        {row} filter {phone.identity(row + 'filter')}"
    yield f'          Action: "{action}"'
    if action == "android.intent.action.MAIN":
        yield '          Category: "android.intent.category.LAUNCHER"'
    if action == "android.provider.Telephony.SMS_RECEIVED":
        yield "          mPriority=999, mOrder=0, mHasStaticPartialTypes=false, mHasDynamicPartialTypes=false"


def _row(phone: Phone, app: App, name: str) -> str:
    return f"{phone.identity(app.package + name)} {short(app, name)}"


def _activities(phone: Phone) -> Answers:
    apps = [app for app in phone.at("dumpsys package activities") if app.launcher]
    return {"android.intent.action.MAIN": [_row(phone, app, ".MainActivity") for app in apps]}


def _receivers(phone: Phone) -> Answers:
    found: Answers = {}
    for app in phone.at("dumpsys package receivers"):
        for action in app.broadcasts:
            found.setdefault(action, []).append(_row(phone, app, ".EventReceiver"))
        if app.admin:
            row = _row(phone, app, app.admin.receiver)
            found.setdefault("android.app.action.DEVICE_ADMIN_ENABLED", []).append(row)
    return found


def _services(phone: Phone) -> Answers:
    found: Answers = {}
    for app in phone.at("dumpsys package services"):
        for service in app.accessibility:
            action = "android.accessibilityservice.AccessibilityService"
            found.setdefault(action, []).append(_row(phone, app, service.service))
        if app.listener:
            action = "android.service.notification.NotificationListenerService"
            found.setdefault(action, []).append(_row(phone, app, app.listener.service))
        if app.keyboard:
            found.setdefault("android.view.InputMethod", []).append(_row(phone, app, app.keyboard.service))
        if app.vpn:
            found.setdefault("android.net.VpnService", []).append(_row(phone, app, ".TunnelService"))
    return found
