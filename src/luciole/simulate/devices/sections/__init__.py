"""One writer for each dumpsys section; `SECTIONS` names them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from luciole.simulate.devices.phone import Phone
from luciole.simulate.devices.sections import access, appops, package, system, traces, usage

Section = Callable[[Phone], Iterator[str]]
"""Lines of one section, without line ends; a line may hold line ends of its own."""

SECTIONS: dict[str, Section] = {
    "accessibility": access.accessibility,
    "account": traces.account,
    "activity": traces.activity,
    "adb": system.adb,
    "alarm": traces.alarm,
    "appops": appops.appops,
    "autofill": traces.autofill,
    "batterystats": usage.batterystats,
    "connectivity": system.connectivity,
    "content": traces.content,
    "dbinfo": traces.dbinfo,
    "device_policy": access.device_policy,
    "deviceidle": usage.deviceidle,
    "input_method": access.input_method,
    "jobscheduler": traces.jobscheduler,
    "location": traces.location,
    "media.camera": traces.camera,
    "meminfo": traces.meminfo,
    "netpolicy": usage.netpolicy,
    "netstats": usage.netstats,
    "notification": access.notification,
    "package": package.package,
    "procstats": traces.procstats,
    "role": access.role,
    "settings": system.settings,
    "usagestats": usage.usagestats,
    "user": system.user,
    "vpn_management": system.vpn_management,
}
"""In the order of the alphabet, as dumpsys prints services."""

SINCE = {"role": 10, "vpn_management": 12, "adb": 10, "settings": 8}
"""The Android version that brought a section, for those that not every version has."""
