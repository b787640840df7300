"""Seeds for the fuzz targets, made with the simulators: nothing that begins a search is ever committed."""

from __future__ import annotations

import io
import itertools
import plistlib
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files as package
from unittest import mock

import msgspec
import pyzipper
import seeds_network
from pyzipper import zipfile_aes

from luciole.apps.read import read_app
from luciole.assess.document import Assessment, Knowledge, Result, Verdict
from luciole.intel.formats import csv_table, echap, json_document
from luciole.intel.index import Index
from luciole.intel.merge import merge
from luciole.intel.model import Knowledge as Known
from luciole.packs.builtin import catalogue_files, criteria_file
from luciole.report import json
from luciole.simulate.apps.build import ContainerKind, build_apk, build_container, build_split_set
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.apps.tricks import trick_list
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.computer.write import SYSTEMS as COMPUTERS
from luciole.simulate.devices.computer.write import collection, hives
from luciole.simulate.devices.demonstration import demonstration
from luciole.simulate.devices.description import Filler
from luciole.simulate.devices.ios import content as ios_content
from luciole.simulate.devices.ios import description as ios_description
from luciole.simulate.devices.ios import sysdiagnose as ios_diagnosis
from luciole.simulate.devices.write import zip_chunks
from luciole.simulate.programs.apple import build_fat, build_macho
from luciole.simulate.programs.bundle import Profile, app_files, build_ipa, build_profile
from luciole.simulate.programs.demonstration import APPLE_FORMS, BUNDLE_FORMS, PACKAGE_FORM, WINDOWS_FORMS
from luciole.simulate.programs.installers import MacPackage, Setup, build_cabinet, build_mac_package, build_nsis
from luciole.simulate.programs.package import build_package
from luciole.simulate.programs.windows import build_program, version_block

MOST = 200_000
"""Larger seeds only slow a search down."""


@cache
def apps() -> tuple[bytes, ...]:
    """App files: the demonstrations, and one for each trick that stays small."""
    made = [build_apk(app) for app in DEMONSTRATIONS.values()]
    for name, _ in trick_list():
        if not name.startswith("bomb."):
            app = msgspec.structs.replace(DEMONSTRATIONS["stalkerware-like"], tricks=(name,))
            made.append(build_apk(app))
    return tuple(made)


def members(name: str) -> Iterator[bytes]:
    """One file of each app, where Python's own reader finds it; its content as it lies where it does not."""
    for data in apps():
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield from (archive.read(one) for one in archive.namelist() if one.startswith(name))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError, ValueError, EOFError):
            continue


@cache
def acquisition() -> Mapping[str, bytes]:
    """The files of a small simulated acquisition, by name."""
    small = msgspec.structs.replace(demonstration(), filler=Filler(), bugreport=True)
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_chunks(small)))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def files(ending: str) -> Iterator[bytes]:
    """Files of the acquisition whose names end so."""
    yield from (data for name, data in acquisition().items() if name.endswith(ending))


def dumpsys() -> Iterator[bytes]:
    """The text of dumpsys whole, and each of its services."""
    for text in files("dumpsys.txt"):
        yield text
        yield from text.split(b"\nDUMP OF SERVICE ")


def manifest_and_table() -> Iterator[bytes]:
    """As the target `manifest` cuts them: four bytes say where the manifest ends."""
    for manifest, table in zip(members("AndroidManifest.xml"), members("resources.arsc"), strict=False):
        yield (4 + len(manifest)).to_bytes(4, "little") + manifest + table


def signed_blocks() -> Iterator[bytes]:
    """Whole app files, and the bytes of each that end in the magic of the signing block."""
    for data in apps():
        yield data
        end = data.rfind(b"APK Sig Block 42")
        if end > 0:
            yield data[max(0, end - 6_000) : end + 16]


def lists() -> Iterator[bytes]:
    """Files in the forms of indicator lists."""
    yield b"- name: ExampleSpy\n  names: [ExampleSpy]\n  packages: [org.example.spy]\n  websites: [spy.example]\n"
    yield b"- name: Spy\n  certificates: [" + b"A1" * 20 + b"]\n  c2:\n    ips: [192.0.2.7]\n    domains: [a.example]\n"
    yield b"File,Package,App\n" + b"11" * 32 + b",org.example.spy,ExampleSpy\n"


def own_lists() -> Iterator[bytes]:
    """A small list in Luciole's own forms."""
    listed = b"- name: ExampleSpy\n  type: stalkerware\n  packages: [org.example.spy]\n  websites: [spy.example]\n"
    known, _ = merge(Known(), echap.read({"ioc.yaml": listed}, "2026-01-01"), "2026-01-01")
    yield from (data for form in (csv_table, json_document) for data in form.write(known).values())


