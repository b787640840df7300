"""From a simulated iPhone to a verdict: behaviour alone brings an unknown app to a person; ordinary ones stay so."""

from pathlib import Path

import msgspec
import pytest

from luciole.assess.assess import Engine
from luciole.assess.document import Assessment, Result
from luciole.intel.formats import echap
from luciole.intel.index import Index
from luciole.intel.merge import merge
from luciole.intel.model import Knowledge
from luciole.packs.engine import load_engine, without_index
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.devices.ios import write
from luciole.simulate.devices.ios.description import (
    AccountOfDevice,
    App,
    Grant,
    IosDescription,
    Payload,
    Planted,
    Profile,
    Shortcut,
    Vpn,
)

WIDE = tuple(Grant(f"kTCCService{name}") for name in ("Microphone", "Camera", "AddressBook", "Photos"))
NOW = "2025-03-21T00:00:00Z"
LISTED = (
    b"- name: ExampleSpy\n  type: stalkerware\n  packages: [org.example.other]\n  c2: {domains: [panel.example.net]}\n"
)
WATCHWARE = b"- name: ExampleWatch\n  type: watchware\n  ios_bundles: [org.example.knownwatcher]\n"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return without_index(load_engine())


def checked(description: IosDescription, target: Path, engine: Engine) -> Result:
    folder = write.write_backup(description, target)
    return check([folder], engine, ReadSettings(now=NOW))


def verdict(result: Result, identity: str) -> tuple[str, str]:
    found = next(one for one in result.assessments if one.subject.identity == identity)
    return found.verdict.code, found.verdict.rule


def device(result: Result) -> Assessment:
    return next(one for one in result.assessments if one.subject.kind == "device")


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (App("org.example.sync.A1B2C3D4E5", origin="sideloaded", location="always", grants=WIDE), "needs-a-person"),
        (App("org.example.sync", origin="enterprise", grants=WIDE[:1]), "needs-a-person"),
        (App("org.example.sync", origin="unknown", location="always", grants=WIDE[:1]), "needs-a-person"),
        (
            App("com.apple.systemhelper", origin="enterprise", location="always", grants=WIDE),
            "behaves-like-stalkerware",
        ),
        (App("org.example.chat", grants=WIDE, location="when-in-use"), "nothing-seen"),
        (App("org.example.family", location="always"), "dual-use"),
        (App("org.example.keys", keyboard="org.example.keys.board"), "dual-use"),
        (App("com.rileytestut.AltStore.A1B2C3D4E5", origin="sideloaded"), "needs-a-person"),
        (App("com.rileytestut.AltStore.PAL", origin="marketplace"), "nothing-seen"),
        (App("org.example.canteen", origin="enterprise"), "needs-a-person"),
        (App("org.example.wander", location="always", sent=2_000_000_000), "needs-a-person"),
        (App("org.example.cloud", location="always", sent=2_000_000_000, grants=WIDE[3:]), "dual-use"),
        (App("org.example.box.A1B2C3D4E5", origin="sideloaded", sent=2_000_000_000), "needs-a-person"),
        (App("org.example.game.A1B2C3D4E5", origin="sideloaded"), "nothing-seen"),
        (App("org.example.notes"), "nothing-seen"),
        (App("org.example.given", origin="management"), "dual-use"),
    ],
)
def test_an_app_is_judged_by_where_it_came_from_and_what_it_may_do(
    app: App, expected: str, engine: Engine, tmp_path: Path
) -> None:
    apps = (app, App("org.example.ordinary"))
    assert verdict(checked(IosDescription(apps=apps), tmp_path, engine), app.bundle)[0] == expected


def test_rights_that_could_not_be_read_bring_an_app_past_the_store_to_a_person(engine: Engine, tmp_path: Path) -> None:
    description = IosDescription(
        apps=(App("org.example.work", origin="enterprise"),), absent=("TCC.db", "clients.plist")
    )
    assert verdict(checked(description, tmp_path, engine), "org.example.work") == (
        "needs-a-person", "ios-past-the-store-and-unknown",
    )  # fmt: skip


MDM = Profile("org.example.work", "Example", (Payload("com.apple.mdm", {"ServerURL": "https://mdm.example.org"}),))
QUIET = Profile("org.example.quiet", "", (Payload("com.apple.notificationsettings"),))
CONTACTS = Profile("org.example.contacts", "", (Payload("com.apple.carddav.account"),))
BUTTON = Profile("org.example.button", "", (Payload("com.apple.webClip.managed", {"URL": "https://me.example.org"}),))
WIFI = Profile("org.example.wifi", "", (Payload("com.apple.wifi.managed"),))
PROXY = Profile(
    "org.example.proxy", "", (Payload("com.apple.proxy.http.global", {"ProxyServer": "proxy.example.org"}),)
)


