"""Fuzz target: any bytes as the lists and the record of an acquisition made here, and as what an iPhone answered."""

from __future__ import annotations

import contextlib

from luciole.apps import plist
from luciole.devices.parsers import command_log, ios_live, pm_lists
from luciole.devices.parsers.rows import Account, plain_lines
from luciole.kernel.errors import ParseError
from luciole.kernel.vocabulary import AREAS, FACTS


def target(data: bytes) -> None:
    """Reads `data` as every list; facts have names of the vocabulary, gaps those of areas."""
    lines = list(plain_lines(data.decode("utf-8", "replace")))
    rows = [
        *pm_lists.parse_packages(lines, Account(), 0, {"org.example.app"}, set()),
        *pm_lists.parse_marked(lines, Account(), 0, "disabled"),
        *pm_lists.parse_role(lines, Account(), 0, "android.app.role.SMS"),
        *pm_lists.parse_owners(lines, Account()),
        *pm_lists.parse_operation(lines, Account(), 0, "GET_USAGE_STATS"),
        *pm_lists.parse_keyboards(lines, Account(), 0),
    ]
    with contextlib.suppress(ParseError):
        assert {gap.area for gap in command_log.gaps(command_log.parse(data))} <= set(AREAS)
    with contextlib.suppress(ParseError):
        value = plist.load(data)
        for parse in (ios_live.device, ios_live.settings, ios_live.apps, ios_live.profile_list, ios_live.supervision):
            with contextlib.suppress(ParseError):
                rows += list(parse(value, Account()))
    assert {row.name for row in rows} <= {*FACTS, "text"}
