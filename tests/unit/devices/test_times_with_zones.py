"""Times that tell their zone keep it: an hour more or less decides what came first."""

import json

from luciole.devices.parsers.computer import texts
from luciole.devices.parsers.ios import diagnosis
from luciole.devices.parsers.rows import Account, Row


def test_a_report_of_a_crash_keeps_the_zone_of_its_time() -> None:
    head = {
        "app_name": "A",
        "bundleID": "org.example.a",
        "bug_type": "309",
        "timestamp": "2025-03-20 09:00:00.00 +0100",
    }
    (row,) = diagnosis.crash([(1, json.dumps(head))], Account())
    assert row.when == "2025-03-20T09:00:00+01:00"


def test_a_finding_of_the_protection_says_that_its_time_is_utc() -> None:
    said = json.dumps(
        {"ThreatID": 7, "ThreatStatusID": 1, "Resources": ["file:_C:\\\\a"], "Time": "2025-03-20T09:00:00.1234567Z"}
    )
    (row,) = (each for each in texts.defender_detections(said.encode(), Account()) if isinstance(each, Row))
    assert row.when == "2025-03-20T09:00:00Z"