@pytest.mark.parametrize(
    ("description", "rule"),
    [
        (IosDescription(profiles=(MDM,)), "ios-is-managed"),
        (IosDescription(supervised=True), "ios-is-managed"),
        (IosDescription(profiles=(PROXY,)), "ios-traffic-can-be-seen"),
        (IosDescription(proxy="proxy.example.org:8080"), "ios-traffic-can-be-seen"),
        (IosDescription(vpns=(Vpn("ContentFilter", app="org.example.filter"),)), "ios-traffic-can-be-seen"),
        (IosDescription(profiles=(QUIET,)), "ios-profile-hides"),
        (IosDescription(jailbreak_paths=("Library/Cydia/metadata.plist",)), "ios-checks-can-be-deceived"),
        (IosDescription(apps=(App("com.saurik.Cydia", origin="unknown"),)), "ios-checks-can-be-deceived"),
        (IosDescription(shortcuts=(Shortcut(("sendmessage",), automation=True, asks=False),)), "ios-sends-by-itself"),
        (IosDescription(computers=("A1-B2", "C3-D4")), "ios-other-computers"),
        (IosDescription(profiles=(WIFI,), computers=()), "ios-shares"),
        (IosDescription(absent=("com.apple.findmy.plist",)), ""),
        (IosDescription(absent=("com.apple.findmy.plist",), computer_over_wifi=True), "ios-copies-over-wifi"),
        (IosDescription(managed_by_family=True), "ios-family-sets-rules"),
        (IosDescription(profiles=(CONTACTS,)), "ios-profile-adds-access"),
        (IosDescription(profiles=(BUTTON,)), "ios-profile-adds-access"),
        (IosDescription(vpns=(Vpn(server="vpn.example.org"),)), "ios-traffic-can-be-seen"),
        (
            IosDescription(vpns=(Vpn(provider="org.example.t", server="198.51.100.9", on_demand=True),)),
            "ios-traffic-can-be-seen",
        ),
        (IosDescription(vpns=(Vpn(provider="org.example.t", server="t.example.org", on_demand=True),)), "ios-shares"),
        (IosDescription(jailbreak_paths=("usr/sbin/sshd",)), "ios-checks-can-be-deceived"),
        (IosDescription(jailbreak_paths=("Library/Preferences/xyz.willy.Zebra.plist",)), "ios-checks-can-be-deceived"),
        (
            IosDescription(shortcuts=(Shortcut(("getcurrentlocation", "file.append"), automation=True, asks=False),)),
            "ios-writes-down-by-itself",
        ),
        (IosDescription(shortcuts=(Shortcut(("getlatestphotoimport", "sendmessage")),)), "ios-sends-by-itself"),
        (
            IosDescription(
                absent=("com.apple.findmy.plist",),
                computers=(),
                accounts=tuple(AccountOfDevice("com.apple.account.AppleAccount", name) for name in ("a", "b")),
            ),
            "ios-several-accounts",
        ),
    ],
)
def test_the_device_is_judged_by_its_settings(
    description: IosDescription, rule: str, engine: Engine, tmp_path: Path
) -> None:
    assert device(checked(description, tmp_path, engine)).verdict.rule == rule


def test_without_profiles_and_files_nobody_can_say_nothing_was_seen(engine: Engine, tmp_path: Path) -> None:
    folder = write.write_backup(IosDescription(), tmp_path)
    (folder / "Manifest.db").write_bytes(b"SQLite format 3\0" + bytes(100))
    result = check([folder], engine, ReadSettings(now=NOW))
    assert device(result).verdict.code == "needs-a-person"


def test_known_apps_and_servers_are_recognised_on_an_iphone(engine: Engine, tmp_path: Path) -> None:
    known, _ = merge(
        Knowledge(), echap.read({"ioc.yaml": LISTED, "watchware.yaml": WATCHWARE}, "2025-01-01"), "2025-01-01"
    )
    index = Index.open(Index.build(known, ()))
    with_index = msgspec.structs.replace(engine, index=index)
    profile = Profile(
        "org.example.vpn", "", (Payload("com.apple.vpn.managed", {"VPN": {"RemoteAddress": "panel.example.net"}}),)
    )
    description = IosDescription(
        apps=(App("org.example.knownwatcher"),),
        profiles=(profile,),
        planted=(Planted("org.example.knownwatcher", "usage"),),
    )
    result = checked(description, tmp_path, with_index)
    assert verdict(result, "org.example.knownwatcher") == ("visible-monitoring", "known-watchware")
    assert device(result).verdict.rule == "ios-set-to-a-known-server"


def test_a_known_id_of_a_profile_is_recognised(engine: Engine, tmp_path: Path) -> None:
    known, _ = merge(Knowledge(), echap.read({"watchware.yaml": WATCHWARE}, "2025-01-01"), "2025-01-01")
    index = Index.open(Index.build(known, ()))
    profile = Profile("org.example.knownwatcher", "", (Payload("com.apple.wifi.managed"),))
    result = checked(IosDescription(profiles=(profile,)), tmp_path, msgspec.structs.replace(engine, index=index))
    assert device(result).verdict.rule == "ios-set-to-a-known-server"


def test_a_wrong_password_is_a_clear_answer(engine: Engine, tmp_path: Path) -> None:
    folder = write.write_backup(IosDescription(password="right"), tmp_path)  # noqa: S106 - of a simulated backup
    result = check([folder], engine, ReadSettings(now=NOW, password="wrong"))  # noqa: S106 - meant to be wrong
    assert result.assessments == ()
    assert "does not fit" in str(result.unreadable)
