"""Whatever a description holds, the simulated files keep their formats."""

import csv
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from luciole.simulate.devices import androidqf
from luciole.simulate.devices.description import App, AppOp, DeviceDescription, Filler, IntrusionEvent, Setting
from luciole.simulate.devices.dumpsys import dumpsys
from luciole.simulate.devices.member import sealed
from luciole.simulate.devices.phone import Phone

ONE_LINE = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=40)
PACKAGES = st.from_regex(r"[a-z][a-z0-9_]{0,12}(\.[A-Za-z][A-Za-z0-9_]{0,12}){1,4}", fullmatch=True)
APPS = st.builds(
    App,
    package=PACKAGES,
    label=ONE_LINE,
    version_name=ONE_LINE,
    state=st.sampled_from(["installed", "disabled", "hidden", "suspended", "archived", "removed-data-kept"]),
    system=st.booleans(),
    installer=st.none() | PACKAGES,
    certificate_subject=ONE_LINE,
    appops=st.dictionaries(st.sampled_from(["CAMERA", "RECORD_AUDIO"]), st.builds(AppOp), max_size=2),
    process=st.booleans(),
)
DESCRIPTIONS = st.builds(
    DeviceDescription,
    model=ONE_LINE,
    shape=st.sampled_from(["aosp", "samsung"]),
    android_version=st.sampled_from(["9", "10", "11", "12", "13", "14", "15", "16"]),
    apps=st.lists(APPS, max_size=4).map(tuple),
    settings=st.lists(st.builds(Setting, st.just("global"), PACKAGES, ONE_LINE), max_size=3).map(tuple),
    intrusion=st.lists(st.builds(IntrusionEvent, st.just("dns"), PACKAGES, PACKAGES), max_size=2).map(tuple),
    filler=st.just(Filler(files=3, system_packages=3, log_lines=1, processes=1)),
    seed=st.integers(0, 1000),
)


@settings(max_examples=60)
@given(DESCRIPTIONS)
def test_every_json_file_parses_and_every_hash_row_has_two_columns(description: DeviceDescription) -> None:
    files = {member.name: b"".join(member.chunks) for member in sealed(androidqf.members(Phone(description)))}
    for name, data in files.items():
        if name.endswith(".json"):
            json.loads(data)
    rows = list(csv.reader(files["hashes.csv"].decode().splitlines()))
    assert [row[0] for row in rows] == [name for name in files if name != "hashes.csv"]
    assert all(len(row[1]) == 64 for row in rows)


@settings(max_examples=60)
@given(DESCRIPTIONS)
def test_every_section_that_opens_closes_and_the_text_is_repeatable(description: DeviceDescription) -> None:
    text = "".join(dumpsys(Phone(description)))
    assert text == "".join(dumpsys(Phone(description)))
    opened = [line.split()[-1].rstrip(":") for line in text.split("\n") if line.startswith("DUMP OF SERVICE ")]
    closed = [line.split()[7].rstrip(",") for line in text.split("\n") if "was the duration of dumpsys" in line]
    assert opened == closed
