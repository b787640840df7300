"""The dumpsys sections about use and power: usagestats, batterystats, deviceidle and netpolicy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from luciole.simulate.devices.description import App
from luciole.simulate.devices.phone import Phone, parse_time

Lines = Iterator[str]


def usagestats(phone: Phone) -> Lines:
    """Daily to yearly totals of each user."""
    for user in phone.users:
        yield f"user={user.id}"
        yield '  Last 24 hour events (timeRange="3/13/2025, 10:20 AM – 3/14/2025, 10:20 AM" )'
        apps = list(phone.user_apps(phone.at("dumpsys usagestats"), user.id))
        for app in apps:
            if app.usage and app.usage.last_used:
                when = phone.stamp(app.usage.last_used)
                yield f'    time="{when}" type=ACTIVITY_RESUMED package={app.package} class={app.package}.MainActivity'
        for period in ("daily", "weekly", "monthly", "yearly"):
            yield f"  In-memory {period} stats"
            yield '    timeRange="3/14/2025, 12:00 AM – 3/14/2025, 10:20 AM"'
            yield "    packages"
            yield from (f"      {_totals(phone, app)}" for app in apps if app.usage or app.system)
            yield "    ChooserCounts"
            yield "    configurations"
            yield "    events"
    yield ""


def _totals(phone: Phone, app: App) -> str:
    use = app.usage
    total = _clock(use.seconds if use else 0)
    last = phone.stamp(use.last_used if use else "")
    if not phone.since(10):
        return f'package={app.package} totalTime="{total}" lastTime="{last}"'
    return (
        f'package={app.package} totalTimeUsed="{total}" lastTimeUsed="{last}" totalTimeVisible="{total}" '
        f'lastTimeVisible="{last}" lastTimeComponentUsed="{phone.stamp(app.last_updated)}" totalTimeFS="00:00" '
        f'lastTimeFS="{phone.stamp("")}" appLaunchCount={use.launches if use else 0}'
    )


def _clock(seconds: int) -> str:
    """DateUtils.formatElapsedTime: MM:SS, or H:MM:SS from an hour on."""
    hours, rest = divmod(seconds, 3600)
    text = f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours}:{text}" if hours else text


def batterystats(phone: Phone) -> Lines:
    """History with jobs and the app on top, then the daily lists of updates, where version 0 is a removal."""
    start = phone.local(phone.description.taken) - dt.timedelta(days=3)
    yield "Battery History (0% used, 2720 used of 4096KB, 31 strings using 2694):"
    yield f"                    0 (19) RESET:TIME: {start:%Y-%m-%d-%H-%M-%S}"
    yield "                    0 (2) 100 status=discharging health=good plug=none temp=242 volt=4302 +running +wifi"
    minute = 1
    for app, user in phone.each("dumpsys batterystats history-job"):
        for name in app.jobs:
            job = f'job={phone.uid_name(app, user)}:"{app.package}/{name}"'
            yield f"            +{minute}m02s645ms (2) 100 +{job}"
            yield f"            +{minute}m03s731ms (2) 100 -{job}"
            minute += 1
    for app, user in phone.each("dumpsys batterystats history-top"):
        if app.usage and app.usage.last_used:
            top = f'top={phone.uid_name(app, user)}:"{app.package}"'
            yield f"       +{minute}m18s315ms (2) 095 +{top}"
            yield f"       +{minute}m35s053ms (2) 095 -{top}"
            minute += 1
    for app, user in phone.each("dumpsys batterystats wakelock"):
        if app.jobs:
            lock = f'wake_lock={phone.uid_name(app, user)}:"*job*/{app.package}/{app.jobs[0]}"'
            yield f"       +{minute}m40s000ms (2) 094 +{lock}"
            minute += 1
    yield ""
    yield from _daily(phone)
    yield "Statistics since last charge:"
    yield "  System starts: 0, currently on battery: true"
    yield ""


def _daily(phone: Phone) -> Lines:
    yield "Daily stats:"
    yield f"  Current start time: {phone.local(phone.description.taken):%Y-%m-%d}-03-02-11"
    changes: dict[dt.date, list[str]] = {}
    for app in phone.at("dumpsys batterystats daily"):
        if app.system:
            continue
        if app.last_updated:
            day = phone.local(app.last_updated).date()
            changes.setdefault(day, []).append(f"Update {app.package} vers={app.version_code}")
        if app.removed_at:
            day = phone.local(app.removed_at).date()
            changes.setdefault(day, []).append(f"Update {app.package} vers=0")
    for day in sorted(changes, reverse=True):
        after = day + dt.timedelta(days=1)
        yield f"  Daily from {day:%Y-%m-%d}-03-00-00 to {after:%Y-%m-%d}-03-00-00:"
        yield "    Discharge step durations:"
        yield "    Package changes:"
        yield from (f"      {change}" for change in changes[day])
    yield ""


def deviceidle(phone: Phone) -> Lines:
    """Apps that battery saving does not touch."""
    apps = [app for app in phone.at("dumpsys deviceidle") if app.battery_exempt]
    yield "  Settings:"
    yield "    light_after_inactive_to=+4m0s0ms"
    yield "  Whitelist (except idle) system apps:"
    yield "    com.android.providers.calendar"
    yield "  Whitelist system apps:"
    yield "    com.google.android.gms"
    yield "  Whitelist user apps:"
    yield from (f"    {app.package}" for app in apps)
    yield "  Whitelist (except idle) all app ids:"
    yield "    1001"
    yield "  Whitelist user app ids:"
    yield from (f"    {phone.app_id(app)}" for app in apps)
    yield "  Whitelist all app ids:"
    yield from (f"    {phone.app_id(app)}" for app in apps)
    yield "  mLightEnabled=true  mDeepEnabled=true"
    yield "  mState=ACTIVE mLightState=ACTIVE"


def netpolicy(phone: Phone) -> Lines:
    """Background data by user id number; apps are not named here."""
    yield "System ready: true"
    yield "Restrict background: false"
    yield "Restrict power: false"
    yield "Device idle: false"
    yield "Metered ifaces: {}"
    yield ""
    yield "Policy for UIDs:"
    apps = list(phone.each("dumpsys netpolicy"))
    for app, user in apps:
        if app.background_data:
            yield f"  UID={phone.uid(app, user)} policy=4 (ALLOW_METERED_BACKGROUND)"
    yield "Power save whitelist (except idle) app ids:"
    yield "  UID=1001: true"
    yield "Power save whitelist app ids:"
    yield from (f"  UID={phone.app_id(app)}: true" for app, user in apps if app.battery_exempt and user == app.users[0])
    yield "Status for all known UIDs:"
    yield from (f"  UID={phone.uid(app, user)} state=CACHED_EMPTY" for app, user in apps if app.process)


def netstats(phone: Phone) -> Lines:
    """Traffic by user id number."""
    since = int(parse_time(phone.description.taken).timestamp()) // 7200 * 7200 - 86_400
    yield "Active interfaces:"
    yield "  iface=wlan0 ident=[{type=1, ratType=COMBINED, metered=false, defaultNetwork=true}]"
    yield "UID stats:"
    yield "  Pending bytes: 1024"
    yield "  History since boot:"
    for app, user in phone.each("dumpsys netstats"):
        if app.usage or app.appops:
            yield f"  ident=[{{type=1}}] uid={phone.uid(app, user)} set=DEFAULT tag=0x0"
            yield "    NetworkStatsHistory: bucketDuration=7200"
            yield f"      st={since} rb={phone.number(app.package, 10**6)} rp=120 tb=90412 tp=88 op=0"