def label_files() -> Iterator[bytes]:
    """What an evaluation is told about its files, right and wrong."""
    head = "file,label,mechanisms,platform,half,subject\n"
    yield (
        head + 'apps/a.apk,honest,bank,android,test,\n"b,c.apk",stalkerware-like,vpn admin,ios,development,x\n'
    ).encode()
    yield (head + "../a.apk,honest,bank,android,test,\na.apk,guilty,bank,beos,third\n").encode()


def images() -> Iterator[bytes]:
    """Small images, of one colour, clear, and filtered row by row; and an icon that is XML."""
    for kind, channels in ((0, 1), (2, 3), (3, 1), (4, 2), (6, 4)):
        for how in range(5):
            rows = (bytes([how]) + bytes(8 * channels)) * 8
            chunks = [(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, kind, 0, 0, 0)), (b"PLTE", bytes(6)), (b"tRNS", b"\0")]
            chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
            yield b"\x89PNG\r\n\x1a\n" + b"".join(
                struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
                for name, data in chunks
            )
    yield b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"
    yield b"GIF89a\1\0\1\0\0\0\0;"
    yield b"\xff\xd8\xff\xe0\0\x10JFIF\0"
    yield from members("AndroidManifest.xml")


def descriptions() -> Iterator[bytes]:
    """The descriptions inside containers."""
    for container in sets():
        with zipfile.ZipFile(io.BytesIO(container)) as one:
            yield from (one.read(name) for name in ("manifest.json", "info.json") if name in one.namelist())
    yield b'{"package_name":"org.example.other","pname":"\\u202e"}'


def device_texts() -> Iterator[bytes]:
    """The properties and settings of the acquisition."""
    yield from files("getprop.txt")
    yield from (data for name, data in acquisition().items() if "settings_" in name)


def sets() -> Iterator[bytes]:
    """An app in several files, in each kind of container."""
    split = msgspec.to_builtins(DEMONSTRATIONS["notes"]) | {"splits": {"config.ar": {}, "config.xhdpi": {}}}
    parts = build_split_set(split)
    yield from (build_container(parts, kind) for kind in CONTAINERS)


def containers() -> Iterator[bytes]:
    """Apps in several files, and plain app files."""
    yield from sets()
    yield from apps()


def indexes() -> Iterator[bytes]:
    """An index of nothing, and one of the lists above."""
    known = Known()
    yield Index.build(known, ())
    for data in lists():
        name = "samples.csv" if data.startswith(b"File") else "ioc.yaml"
        known, _ = merge(known, echap.read({name: data}, "2026-01-01"), "2026-01-01")
        yield Index.build(known, ())


CONTAINERS: tuple[ContainerKind, ...] = ("xapk", "apks", "apkm")


def results() -> Iterator[bytes]:
    """Saved results: of nothing, and of an app file that was read without any knowledge."""
    about = Knowledge("0", 0, "", 1)
    when = "2026-01-01T00:00:00+00:00"
    yield json.render(Result(created=when, knowledge=about, evidence=()))
    for app in DEMONSTRATIONS.values():
        reading = read_app(build_apk(app), "app.apk")
        verdict = Verdict("needs-a-person", 1, "rule", "Because.")
        subjects = [Assessment(one.subject, ("app.apk",), verdict, facts=one.facts) for one in reading.subjects]
        subjects = [msgspec.structs.replace(one, coverage=reading.coverage) for one in subjects]
        yield json.render(
            Result(created=when, knowledge=about, evidence=(reading.evidence,), assessments=tuple(subjects))
        )


def windows_programs() -> Iterator[bytes]:
    """Programs of Windows of every form, and the description of a version alone."""
    yield from (build_program(one) for one in WINDOWS_FORMS)
    yield version_block({"CompanyName": "Inert", "FileDescription": "Inert tool"})


def installers() -> Iterator[bytes]:
    """Installers of each kind, with programs inside."""
    host, tool = build_program(WINDOWS_FORMS[0]), build_macho(APPLE_FORMS[0])
    for method, solid in (("lzma", True), ("lzma", False), ("deflate", True), ("deflate", False), ("stored", False)):
        yield build_nsis(
            Setup({"$INSTDIR/host.exe": host, "$PLUGINSDIR/text": b"text" * 100}, method=method, solid=solid)
        )
    yield build_cabinet({"host.exe": host, "text": b"text" * 100})
    for packing in ("gzip", "chunks", "none"):
        yield build_mac_package(MacPackage({"./tool": tool}, packing, scripts={"postinstall": b"#!/bin/sh"}))


def apple_programs() -> Iterator[bytes]:
    """Programs of macOS and iOS, signed in each way, and two in one file."""
    made = [build_macho(one) for one in APPLE_FORMS]
    yield from made
    yield build_fat({"arm64": made[0], "x86-64": made[1]})


