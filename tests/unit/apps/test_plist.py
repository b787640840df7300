"""Property lists: the same values as the standard library reads, and nothing built that is hostile."""

import datetime as dt
import plistlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luciole.apps import plist
from luciole.kernel.errors import ParseError
from luciole.simulate.devices.ios.content import archived

MOMENTS = st.datetimes(min_value=dt.datetime(1990, 1, 1), max_value=dt.datetime(2090, 1, 1)).map(  # noqa: DTZ001 - property lists have no zone
    lambda moment: moment.replace(microsecond=0)
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]))
LEAVES = (
    st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.binary()
    | MOMENTS
)
VALUES = st.recursive(LEAVES, lambda each: st.lists(each, max_size=5) | st.dictionaries(TEXTS, each, max_size=5))


def same(value: object) -> object:
    """What the standard library reads, with its dates in UTC."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=dt.UTC)
    if isinstance(value, list):
        return [same(each) for each in value]
    if isinstance(value, dict):
        return {key: same(each) for key, each in value.items()}
    return value


def whole(objects: list[bytes], top: int = 0) -> bytes:
    """A binary property list of these objects, each reference one byte."""
    offsets, at = [], len(plist.MAGIC)
    for each in objects:
        offsets.append(at)
        at += len(each)
    table = b"".join(struct.pack(">I", each) for each in offsets)
    return plist.MAGIC + b"".join(objects) + table + struct.pack(">6xBBQQQ", 4, 1, len(objects), top, at)


@given(VALUES)
def test_binary_lists_are_read_as_the_standard_library_reads_them(value: object) -> None:
    data = plistlib.dumps(value, fmt=plistlib.FMT_BINARY)  # type: ignore[arg-type] # made of what is allowed
    assert plist.load(data) == same(plistlib.loads(data))


@given(VALUES)
def test_xml_lists_are_read_as_the_standard_library_reads_them(value: object) -> None:
    data = plistlib.dumps(value, fmt=plistlib.FMT_XML)  # type: ignore[arg-type] # made of what is allowed
    assert plist.load(data) == same(plistlib.loads(data))


@given(VALUES, st.data())
def test_a_cut_list_is_refused(value: object, data: st.DataObject) -> None:
    form = data.draw(st.sampled_from([plistlib.FMT_BINARY, plistlib.FMT_XML]))
    content = plistlib.dumps(value, fmt=form)  # type: ignore[arg-type] # made of what is allowed
    with pytest.raises(ParseError):
        plist.load(content[: data.draw(st.integers(0, len(content) - 12))])


@pytest.mark.parametrize(
    "objects",
    [
        [b"\xa1\x00"],
        [b"\xa1\x01", b"\xa1\x00"],
        [b"\xd1\x01\x00", b"\x51k"],
        [b"\xa2\x01\x02", b"\xa1\x02", b"\xa1\x01"],
    ],
)
def test_an_object_that_holds_itself_is_refused(objects: list[bytes]) -> None:
    with pytest.raises(ParseError, match="holds itself"):
        plist.load(whole(objects))


def test_a_list_that_grows_when_it_is_spelled_out_is_refused() -> None:
    doubling = [bytes([0xAF, 0x10, 10, *[number + 1] * 10]) for number in range(60)]
    data = whole([*doubling, b"\x51x"])
    with pytest.raises(ParseError) as caught:
        plist.load(data)
    assert caught.value.limit


def test_objects_that_share_their_bytes_many_times_are_refused() -> None:
    data = b"\x4f\x12" + struct.pack(">I", 100_000)
    shared = b"\xaf\x11" + struct.pack(">H", 200) + bytes(range(1, 201)) + (data * 200)[: 6 * 200] + bytes(100_000)
    offsets = [8, *(8 + 4 + 200 + 6 * number for number in range(200))]
    table = b"".join(struct.pack(">I", each) for each in offsets)
    whole_list = plist.MAGIC + shared + table + struct.pack(">6xBBQQQ", 4, 1, 201, 0, 8 + len(shared))
    with pytest.raises(ParseError) as caught:
        plist.load(whole_list)
    assert caught.value.limit


def test_arrays_that_share_their_references_are_refused() -> None:
    count = 3_000
    offsets, start = [8], 8 + 4 + 2 * 999
    array = b"\xaf\x11" + struct.pack(">H", 999) + b"".join(struct.pack(">H", number) for number in range(1, 1000))
    inner = b"\xaf\x11" + struct.pack(">H", count) + struct.pack(">H", 1000) * count
    body = array + inner + b"\x51x"
    offsets += [start] * 999 + [start + len(inner)]
    table = b"".join(struct.pack(">I", each) for each in offsets)
    data = plist.MAGIC + body + table + struct.pack(">6xBBQQQ", 4, 2, len(offsets), 0, 8 + len(body))
    with pytest.raises(ParseError) as caught:
        plist.load(data)
    assert caught.value.limit


def test_lists_in_lists_beyond_the_depth_are_refused() -> None:
    deep = b"<array>" * 5_000 + b"</array>" * 5_000
    for data in (
        whole([bytes([0xA1, number + 1]) for number in range(200)] + [b"\x51x"]),
        b"<plist>" + deep + b"</plist>",
    ):
        with pytest.raises(ParseError) as caught:
            plist.load(data)
        assert caught.value.limit


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"bplist00",
        b"bplist00" + bytes(32),
        whole([b"\x1f" + bytes(16)]),
        whole([b"\x15" + bytes(32)]),
        whole([b"\xaf\x13" + b"\xff" * 8]),
        whole([b"\x5f\x12\xff\xff\xff\xff"]),
        whole([b"\xa1\x05"]),
        whole([b"\x51x"], top=9),
        whole([b"\x90"]),
        whole([b"\x0b"]),
        whole([b"\xd1\x01\x02", b"\x10\x05", b"\x51x"]),
        whole([b"\xd2\x01\x01\x02\x02", b"\x51k", b"\x51x"]),
        b'<!DOCTYPE x [<!ENTITY a "b">]><plist><string>&a;</string></plist>',
        b"<plist><integer>" + b"9" * 100_000 + b"</integer></plist>",
        b"<plist><dict><string>x</string></dict></plist>",
        b"<plist><date>yesterday</date></plist>",
        b"<plist></array></plist>",
    ],
)
def test_broken_lists_are_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        plist.load(data)


def test_a_count_of_objects_that_cannot_be_there_is_refused_before_anything_is_built() -> None:
    data = plist.MAGIC + b"\x51x" + struct.pack(">6xBBQQQ", 1, 1, 1 << 40, 0, 10)
    with pytest.raises(ParseError):
        plist.load(data)


@given(
    st.recursive(st.text() | st.integers(-1000, 1000), lambda each: st.lists(each) | st.dictionaries(st.text(), each))
)
def test_a_keyed_archive_gives_back_what_was_put_in(value: object) -> None:
    assert plist.unwrap(plist.load(archived(value))) == value


def test_an_archive_that_holds_itself_is_cut_there() -> None:
    objects = ["$null", {"name": "a", "self": plistlib.UID(1), "$class": plistlib.UID(2)}, {"$classname": "Thing"}]
    top = {"$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)}, "$objects": objects}
    found = plist.unwrap(plist.load(plistlib.dumps(top, fmt=plistlib.FMT_BINARY)))
    assert found == {"name": "a", "self": None, "$class": "Thing"}


def test_an_archive_that_grows_is_refused() -> None:
    objects: list[object] = ["$null"]
    objects += [{"NS.objects": [plistlib.UID(number + 2)] * 10} for number in range(30)]
    objects.append("x")
    top = {"$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)}, "$objects": objects}
    with pytest.raises(ParseError) as caught:
        plist.unwrap(plist.load(plistlib.dumps(top, fmt=plistlib.FMT_BINARY)))
    assert caught.value.limit


@pytest.mark.parametrize("code", ["utf-8", "utf-16", "utf-16-be"])
def test_xml_lists_in_other_encodings_are_read(code: str) -> None:
    text = f'<?xml version="1.0" encoding="{code[:6]}"?><plist><dict><key>k</key><string>né</string></dict></plist>'
    assert plist.load(text.encode(code)) == {"k": "né"}


@pytest.mark.parametrize("value", [["a"], "a", 5])
def test_a_list_that_holds_no_map_is_none_where_a_map_is_needed(value: plist.Value) -> None:
    with pytest.raises(ParseError, match="no map") as caught:
        plist.load_map(plistlib.dumps(value, fmt=plistlib.FMT_BINARY), "Info.plist")
    assert caught.value.file == "Info.plist"


@pytest.mark.parametrize(
    ("written", "meant"),
    [(True, True), (1, True), ("1", True), ("YES", True), ("true", True), (0, False), ("NO", False), ("maybe", None)],
)
def test_a_flag_is_taken_however_it_is_written(written: plist.Value, meant: bool | None) -> None:  # noqa: FBT001
    assert plist.flag({"LSUIElement": written}, "LSUIElement") is meant


def test_looking_into_values_never_fails() -> None:
    value = plist.load(plistlib.dumps({"a": {"b": [1, "x", b"y"]}, "n": 5, "f": True}))
    assert plist.text(value, "a", "b") == ""
    assert plist.number(value, "n") == 5
    assert plist.flag(value, "f") is True
    assert plist.items(value, "a", "b") == [1, "x", b"y"]
    assert plist.words(value, "a", "b") == ["x"]
    assert plist.maps([{"a": 1}, 5]) == [{"a": 1}]
    assert plist.at(value, "a", "missing", "deeper") is None
    assert sorted(plist.texts(value)) == ["a", "b", "f", "n", "x"]
