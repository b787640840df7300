"""Who is a local device, who is the router, and who is somewhere else, with and without hardware addresses."""

from luciole.devices.parsers.network.conversations import Analysis
from luciole.devices.parsers.network.stations import is_everybody, is_local, shown
from luciole.devices.parsers.network.traffic import Traffic
from luciole.simulate.network import containers, packets
from luciole.simulate.network.demonstration import ordinary
from luciole.simulate.network.scene import PHONE, ROUTER, Device, Scene

SIX = Device("02:00:00:00:00:20", "2001:db8:1::20")
LOCAL_SIX = Device("02:00:00:00:00:01", "fe80::1")


def analysis(data: bytes) -> Analysis:
    traffic = Traffic()
    traffic.read([data])
    return Analysis(traffic)


def names(found: Analysis) -> list[str]:
    return [device.station.name for device in found.devices]


def without_link(scene: Scene) -> bytes:
    return containers.pcap([(when, frame[14:]) for when, frame in scene.packets()], link=containers.RAW)


def test_devices_have_their_hardware_address_and_the_router_is_left_out() -> None:
    scene = Scene()
    ordinary(scene, minutes=2)
    found = analysis(containers.pcap(scene.packets()))
    assert names(found) == [PHONE.hardware]
    assert [station.name for station in found.stations if station.gateway] == [ROUTER.hardware]


def test_a_router_that_speaks_for_itself_is_a_device_too() -> None:
    scene = Scene()
    ordinary(scene, minutes=2)
    frame = packets.ethernet(
        ROUTER.hardware, "02:00:00:00:00:99", packets.udp(ROUTER.address, "198.51.100.7", (40_000, 123), bytes(48))
    )
    scene.frames.append((scene.frames[-1][0], frame))
    assert set(names(analysis(containers.pcap(scene.packets())))) == {PHONE.hardware, ROUTER.hardware}


def test_without_a_link_layer_a_device_is_its_private_address() -> None:
    scene = Scene()
    ordinary(scene, minutes=2)
    assert PHONE.address in names(analysis(without_link(scene)))
    assert not any(name.startswith("198.51.100") for name in names(analysis(without_link(scene))))


def test_where_no_address_is_private_the_one_that_begins_conversations_is_the_device() -> None:
    scene = Scene()
    for number in range(9):
        scene.tls(number, Device(PHONE.hardware, "198.51.100.5"), f"203.0.113.{number + 1}", "a.example")
    assert names(analysis(without_link(scene))) == ["198.51.100.5"]


def test_a_device_with_a_public_ipv6_address_is_told_from_the_servers_behind_the_router() -> None:
    scene = Scene(router=LOCAL_SIX)
    for number in range(5):
        scene.tls(number, SIX, f"2001:db8:ffff::{number + 1}", "six.example")
    found = analysis(containers.pcap(scene.packets()))
    assert names(found) == [SIX.hardware]
    assert [shown(raw) for raw in found.devices[0].station.addresses] == [SIX.address]
    assert len(found.devices[0].servers) == 5


def test_both_addresses_of_one_device_are_together() -> None:
    scene = Scene()
    ordinary(scene, minutes=1)
    scene.tls(5, Device(PHONE.hardware, "2001:db8:1::10"), "2001:db8:ffff::1", "six.example")
    [device] = analysis(containers.pcap(scene.packets())).devices
    assert [shown(raw) for raw in device.station.addresses] == [PHONE.address, "2001:db8:1::10"]


def test_groups_and_broadcasts_are_nobody() -> None:
    scene = Scene()
    ordinary(scene, minutes=1)
    for target in ("224.0.0.251", "255.255.255.255", "192.168.4.255"):
        scene.put(5, PHONE, packets.udp(PHONE.address, target, (40_000, 9_999), b"x"))
    [device] = analysis(containers.pcap(scene.packets())).devices
    assert not {shown(raw) for raw in device.servers} & {"224.0.0.251", "255.255.255.255", "192.168.4.255"}


def test_addresses_by_their_ranges() -> None:
    def packed(text: str) -> bytes:
        raw = packets.raw(text)
        return raw if len(raw) == 16 else bytes(10) + b"\xff\xff" + raw

    for local in ("10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.1.1", "fe80::1", "fd00::1"):
        assert is_local(packed(local))
    for public in ("8.8.8.8", "172.32.0.1", "203.0.113.1", "2001:db8::1", "100.128.0.1"):
        assert not is_local(packed(public))
    for group in ("224.0.0.1", "ff02::fb", "255.255.255.255", "0.0.0.0", "::"):  # noqa: S104 - an address, no binding
        assert is_everybody(packed(group))
