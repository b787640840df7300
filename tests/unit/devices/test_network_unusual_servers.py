"""What is unusual about one server stands at that server, not at another one that was called in the same hour."""

from pathlib import Path

from luciole import devices
from luciole.kernel.facts import Fact
from luciole.simulate.network import containers, encryption
from luciole.simulate.network.scene import PHONE, Scene

ODD, BARE, PLAIN, OWN = "203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"


def evening() -> Scene:
    """Four servers: at an odd port, without a name, an ordinary one, and one with a certificate of its own."""
    scene = Scene(3)
    for number, (server, name) in enumerate([(ODD, "odd.example"), (PLAIN, "plain.example"), (OWN, "own.example")]):
        scene.lookup(number, PHONE, name, (server,))
    scene.tls(10, PHONE, ODD, "odd.example", port=7443, sent=50_000)
    scene.tls(20, PHONE, BARE, "", sent=50_000)
    scene.tls(30, PHONE, PLAIN, "plain.example", sent=50_000)
    for server, name in ((OWN, "own.example"), (BARE, "")):
        shown = encryption.certificate(name or "server", (name,) if name else ())
        scene.tls(40, PHONE, server, name, version=encryption.TLS12, certificates=(shown,))
    return scene


def facts(name: str, target: Path) -> list[Fact]:
    path = target / "evening.pcap"
    path.write_bytes(containers.pcap(evening().packets()))
    return [one for subject in devices.read_evidence(path).subjects for one in subject.facts if one.name == name]


def test_each_destination_says_what_is_unusual_about_it(tmp_path: Path) -> None:
    said = {fact.value: fact.attributes["unusual"] for fact in facts("network.destination", tmp_path)}
    assert said["odd.example"] == ["odd-port"]
    assert said[BARE] == ["never-resolved", "self-signed"]
    assert said["plain.example"] == []
    assert said["own.example"] == ["self-signed"]


def test_a_certificate_says_whether_its_server_was_called_by_a_name(tmp_path: Path) -> None:
    shown = {fact.attributes["address"]: fact.attributes["resolved"] for fact in facts("network.certificate", tmp_path)}
    assert shown == {OWN: "looked-up", BARE: "never"}
