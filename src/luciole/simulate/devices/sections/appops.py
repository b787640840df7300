"""The dumpsys section `appops`: the shapes of Android 9 and before, of Android 10, and of Android 11 and later."""

from __future__ import annotations

from collections.abc import Iterator

from luciole.simulate.devices.description import App, AppOp
from luciole.simulate.devices.phone import Phone, duration

Lines = Iterator[str]
_MODES = {"allow": 0, "ignore": 1, "deny": 2, "default": 3, "foreground": 4}


def appops(phone: Phone) -> Lines:
    """Operations by Android user id and package."""
    yield "Current AppOps Service state:"
    if phone.since(10):
        yield from ("  Settings:", "    top_state_settle_time=+30s0ms", "    fg_service_state_settle_time=+10s0ms")
        yield from ("    bg_state_settle_time=+1s0ms", "")
    yield "  Op mode watchers:"
    yield "    Op COARSE_LOCATION:"
    yield "      #0: ModeCallback{b8f1a14 watchinguid=-1 flags=0x1 from uid=1000 pid=4098}"
    yield ""
    for user in phone.users:
        for app in phone.user_apps(phone.at("dumpsys appops"), user.id):
            if app.appops or app.system:
                yield f"  Uid {phone.uid_name(app, user.id)}:"
                yield "    state=cch"
                yield f"    Package {app.package}:"
                yield from _operations(phone, app)


def _operations(phone: Phone, app: App) -> Lines:
    if not app.appops:
        yield "      READ_EXTERNAL_STORAGE: mode=0" if not phone.since(10) else "      READ_EXTERNAL_STORAGE (allow): "
    for name, use in app.appops.items():
        if not phone.since(10):
            yield _old(phone, name, use)
            continue
        yield f"      {name} ({use.mode}): "
        if not phone.since(11):
            yield from (f"          {line}" for line in _uses(phone, use))
        elif any((use.last_foreground, use.last_background, use.last_rejected)):
            yield "        null=["
            yield from (f"          {line}" for line in _uses(phone, use))
            yield "        ]"


def _old(phone: Phone, name: str, use: AppOp) -> str:
    words = [f"      {name}: mode={_MODES[use.mode]}"]
    last = max(use.last_foreground, use.last_background)
    if last:
        words.append(f"time=+{phone.ago(last)} ago")
    if use.last_rejected:
        words.append(f"rejectTime=+{phone.ago(use.last_rejected)} ago")
    if use.seconds:
        words.append(f"duration=+{duration(use.seconds)}")
    return "; ".join(words)


def _uses(phone: Phone, use: AppOp) -> Lines:
    length = f" duration=+{duration(use.seconds)}" if use.seconds else ""
    for state, when in (("fg", use.last_foreground), ("bg", use.last_background)):
        if when:
            yield f"Access: [{state}-s] {phone.stamp_ms(when)} (-{phone.ago(when)}){length}"
    if use.last_rejected:
        yield f"Reject: [bg-s]{phone.stamp_ms(use.last_rejected)} (-{phone.ago(use.last_rejected)})"