def apple_bundles() -> Iterator[bytes]:
    """Apps, their lists in both forms, and profiles of each kind."""
    for app in BUNDLE_FORMS:
        yield build_ipa(app)
        yield from (data for name, data in app_files(app).items() if name.endswith((".plist", "provision")))
    kinds = ("enterprise", "ad-hoc", "development", "store")
    yield from (build_profile(Profile(kind=kind, devices=2)) for kind in kinds)


def packages() -> Iterator[bytes]:
    """A package with its tables."""
    yield build_package(PACKAGE_FORM)


def adb_answers() -> Iterator[bytes]:
    """Whole answers of an adb server, each with the byte that says how they are cut."""
    packets = struct.pack("<BI", 1, 6) + b"Linux\n" + struct.pack("<BI", 2, 2) + b"no" + struct.pack("<BIB", 3, 1, 0)
    dent = b"DENT" + struct.pack("<IIII", 0o100644, 5, 6, 4) + b"a.db" + b"DONE" + bytes(16)
    state = b"LST2" + struct.pack("<IQQIIIIQqqq", 0, 1, 2, 0o40755, 1, 0, 0, 9, 1, 2, 3)
    for answer in (
        b"OKAY", b"FAIL0009no device", b"0016ONE device usb:1-1 mod", packets, b"text\nend:0\n", dent, state,
        b"DNT2" + state[4:] + struct.pack("<I", 1) + b"x" + b"DONE" + bytes(72),
        b"DATA" + struct.pack("<I", 3) + b"abcDONE" + bytes(4), b"STAT" + bytes(12),
        b"FAIL" + struct.pack("<I", 2) + b"no",
    ):  # fmt: skip
        yield b"\x07" + answer


