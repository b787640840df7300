"""Hostile files of iOS: whatever the bytes, only the errors of parsers come out."""

import plistlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole.simulate.devices.ios import content, sysdiagnose
from luciole.simulate.devices.ios.description import App, Grant, IosDescription, Payload, Profile, Shortcut, Vpn

DESCRIPTION = IosDescription(
    apps=(App("org.example.chat", grants=(Grant("kTCCServiceMicrophone"),), location="always", origin="enterprise"),),
    profiles=(
        Profile("org.example.profile", payloads=(Payload("com.apple.mdm", {"ServerURL": "https://a.example.org"}),)),
    ),
    shortcuts=(Shortcut(("sendmessage",), automation=True),),
    vpns=(Vpn(app="org.example.tunnel"),),
)
SEEDS = [data for _, _, data in content.files(DESCRIPTION) if data] + [
    data for _, data in sysdiagnose.members(DESCRIPTION)
]
CHANGES = st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=8)), max_size=4)


@pytest.mark.parametrize("name", ["plist", "sqlite_tables", "ios_files", "sysdiagnose"])
@given(seed=st.sampled_from(SEEDS), changes=CHANGES, cut=st.integers(0, 2_000))
def test_changed_files_raise_nothing(name: str, seed: bytes, changes: list[tuple[int, bytes]], cut: int) -> None:
    data = bytearray(seed)
    for at, noise in changes:
        place = at % len(data)
        data[place : place + len(noise)] = noise
    target(name)(bytes(data[: len(data) - cut % len(data)]))


@pytest.mark.parametrize("name", ["plist", "sqlite_tables", "ios_files", "sysdiagnose"])
@given(data=st.binary(max_size=2_000))
def test_any_bytes_raise_nothing(name: str, data: bytes) -> None:
    target(name)(data)


KEYS = [
    "PayloadContent",
    "PayloadType",
    "PayloadIdentifier",
    "VPN",
    "Applications",
    "iTunesMetadata",
    "Authorization",
    "NetworkServices",
    "Proxies",
    "AppleKeyboards",
    "ProfileEvents",
    "ServerURL",
    "Protocol",
    "a.b.c",
    "netUsageBaseline",
    "sectionInfo",
    "HostID",
    "IsSupervised",
    "BundleId",
    "$objects",
    "NS.keys",
    "NS.objects",
]
LEAVES = st.booleans() | st.integers(-5, 1 << 40) | st.text(max_size=20) | st.binary(max_size=20)
JSON = st.recursive(
    LEAVES,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.sampled_from(KEYS), each, max_size=5),
    max_leaves=20,
)


@given(value=JSON)
def test_property_lists_with_the_right_keys_and_wrong_values_raise_nothing(value: object) -> None:
    target("ios_files")(plistlib.dumps(value, fmt=plistlib.FMT_BINARY))  # type: ignore[arg-type] # made of what is allowed
