"""A simulated usbmuxd with one iPhone behind it: the real plist protocols of usbmuxd, lockdown and four services.

What is real: the framing of usbmuxd and of lockdown's services, the requests and answers that are used here, the record
of trust, and TLS inside the session and every service. What is not: everything else that a device does, and pairing
beyond saying yes, no or not yet. Format: usbmuxd-proto.h of libusbmuxd and lockdown.c of libimobiledevice.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import plistlib
import socket
import ssl
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from luciole.simulate.live import ios_device
from luciole.simulate.live.ios_device import IosDevice, Listed
from luciole.simulate.live.listening import Hung, Listening, read_exactly

_HEADER = struct.Struct("<IIII")
_PLIST = 8
_LOCKDOWN_PORT = 62078
_FIRST_PORT = 50_000
_BUID = "00000000-1111-2222-3333-444444444444"
_HOST = "55555555-6666-7777-8888-999999999999"
SERVICES = (
    "com.apple.mobile.installation_proxy",
    "com.apple.misagent",
    "com.apple.mobile.MCInstall",
)
Answer = dict[str, Listed]


class Fault(msgspec.Struct, frozen=True):
    """What goes wrong. service: where (lockdown or a service's name); after: bytes of its answers that come whole."""

    service: str
    after: int = 0
    then: Literal["drop", "stall", "garbage", "refuse"] = "drop"


class UsbmuxServer(Listening):
    """Listens on a port of this computer. Use as a context manager. requests: everything that was asked."""

    def __init__(self, device: IosDevice | None, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(self._talk)
        self.device = device
        self.faults = faults
        self.requests: list[str] = []
        self.saved: list[str] = []
        self._folder = tempfile.TemporaryDirectory(prefix="simulated-")
        self.certificate, self.key, self.public = _certificate()
        self.context = self._context()

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.closing(_Talk(self, connection)) as talk:
            talk.serve()

    def _context(self) -> ssl.SSLContext:
        path = Path(self._folder.name) / "device.pem"
        path.write_bytes(self.certificate + self.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._folder.cleanup()

    def pair_record(self) -> bytes:
        """The record of trust that usbmuxd keeps for the device."""
        return plistlib.dumps({
            "HostID": _HOST, "SystemBUID": _BUID, "HostCertificate": self.certificate, "HostPrivateKey": self.key,
            "RootCertificate": self.certificate, "DeviceCertificate": self.certificate, "EscrowBag": b"\0" * 32,
            "WiFiMACAddress": "00:00:00:00:00:00",
        })  # fmt: skip


class _Talk:
    """One connection: first with usbmuxd, then, through it, with a port of the device."""

    def __init__(self, server: UsbmuxServer, connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        self._fault: Fault | None = None
        self._left = 0

    def close(self) -> None:
        """Hangs up."""
        self._connection.close()

    def _read(self, size: int) -> bytes:
        return read_exactly(self._connection, size)

    def _send(self, data: bytes) -> None:
        fault = self._fault
        if fault is None or len(data) <= self._left:
            self._connection.sendall(data)
            self._left -= len(data)
            return
        self._connection.sendall(data[: self._left])
        if fault.then == "garbage":
            self._connection.sendall(b"\x00\x00\x00\x20GARBAGE THAT IS NO PROPERTY LIST")
        if fault.then == "stall":
            while self._connection.recv(4096):
                pass
        raise Hung

    # ------------------------------------------------------------------ usbmuxd

    def serve(self) -> None:
        while True:
            size, _, _, tag = _HEADER.unpack(self._read(_HEADER.size))
            request = plistlib.loads(self._read(size - _HEADER.size))
            kind = str(request.get("MessageType"))
            self._server.requests.append(kind)
            answer = self._mux(kind, request)
            data = plistlib.dumps(answer)
            self._connection.sendall(_HEADER.pack(_HEADER.size + len(data), 1, _PLIST, tag) + data)
            if kind == "Connect" and answer.get("Number") == 0:
                self._device(socket.ntohs(int(request["PortNumber"])))
                return

    def _mux(self, kind: str, request: dict[str, object]) -> Answer:
        device = self._server.device
        if kind == "ReadBUID":
            return {"BUID": _BUID}
        if kind == "ListDevices":
            properties: Answer = {
                "ConnectionType": "USB", "DeviceID": 1, "SerialNumber": device.serial if device else "",
            }  # fmt: skip
            return {
                "DeviceList": [{"DeviceID": 1, "MessageType": "Attached", "Properties": properties}] if device else []
            }
        if kind == "ReadPairRecord":
            trusted = device is not None and device.trusted
            return {"PairRecordData": self._server.pair_record()} if trusted else {"MessageType": "Result", "Number": 2}
        if kind == "SavePairRecord":
            self._server.saved.append(str(request.get("PairRecordID")))
        known = kind in {"Connect", "SavePairRecord"}
        return {"MessageType": "Result", "Number": 0 if known and device is not None else 1}

    # ------------------------------------------------------------------ the device

    def _device(self, port: int) -> None:
        name = "lockdown" if port == _LOCKDOWN_PORT else SERVICES[port - _FIRST_PORT]
        self._fault = next((each for each in self._server.faults if each.service == name), None)
        self._left = self._fault.after if self._fault else 0
        if name != "lockdown":
            self._secure()
        answers: dict[str, Callable[[dict[str, object]], None]] = {
            "lockdown": self._lockdown,
            SERVICES[0]: self._browse,
            SERVICES[1]: self._provisioning,
            SERVICES[2]: self._profiles,
        }
        while True:
            request = self._receive()
            self._server.requests.append(f"{name} {request.get('Request') or request.get('RequestType') or ''}".strip())
            answers[name](request)

    def _secure(self) -> None:
        self._connection = self._server.context.wrap_socket(self._connection, server_side=True)

    def _receive(self) -> dict[str, object]:
        (size,) = struct.unpack(">I", self._read(4))
        found: dict[str, object] = plistlib.loads(self._read(size))
        return found

    def _answer(self, answer: Answer) -> None:
        data = plistlib.dumps(answer, fmt=plistlib.FMT_BINARY)
        self._send(struct.pack(">I", len(data)) + data)

    def _known(self) -> IosDevice:
        if self._server.device is None:
            raise Hung
        return self._server.device

    def _lockdown(self, request: dict[str, object]) -> None:
        device, kind = self._known(), str(request.get("Request"))
        answer: Answer = {"Request": kind}
        if kind == "QueryType":
            answer["Type"] = ios_device.LOCKDOWN
        elif kind == "GetValue":
            answer |= self._value(device, request)
        elif kind == "StartSession":
            answer |= {"SessionID": "EXAMPLE", "EnableSessionSSL": True} if request.get("HostID") == _HOST else {
                "Error": "InvalidHostID"}  # fmt: skip
        elif kind == "StartService":
            answer |= self._start(str(request.get("Service")))
        elif kind == "Pair":
            answer["Error"] = device.pairing
        self._answer(answer)
        if "SessionID" in answer:
            self._secure()

    def _value(self, device: IosDevice, request: dict[str, object]) -> Answer:
        name, key = request.get("Domain"), request.get("Key")
        known: dict[str, Listed] = {**ios_device.values(device), "DevicePublicKey": self._server.public}
        if name is None and key is None:
            return {"Value": known}
        found = known.get(str(key)) if name is None else ios_device.domain(device, str(name), str(key))
        return {"Value": found} if found is not None else {"Error": "MissingValue"}

    def _start(self, name: str) -> Answer:
        refused = any(each.service == name and each.then == "refuse" for each in self._server.faults)
        if name not in SERVICES or refused:
            return {"Error": "InvalidService"}
        return {"Service": name, "Port": _FIRST_PORT + SERVICES.index(name), "EnableServiceSSL": True}

    def _browse(self, request: dict[str, object]) -> None:
        options = request.get("ClientOptions")
        wanted = options.get("ReturnAttributes") if isinstance(options, dict) else None
        apps: list[Listed] = [
            {key: value for key, value in ios_device.application(each).items() if wanted is None or key in wanted}
            for each in self._known().programs
        ]
        for at in range(0, len(apps), ios_device.BROWSE_PIECE):
            piece = apps[at : at + ios_device.BROWSE_PIECE]
            self._answer({"CurrentList": piece, "CurrentIndex": at, "Status": "BrowsingApplications"})
        self._answer({"Status": "Complete"})

    def _provisioning(self, _: dict[str, object]) -> None:
        found: list[Listed] = [ios_device.provisioning(each) for each in self._known().programs if each.provisioned]
        self._answer({"MessageType": "Response", "Status": 0, "Payload": found})

    def _profiles(self, request: dict[str, object]) -> None:
        cloud = request.get("RequestType") == "GetCloudConfiguration"
        self._answer(ios_device.cloud(self._known()) if cloud else ios_device.profile_list(self._known()))


def _certificate() -> tuple[bytes, bytes, bytes]:
    """A certificate, its private and its public key, made anew for each server."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated device")])
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=36_500))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1)
    return made.public_bytes(serialization.Encoding.PEM), private, public