@cache
def live() -> Mapping[str, bytes]:
    """The files of an acquisition of a simulated phone over adb."""
    from luciole.devices.live import adb, android
    from luciole.simulate.live.adb_server import AdbServer, SimulatedDevice

    small = msgspec.structs.replace(demonstration(), filler=Filler(files=5, system_packages=3, log_lines=5))
    with AdbServer(SimulatedDevice("ONE", small)) as server:
        data = b"".join(android.acquire(adb.Server(adb.address(server.address)).device()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def live_lists() -> Iterator[bytes]:
    """The lists and the record of that acquisition, and what a simulated iPhone answers."""
    from luciole.simulate.live import ios_device

    yield from (data for name, data in live().items() if name.startswith("users/") or name == "commands.json")
    yield b"2 owners:\nUser  0: admin=org.example.a/.R,DeviceOwner,Affiliated\nUser 10: admin=b.c/.R,ProfileOwner\n"
    device = ios_device.demonstration()
    programs: list[ios_device.Listed] = [ios_device.application(each) for each in device.programs]
    for form in (plistlib.FMT_BINARY, plistlib.FMT_XML):
        yield plistlib.dumps(programs, fmt=form)
        yield plistlib.dumps(ios_device.values(device), fmt=form)
        yield plistlib.dumps(ios_device.profile_list(device), fmt=form)
        yield plistlib.dumps(ios_device.cloud(device)["CloudConfiguration"], fmt=form)


def ios_files() -> Iterator[bytes]:
    """Files of a simulated backup and of a diagnosis archive, and the archive itself."""
    rights = (ios_description.Grant("kTCCServiceMicrophone"),)
    app = ios_description.App("org.example.chat", grants=rights, location="always", origin="enterprise")
    part = ios_description.Payload("com.apple.mdm", {"ServerURL": "https://a.example.org"})
    profile = ios_description.Profile("org.example.profile", payloads=(part,))
    phone = ios_description.IosDescription(apps=(app,), profiles=(profile,))
    yield from (data for _, _, data in ios_content.files(phone))
    yield from (data for _, data in ios_diagnosis.members(phone))
    yield ios_diagnosis.archive(phone)


Seeds = Callable[[], Iterator[bytes]]


def computer_collections() -> Iterator[bytes]:
    """Collections of simulated computers, and their records."""
    for system in COMPUTERS:
        made = collection(computer(system))
        yield made
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            yield archive.read("collection.json")


def computer_files() -> Iterator[bytes]:
    """Files and answers of commands of simulated computers."""
    for system in COMPUTERS:
        with zipfile.ZipFile(io.BytesIO(collection(computer(system)))) as archive:
            yield from (archive.read(name) for name in archive.namelist() if name != "collection.json")


def apple_rights() -> Iterator[bytes]:
    """Rights in DER: with a version, in the older form without one, and with a list and pairs inside."""
    flag, text = bytes.fromhex("0c016b0101ff"), bytes.fromhex("0c016b0c0176")
    inner = b"\x30" + bytes([len(flag)]) + flag
    yield b"\x70" + bytes([5 + len(inner)]) + b"\x02\x01\x01\xb0" + bytes([len(inner)]) + inner
    yield b"\x31" + bytes([len(inner)]) + inner
    listed = b"\x0c\x01k\x30" + bytes([len(text)]) + text
    yield b"\xb0" + bytes([2 + len(listed)]) + b"\x30" + bytes([len(listed)]) + listed


def computer_hives() -> Iterator[bytes]:
    """Registry hives."""
    yield from hives(computer("windows")).values()


def locked_archives() -> Iterator[bytes]:
    """Archives under the password `infected`, in both kinds of encryption, with files that begin like apps."""
    held = {"a.apk": b"PK\3\4 no app", "b.exe": b"MZ note"}
    out = io.BytesIO()
    with (
        mock.patch.object(zipfile_aes.Random, "new", return_value=mock.Mock(read=bytes)),  # the same in every run
        pyzipper.AESZipFile(out, "w", pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive,
    ):
        archive.setpassword(b"infected")
        for name, data in held.items():
            archive.writestr(zipfile_aes.AESZipInfo(name), data)
    yield out.getvalue()
    yield _locked_as_of_old(held, b"infected")


def _locked_as_of_old(held: Mapping[str, bytes], password: bytes) -> bytes:
    """An archive with the first encryption that ZIP had (APPNOTE 6.1), stored."""
    body, directory = b"", b""
    for name, data in held.items():
        check = zlib.crc32(data)
        hidden = _hidden(bytes(11) + bytes([check >> 24]) + data, password)
        common = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 33, check, len(hidden), len(data), len(name), 0)
        entry = struct.pack("<4sH", b"PK\1\2", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
        directory += entry + name.encode()
        body += b"PK\3\4" + common + name.encode() + hidden
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(held), len(held), len(directory), len(body), 0)
    return body + directory + end


def _hidden(data: bytes, password: bytes) -> bytes:
    keys = [0x12345678, 0x23456789, 0x34567890]
    out = bytearray()

    def step(byte: int) -> None:
        keys[0] = zlib.crc32(bytes([byte]), keys[0] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = zlib.crc32(bytes([keys[1] >> 24]), keys[2] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    for byte in password:
        step(byte)
    for byte in data:
        mixed = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ ((mixed * (mixed ^ 1)) >> 8 & 0xFF))
        step(byte)
    return bytes(out)


SEEDS: dict[str, Seeds] = {
    "adb_protocol": adb_answers,
    "live_lists": live_lists,
    "app": containers,
    "apple_bundle": apple_bundles,
    "apple_program": apple_programs,
    "apple_rights": apple_rights,
    "archive": containers,
    "backup": lambda: files("backup.ab"),
    "binary_xml": lambda: members("AndroidManifest.xml"),
    "bundle": containers,
    "code": lambda: members("classes"),
    "criteria": lambda: (text.encode() for text in (*catalogue_files().values(), criteria_file("policy.yml"))),
    "computer_collection": computer_collections,
    "computer_files": computer_files,
    "computer_hive": computer_hives,
    "container_description": descriptions,
    "device_texts": device_texts,
    "dex": lambda: members("classes"),
    "dns": seeds_network.name_messages,
    "directory": lambda: iter([(package("luciole.guidance") / "directory.yml").read_bytes()]),
    "dumpsys": dumpsys,
    "echap": lists,
    "evidence": lambda: iter(acquisition().values()),
    "files_json": lambda: files("files.json"),
    "icon": images,
    "index": indexes,
    "ios_files": ios_files,
    "installer": installers,
    "labels": label_files,
    "locked_archive": locked_archives,
    "manifest": manifest_and_table,
    "native": lambda: members("lib/"),
    "own_lists": own_lists,
    "plist": ios_files,
    "pcap": seeds_network.captures,
    "pcapng": seeds_network.newer_captures,
    "quic": seeds_network.first_datagrams,
    "tls": seeds_network.handshakes,
    "packages_json": lambda: files(".json"),
    "resources": lambda: members("resources.arsc"),
    "result": results,
    "program_texts": lambda: itertools.chain(windows_programs(), apple_programs()),
    "signing": signed_blocks,
    "sqlite_tables": ios_files,
    "sysdiagnose": ios_files,
    "windows_package": packages,
    "windows_program": windows_programs,
}
"""Makers of seeds by the name of the target; a target that is not named here begins with apps and device texts."""


def seeds_for(target: str) -> list[bytes]:
    """Distinct seeds for the target of this name, none longer than MOST."""
    made = SEEDS.get(target, _everything)()
    return list(dict.fromkeys(data[:MOST] for data in made))


def _everything() -> Iterator[bytes]:
    yield from apps()
    yield from acquisition().values()
