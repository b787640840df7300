"""Rights in DER, as newer signatures of Apple's systems have them; and headers that name their lists many times."""

import contextlib
import shutil
import struct
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luciole.apps.macho.layout import read_headers
from luciole.apps.macho.rights import LARGEST, read_rights
from luciole.apps.read import read_app
from luciole.kernel.errors import ParseError
from luciole.kernel.facts import FactSet
from luciole.simulate.programs.apple import AppleProgram, build_macho

Right = bool | int | str | bytes | list["Right"] | dict[str, "Right"]
SIGNED = AppleProgram(signer="own", team="ABCDE12345", rights={"get-task-allow": True})
HIDDEN = "com.apple.private.screen"


def element(tag: int, content: bytes) -> bytes:
    """ASN.1 by X.690, 8.1."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 128 | width]) + size.to_bytes(width, "big") + content


def written(value: Right) -> bytes:
    if isinstance(value, bool):
        return element(1, b"\xff" if value else b"\0")
    if isinstance(value, int):
        return element(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
    if isinstance(value, str):
        return element(12, value.encode())
    if isinstance(value, bytes):
        return element(4, value)
    if isinstance(value, list):
        return element(0x30, b"".join(map(written, value)))
    return element(0xB0, b"".join(element(0x30, written(key) + written(one)) for key, one in value.items()))


def der(rights: dict[str, Right]) -> bytes:
    return element(0x70, element(2, b"\1") + written(rights))


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
PLAIN = st.booleans() | st.integers(-(2**62), 2**62) | TEXTS | st.binary(max_size=300)
NESTED = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=6
)
RIGHTS = st.dictionaries(TEXTS, NESTED, max_size=6)


@given(rights=RIGHTS)
def test_rights_are_those_that_were_written(rights: dict[str, Right]) -> None:
    assert read_rights(der(rights)) == rights


@given(rights=RIGHTS)
def test_the_older_form_without_a_version_is_read_too(rights: dict[str, Right]) -> None:
    pairs = b"".join(element(0x30, written(name) + written(value)) for name, value in rights.items())
    assert read_rights(element(0x31, pairs)) == rights


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_finds_the_same_texts(tmp_path: Path) -> None:
    path = tmp_path / "rights"
    path.write_bytes(der({HIDDEN: True, "keychain-access-groups": ["ABCDE12345.*", "b"]}))
    command = ["openssl", "asn1parse", "-inform", "DER", "-in", str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    texts = [line.rpartition(":")[2] for line in said.splitlines() if "UTF8STRING" in line]
    assert texts == [HIDDEN, "keychain-access-groups", "ABCDE12345.*", "b"]


@given(data=st.binary(max_size=200) | st.builds(lambda rights, at: der(rights)[:at], RIGHTS, st.integers(0, 60)))
def test_any_bytes_are_rights_or_a_parse_error(data: bytes) -> None:
    with contextlib.suppress(ParseError):
        assert isinstance(read_rights(data), dict)


@pytest.mark.parametrize(
    "data", [bytes(LARGEST + 1), der({})[:-1], element(0x70, element(2, b"\1") + element(0x04, b""))]
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        read_rights(data)


def facts_of(program: AppleProgram | bytes) -> FactSet:
    data = program if isinstance(program, bytes) else build_macho(program)
    return read_app(data, "program").subjects[0]


def rights_of(facts: FactSet) -> dict[object, object]:
    return {fact.value: fact.attributes["setting"] for fact in facts.facts if fact.name == "program.entitlement"}


def state_of(facts: FactSet) -> tuple[object, object]:
    scheme = next(fact for fact in facts.facts if fact.name == "signature.scheme")
    return scheme.attributes["state"], scheme.attributes["error"]


def test_a_right_that_stands_in_der_alone_is_found() -> None:
    facts = facts_of(msgspec.structs.replace(SIGNED, der_rights=der({HIDDEN: True, "get-task-allow": True})))
    assert rights_of(facts) == {"get-task-allow": "true", HIDDEN: "true"}
    assert state_of(facts) == ("verified", "")


def test_rights_in_der_that_were_exchanged_are_told() -> None:
    data = build_macho(msgspec.structs.replace(SIGNED, der_rights=der({HIDDEN: True})))
    changed = data.replace(HIDDEN.encode(), HIDDEN.replace("screen", "camera").encode())
    assert state_of(facts_of(changed)) == ("failed", "the rights are not those that were signed")


def test_damaged_rights_in_der_are_a_loss() -> None:
    facts = facts_of(msgspec.structs.replace(SIGNED, der_rights=b"\x70\x05\x02"))
    line = next(line for line in facts.coverage if line.area == "signing")
    assert "ASN.1" in line.detail


def test_a_header_that_names_its_list_of_names_many_times_is_read_once() -> None:
    number, count = 400, 1_000
    base = 32 + 24 * number
    table = struct.pack("<IBBHQ", 1, 1, 0, 0, 0) * count
    head = struct.pack("<4sIIIIIII", b"\xcf\xfa\xed\xfe", 0x0100000C, 0, 2, number, 24 * number, 0, 0)
    command = struct.pack("<IIIIII", 2, 24, base, count, base + len(table), 16)
    found = read_headers(head + command * number + table + b"\0_socket\0".ljust(16, b"\0"))
    assert found.imports == ("_socket",) * count
    assert found.losses.count("more than one list of names") == number - 1
