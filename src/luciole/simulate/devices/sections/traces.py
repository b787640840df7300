"""The dumpsys sections that name apps in passing: jobs, alarms, accounts, databases, activities, memory and more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from luciole.simulate.devices.description import App
from luciole.simulate.devices.phone import Phone, short

Lines = Iterator[str]


def jobscheduler(phone: Phone) -> Lines:
    """Registered jobs."""
    yield "Settings:"
    yield "  min_ready_non_active_jobs_count=5"
    yield "Registered 42 jobs:"
    for app, user in phone.each("dumpsys jobscheduler"):
        for index, name in enumerate(app.jobs):
            uid = phone.uid_name(app, user)
            identity = phone.identity(app.package + name)
            yield f"  JOB #{uid}/{index + 1}: {identity} {short(app, name)}"
            yield f"    {uid} tag=*job*/{short(app, name)}"
            yield f"    Source: uid={uid} user={user} pkg={app.package}"
            yield "    JobInfo:"
            yield f"      Service: {short(app, name)}"
            yield "      PERIODIC: interval=+15m0s0ms flex=+15m0s0ms"
            yield "      PERSISTED"
            yield "    Required constraints: TIMING_DELAY DEADLINE [0x90000000]"
            yield ""


def alarm(phone: Phone) -> Lines:
    """Pending alarms and what was woken."""
    yield "Current Alarm Manager state:"
    yield "  Settings:"
    yield "    min_futurity=+5s0ms"
    yield "  Pending alarm batches: 1" if not phone.since(12) else "  Pending alarms:"
    for app in phone.at("dumpsys alarm"):
        for name in app.alarms:
            identity = phone.identity(app.package + name)
            when = phone.epoch_ms(phone.description.taken)
            yield f"    RTC_WAKEUP #0: Alarm{{{identity} type 0 when {when} {app.package}}}"
            yield f"      tag=*walarm*:{app.package}/{name}"
            yield "      type=RTC_WAKEUP origWhen=+15m window=0 exactAllowReason=policy_permission repeatInterval=0"
            record = f"PendingIntentRecord{{{identity} {app.package} broadcastIntent}}"
            yield f"      operation=PendingIntent{{{identity}: {record}}}"
    yield "  Alarm Stats:"
    for app, user in phone.each("dumpsys alarm"):
        if app.alarms:
            yield f"  {phone.uid_name(app, user)}:{app.package} +1s812ms running, 12 wakeups:"


def account(phone: Phone) -> Lines:
    """Account types and the apps that register them; account names are left empty."""
    apps = [app for app in phone.at("dumpsys account") if app.accounts]
    for user in phone.users:
        yield f"User {user_name(user.id, user.name)}:"
        yield "  Accounts: 0"
        yield ""
        yield "  Accounts History"
        yield ""
        yield "  Active Sessions: 0"
        yield ""
        yield f"  RegisteredServicesCache: {len(apps)} services"
        for app in phone.user_apps(apps, user.id):
            component = f"ComponentInfo{{{app.package}/{app.package}.AuthenticatorService}}"
            kind = f"AuthenticatorDescription {{type={app.package}.account}}"
            yield f"    ServiceInfo: {kind}, {component}, uid {phone.uid(app, user.id)}"
        yield ""


def user_name(number: int, name: str) -> str:
    """A user in the words of the account section."""
    return f"UserInfo{{{number}:{name}:c13}}"


def content(phone: Phone) -> Lines:
    """Sync adapters."""
    yield "Data connected: true"
    yield "Auto sync: u0=true"
    yield "RegisteredServicesCache:"
    for app in phone.at("dumpsys content"):
        if app.accounts:
            key = f"SyncAdapterType Key {{name={app.package}.provider, type={app.package}.account}}"
            component = f"ComponentInfo{{{app.package}/{app.package}.SyncService}}"
            yield f"    ServiceInfo: {key}, {component}, uid {phone.app_id(app)}"


def dbinfo(phone: Phone) -> Lines:
    """Open databases of running apps, with their paths."""
    yield "Applications Database Info:"
    for app, user in phone.each("dumpsys dbinfo"):
        if not app.databases:
            continue
        yield ""
        yield f"** Database info for pid {phone.pid(app, user)} [{app.package}] **"
        for name in app.databases:
            path = f"/data/user/{user}/{app.package}/databases/{name}"
            yield ""
            yield f"Connection pool for {path}:"
            yield "  Open: true"
            yield "  Max connections: 4"
            yield "  Total execution time: 61"
            yield "  Configuration: openFlags=805306368, isLegacyCompatibilityWalEnabled=false, journalMode=, syncMode="
            yield "  Available primary connection:"
            yield "    Connection #0:"
            yield "      Most recently executed operations:"
            when = phone.stamp_ms(app.removed_at or phone.description.taken)
            yield (
                f"        0: [{when}] [Pid:(0)]executeForLong took 0ms - succeeded, "
                f'sql="PRAGMA page_count;", path={path}'
            )


def activity(phone: Phone) -> Lines:
    """Recent tasks, running services and processes."""
    yield "ACTIVITY MANAGER RECENT TASKS (dumpsys activity recents)"
    yield "  Recent tasks:"
    recent = phone.each("dumpsys activity recents")
    shown = ((app, user) for app, user in recent if app.usage and app.usage.last_used)
    for index, (app, user) in enumerate(shown):
        affinity = f"A={phone.uid(app, user)}:{app.package} U={user} visible=false"
        task = f"{phone.identity(app.package + 'task')} #{index + 20} type=standard {affinity}"
        yield f"  * Recent #{index}: Task{{{task}}}"
        yield f"    intent={{act=android.intent.action.MAIN cmp={app.package}/.MainActivity}}"
    yield "-------------------------------------------------------------------------------"
    yield "ACTIVITY MANAGER SERVICES (dumpsys activity services)"
    for app, user in phone.each("dumpsys activity services"):
        if app.process:
            record = f"{phone.identity(app.package + 'sr')} u{user} {app.package}/.CoreService"
            yield f"  * ServiceRecord{{{record}}}"
            yield f"    intent={{cmp={app.package}/.CoreService}}"
            yield f"    packageName={app.package}"
            yield f"    processName={app.package}"
    yield "-------------------------------------------------------------------------------"
    yield "ACTIVITY MANAGER RUNNING PROCESSES (dumpsys activity processes)"
    for app, user in phone.each("dumpsys activity processes"):
        if app.process:
            owner = phone.uid_name(app, user)
            record = f"{phone.identity(app.package)} {phone.pid(app, user)}:{app.package}/{owner}"
            yield f"  *APP* UID {phone.uid(app, user)} ProcessRecord{{{record}}}"
            yield f"    packageList={{{app.package}}}"


def _running(place: str, line: Callable[[Phone, App, int], str], *opening: str) -> Callable[[Phone], Lines]:
    def section(phone: Phone) -> Lines:
        yield from opening
        for app, user in phone.each(place):
            if app.process:
                yield line(phone, app, user)

    return section


def _procstats_line(phone: Phone, app: App, user: int) -> str:
    return f"  * {app.package} / {phone.uid_name(app, user)} / v{app.version_code}:"


def _meminfo_line(phone: Phone, app: App, user: int) -> str:
    memory = phone.number(app.package + "memory", 200_000)
    return f"    {memory:>9,}K: {app.package} (pid {phone.pid(app, user)})"


procstats = _running("dumpsys procstats", _procstats_line, "AGGREGATED OVER LAST 24 HOURS:")
meminfo = _running(
    "dumpsys meminfo", _meminfo_line, "Applications Memory Usage (in Kilobytes):", "Total RSS by process:"
)


def camera(phone: Phone) -> Lines:
    """Events of the camera service: who connected, and when."""
    yield "== Service global info: =="
    yield ""
    yield "== Camera service events log (most recent at top): =="
    for app in phone.at("dumpsys media.camera"):
        if use := app.appops.get("CAMERA"):
            last = max(use.last_foreground, use.last_background) or phone.description.taken
            when = f"{phone.local(last):%m-%d %H:%M:%S}"
            yield f"  {when} : CONNECT device 0 client for package {app.package} (PID {phone.pid(app)})"


def location(phone: Phone) -> Lines:
    """Past and present users of the location."""
    yield "Location Manager State:"
    yield "  Historical Aggregate Location Provider Data:"
    yield "    gps provider:"
    for app, user in phone.each("dumpsys location"):
        if "FINE_LOCATION" in app.appops:
            times = "min interval = 60.0s, max interval = 60.0s, total duration = 3600.0s"
            yield f"      {phone.uid(app, user)}/{app.package}: {times}"


def autofill(phone: Phone) -> Lines:
    """Apps bound for filling in forms."""
    yield "Autofill Compat mode: "
    for app in phone.at("dumpsys autofill"):
        if app.autofill:
            yield f"    Service Label: {app.label}"
            yield f"    Component: {app.package}/.FillService"
