"""Each trick of the ZIP container: what is read all the same, what is reported, and what Android refuses."""

import mmap
import struct
import tempfile
import zlib

import pytest

from luciole.apps.apk.archive import Archive, show
from luciole.apps.apk.layout import entropy
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import Limits
from made_zip import Member, end_record, make_zip
from shared_data import corpus_rows, require

MANIFEST = b"AndroidManifest.xml"
TEXT = b"the manifest of an app " * 20
CODE = b"dex\n035\0" + bytes(range(256)) * 8


def plain(*more: Member) -> list[Member]:
    return [Member(MANIFEST, TEXT), Member(b"classes.dex", CODE), *more]


def kinds(archive: Archive) -> set[str]:
    return {one.id for one in archive.anomalies}


def refused(archive: Archive) -> set[str]:
    return {one.id for one in archive.anomalies if one.refused}


def test_a_good_archive_is_read_without_anomaly() -> None:
    archive = Archive.open(make_zip([*plain(), Member(b"resources.arsc", b"table", method=0)]))
    assert list(archive.entries) == [MANIFEST, b"classes.dex", b"resources.arsc"]
    assert [archive.read(name) for name in archive.entries] == [TEXT, CODE, b"table"]
    assert archive.anomalies == []


def test_a_memory_map_reads_as_bytes_do() -> None:
    data = make_zip(plain())
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        archive = Archive.open(mapped)
        assert archive.read(MANIFEST) == TEXT
        assert archive.entries == Archive.open(data).entries


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6", b"\x1f\x8b" + bytes(500), b"PK\3\4" * 100, b"dex\n035\0" * 9])
def test_what_is_no_archive_is_a_parse_error(data: bytes) -> None:
    with pytest.raises(ParseError):
        Archive.open(data)


def test_an_entry_that_is_not_there_is_a_parse_error() -> None:
    with pytest.raises(ParseError, match="no such entry"):
        Archive.open(make_zip(plain())).read(b"resources.arsc")


# ------------------------------------------------------------------ local headers


def test_a_local_header_that_lies_about_the_method_is_not_believed() -> None:
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, local={"method": 0})]))
    assert archive.read(MANIFEST) == TEXT
    detail = "AndroidManifest.xml: method 0 in the local header, 8 in the directory"
    assert archive.anomalies == [("zip.local-method-differs", detail, 0, "", False)]


def test_local_sizes_that_differ_are_refused_by_android_and_still_read() -> None:
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, local={"size": 1, "crc": 7})]))
    assert archive.read(MANIFEST) == TEXT
    assert refused(archive) == {"zip.local-sizes-differ"}


def test_local_sizes_do_not_count_with_a_data_descriptor() -> None:
    descriptor = b"PK\7\x08" + struct.pack("<III", zlib.crc32(TEXT), 5, len(TEXT))
    member = Member(MANIFEST, TEXT, local={"size": 0, "compressed": 0, "crc": 0, "flags": 8}, gap=descriptor)
    archive = Archive.open(make_zip([member, Member(b"classes.dex", CODE)]))
    assert archive.read(MANIFEST) == TEXT
    assert archive.anomalies == []


@pytest.mark.parametrize(
    ("local", "kind"),
    [({"name": b"AndroidManifest.xmX"}, "zip.local-name-differs"), ({"signature": b"PK\3\5"}, "zip.local-signature")],
)
def test_a_local_header_with_another_name_or_signature_is_read_and_refused(local: dict, kind: str) -> None:
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, local=local)]))
    assert archive.read(MANIFEST) == TEXT
    assert kind in refused(archive)


def test_garbage_in_extra_fields_is_stepped_over() -> None:
    member = Member(MANIFEST, TEXT, local={"extra": b"\xff" * 300}, central={"extra": b"\1\0\xff\xff" * 9})
    archive = Archive.open(make_zip([member]))
    assert archive.read(MANIFEST) == TEXT


def test_zip64_fields_count_only_where_the_field_is_all_ones() -> None:
    data = Member(MANIFEST, TEXT).data()
    lie = struct.pack("<HHQQ", 1, 16, 1 << 60, 1 << 60)
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, central={"extra": lie})]))
    assert archive.read(MANIFEST) == TEXT
    true = struct.pack("<HHQQ", 1, 16, len(TEXT), len(data))
    wide = {"extra": true, "size": 0xFFFFFFFF, "compressed": 0xFFFFFFFF}
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, central=wide)]))
    assert archive.entries[MANIFEST].size == len(TEXT)
    assert archive.read(MANIFEST) == TEXT


# ------------------------------------------------------------------ methods, sizes, checksums


def test_an_unknown_method_is_read_as_stored_with_the_uncompressed_size() -> None:
    member = Member(MANIFEST, TEXT, method=0x1234, raw=TEXT)
    archive = Archive.open(make_zip([member]))
    assert archive.read(MANIFEST) == TEXT
    assert kinds(archive) == {"zip.unknown-method"}
    assert not refused(archive)


def test_an_unknown_method_of_code_is_refused() -> None:
    archive = Archive.open(make_zip([Member(b"classes.dex", CODE, method=99, raw=CODE)]))
    assert archive.read(b"classes.dex") == CODE
    assert refused(archive) == {"zip.unknown-method"}


def test_the_encryption_bit_is_ignored_and_told_once() -> None:
    marked = [Member(one.name, one.content, local={"flags": 1}, central={"flags": 1}) for one in plain()]
    archive = Archive.open(make_zip(marked))
    assert [archive.read(name) for name in archive.entries] == [TEXT, CODE]
    assert [one.id for one in archive.anomalies] == ["zip.encryption-bit"]


def test_encryption_in_one_header_only_is_told() -> None:
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, local={"flags": 1})]))
    assert archive.read(MANIFEST) == TEXT
    assert kinds(archive) == {"zip.local-encryption-differs"}


def test_a_wrong_checksum_is_told_and_ignored() -> None:
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, local={"crc": 1}, central={"crc": 1})]))
    assert archive.read(MANIFEST) == TEXT
    assert kinds(archive) == {"zip.crc-differs"}
    assert not refused(archive)


@pytest.mark.parametrize(("size", "expected"), [(0, TEXT), (10, TEXT[:10]), (len(TEXT) + 99, TEXT)])
def test_a_declared_size_that_is_wrong_is_told(size: int, expected: bytes) -> None:
    lie = {"size": size}
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, local=lie, central=lie)]))
    assert archive.read(MANIFEST) == expected
    assert "zip.inflated-size-differs" in refused(archive)


def test_a_compressed_size_that_is_too_small_does_not_cut_the_content() -> None:
    lie = {"compressed": 3}
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, local=lie, central=lie), *plain()[1:]]))
    assert archive.read(MANIFEST) == TEXT


def test_damaged_compressed_data_is_a_parse_error_with_its_place() -> None:
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, raw=b"\xff" * 40)]))
    with pytest.raises(ParseError) as caught:
        archive.read(MANIFEST)
    assert caught.value.file == "AndroidManifest.xml"
    assert caught.value.offset == 30 + len(MANIFEST)
    assert not caught.value.limit


# ------------------------------------------------------------------ the end record and the directory


def test_bytes_before_an_archive_with_right_offsets_are_refused_and_read() -> None:
    archive = Archive.open(make_zip(plain(), before=CODE))
    assert archive.read(MANIFEST) == TEXT
    assert refused(archive) == {"zip.bytes-before-archive"}
    assert "a DEX file" in archive.anomalies[0].detail


def test_bytes_before_an_archive_with_shifted_offsets_are_refused_and_read() -> None:
    archive = Archive.open(make_zip(plain(), before=b"#!/bin/sh\n" * 40, shifted=False))
    assert archive.read(b"classes.dex") == CODE
    assert {"zip.offsets-shifted", "zip.bytes-before-archive"} <= refused(archive)


def test_bytes_after_the_end_record_are_refused_and_read() -> None:
    archive = Archive.open(make_zip(plain(), after=b"payload" * 30))
    assert archive.read(MANIFEST) == TEXT
    assert {"zip.end-comment-differs"} == refused(archive)
    assert "zip.bytes-behind-end" in kinds(archive)


def test_a_comment_length_that_lies_is_refused_and_read() -> None:
    archive = Archive.open(make_zip(plain(), comment=b"short", declared=500))
    assert archive.read(MANIFEST) == TEXT
    assert "zip.end-comment-differs" in refused(archive)


def test_a_long_comment_is_told_with_its_entropy() -> None:
    archive = Archive.open(make_zip(plain(), comment=bytes(range(256)) * 100))
    (anomaly,) = archive.anomalies
    assert anomaly.id == "zip.bytes-in-comment"
    assert "entropy 8.0" in anomaly.detail


def test_a_decoy_end_record_in_the_comment_does_not_hide_the_app() -> None:
    decoy = end_record(0, 0, 0, declared=7)
    archive = Archive.open(make_zip(plain(), comment=b"x" * 10 + decoy + b"y" * 9))
    assert archive.read(MANIFEST) == TEXT
    assert "zip.decoy-end-record" in refused(archive)


def test_of_two_end_records_that_reach_the_end_the_last_one_counts() -> None:
    first = make_zip([Member(MANIFEST, b"first")])
    second = make_zip([Member(MANIFEST, b"second")])[:-22]
    start = second.index(b"PK\1\2")
    comment = second[start:] + end_record(1, len(second) - start, 0)
    body = second[:start]
    outer = make_zip([Member(MANIFEST, b"first")], before=body, comment=comment)
    inside = outer.rindex(b"PK\5\6")
    patched = bytearray(outer)
    struct.pack_into("<I", patched, inside + 16, inside - (len(second) - start))
    archive = Archive.open(bytes(patched))
    assert archive.read(MANIFEST) == b"second"
    assert "zip.second-directory" in kinds(archive)
    assert Archive.open(first).read(MANIFEST) == b"first"


def test_without_an_end_record_the_directory_is_found_by_its_signature() -> None:
    archive = Archive.open(make_zip(plain())[:-22])
    assert archive.read(MANIFEST) == TEXT
    assert "zip.no-end-record" in refused(archive)


def test_entries_beyond_the_declared_count_are_listed_apart() -> None:
    archive = Archive.open(make_zip(plain(Member(b"hidden.dex", CODE)), count=2))
    assert list(archive.entries) == [MANIFEST, b"classes.dex"]
    assert [one.name for one in archive.hidden] == [b"hidden.dex"]
    assert archive.read_entry(archive.hidden[0]) == CODE
    assert "zip.hidden-entries" in kinds(archive)


def test_a_count_that_is_too_high_is_refused_and_read() -> None:
    archive = Archive.open(make_zip(plain(), count=9))
    assert len(archive.entries) == 2
    assert "zip.entry-count-too-high" in refused(archive)


def test_bytes_between_directory_and_end_record_are_told() -> None:
    archive = Archive.open(make_zip(plain(), behind=b"garbage"))
    assert kinds(archive) == {"zip.bytes-behind-directory"}


def test_a_zip64_end_record_counts_only_where_a_field_is_all_ones() -> None:
    data = make_zip(plain())
    at = data.rindex(b"PK\5\6")
    count, size, start = struct.unpack_from("<HII", data, at + 10)
    wide = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, start)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, at, 1)
    archive = Archive.open(data[:at] + wide + locator + end_record(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF))
    assert archive.read(MANIFEST) == TEXT
    lying = wide.replace(struct.pack("<Q", start), struct.pack("<Q", 1 << 50))
    archive = Archive.open(data[:at] + lying + locator + data[at:])
    assert archive.read(MANIFEST) == TEXT


# ------------------------------------------------------------------ layout


def test_both_contents_of_a_duplicate_name_can_be_read() -> None:
    archive = Archive.open(make_zip([Member(MANIFEST, b"one"), Member(MANIFEST, b"two")]))
    assert archive.read(MANIFEST) == b"one"
    assert [archive.read_entry(one) for one in archive.duplicates] == [b"two"]
    assert refused(archive) == {"zip.duplicate-name"}


def test_two_entries_on_the_same_bytes_are_told() -> None:
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT), Member(b"copy.xml", TEXT, central={"offset": 0})]))
    assert "zip.overlapping-entries" in kinds(archive)


def test_a_payload_between_entries_is_told_with_size_and_kind() -> None:
    payload = b"\x7fELF" + bytes(range(256)) * 4
    archive = Archive.open(make_zip([Member(MANIFEST, TEXT, gap=payload), Member(b"classes.dex", CODE)]))
    (anomaly,) = archive.anomalies
    assert anomaly.id == "zip.bytes-between-entries"
    assert str(len(payload)) in anomaly.detail
    assert anomaly.offset == 30 + len(MANIFEST) + len(Member(b"", TEXT).data())
    assert "ELF" in anomaly.detail


def test_padding_of_zeros_between_entries_is_ordinary() -> None:
    assert Archive.open(make_zip([Member(MANIFEST, TEXT, gap=bytes(4096)), Member(b"a", b"b")])).anomalies == []


def test_a_local_header_outside_the_file_fails_that_entry_alone() -> None:
    archive = Archive.open(make_zip([Member(b"gone", TEXT, central={"offset": 1 << 30}), Member(MANIFEST, TEXT)]))
    assert archive.read(MANIFEST) == TEXT
    assert "zip.header-outside" in refused(archive)
    with pytest.raises(ParseError):
        archive.read(b"gone")


def test_entropy_is_that_of_the_definition() -> None:
    assert entropy(b"") == 0.0
    assert entropy(b"aaaa") == 0.0
    assert entropy(b"abab") == 1.0
    assert entropy(bytes(range(256))) == 8.0


# ------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (b"../../poc", "zip.name-path"), (b"/etc/passwd", "zip.name-path"), (b"C:\\boot.ini", "zip.name-path"),
        (b"a//b", "zip.name-path"), (b"..\\up", "zip.name-path"), (b"bad\0name", "zip.name-nul"),
        (b"\xff\xfe", "zip.name-not-utf8"), ("gpj\u202etxt".encode(), "zip.name-controls"),
        (b"tab\there", "zip.name-controls"),
        (b"x" * 60_000, "zip.name-long"), (b"", "zip.name-empty"), ("zero\u200bwidth".encode(), "zip.name-controls"),
    ],
)  # fmt: skip
def test_a_hostile_name_is_told_and_its_entry_read(name: bytes, kind: str) -> None:
    archive = Archive.open(make_zip(plain(Member(name, b"content"))))
    assert kind in kinds(archive)
    assert archive.read(name) == b"content"
    assert isinstance(show(name), str)


def test_names_that_differ_only_in_case_are_counted() -> None:
    archive = Archive.open(make_zip(plain(Member(b"androidmanifest.xml", b"x"), Member(b"CLASSES.dex", b"y"))))
    (anomaly,) = [one for one in archive.anomalies if one.id == "zip.names-differ-in-case"]
    assert anomaly.detail.startswith("2 names")


def test_a_folder_called_like_the_manifest_is_told() -> None:
    archive = Archive.open(make_zip(plain(Member(MANIFEST + b"/", b""))))
    assert "zip.file-and-folder" in kinds(archive)
    assert archive.read(MANIFEST) == TEXT


# ------------------------------------------------------------------ bombs and limits


def test_a_declared_bomb_is_refused_before_anything_is_inflated() -> None:
    lie = {"size": 1 << 30}
    archive = Archive.open(make_zip([Member(MANIFEST, b"x", local=lie, central=lie)]))
    with pytest.raises(ParseError) as caught:
        archive.read(MANIFEST)
    assert caught.value.limit


def test_a_ratio_beyond_the_limit_is_refused() -> None:
    archive = Archive.open(make_zip([Member(MANIFEST, bytes(9 << 20))]))
    with pytest.raises(ParseError, match="ratio") as caught:
        archive.read(MANIFEST)
    assert caught.value.limit


def test_a_bomb_that_declares_nothing_is_cut_at_the_limit() -> None:
    bomb = Member(MANIFEST, bytes(40 << 20))
    lie = {"size": 0}
    archive = Archive.open(make_zip([Member(MANIFEST, b"", raw=bomb.data(), local=lie, central=lie)]))
    content = archive.read(MANIFEST, 16 << 20)
    assert len(content) <= 16 << 20
    assert "zip.inflated-size-differs" in kinds(archive)


def test_overlapping_entries_cannot_multiply_the_work() -> None:
    shared = Member(b"a", bytes(4 << 20))
    names = [Member(b"n%d" % index, shared.content, raw=b"", central={"offset": 0, "compressed": len(shared.data())})
             for index in range(60)]  # fmt: skip
    archive = Archive.open(make_zip([shared, *names]))
    with pytest.raises(ParseError, match="together"):
        _ = [archive.read(name) for name in archive.entries]


def test_more_entries_or_name_bytes_than_the_limit_are_refused() -> None:
    data = make_zip([Member(b"n%d" % index) for index in range(30)])
    assert len(Archive.open(data, Limits(archive_entries=30)).entries) == 30
    for limits in (Limits(archive_entries=29), Limits(archive_name_bytes=50)):
        with pytest.raises(ParseError) as caught:
            Archive.open(data, limits)
        assert caught.value.limit


def test_anomalies_of_one_kind_are_bounded() -> None:
    archive = Archive.open(make_zip([Member(b"same", b"x") for _ in range(500)]))
    assert len(archive.duplicates) == 499
    assert len(archive.anomalies) < 100


def test_a_limit_given_to_read_is_kept() -> None:
    archive = Archive.open(make_zip(plain()))
    with pytest.raises(ParseError) as caught:
        archive.read(MANIFEST, 10)
    assert caught.value.limit
    assert archive.read(MANIFEST) == TEXT
    with pytest.raises(ParseError):
        archive.read(MANIFEST, 10)


# ------------------------------------------------------------------ against real files


@pytest.mark.corpus
@pytest.mark.parametrize("row", [one for one in corpus_rows() if one["kind"] == "app"], ids=lambda row: row["file"])
def test_an_ordinary_app_reads_as_the_standard_library_reads_it(row: dict[str, str]) -> None:
    import zipfile

    path = require("corpus-apk") / row["file"]
    archive = Archive.open(path.read_bytes())
    with zipfile.ZipFile(path) as peer:
        names = [info.filename.encode() for info in peer.infolist()]
        assert sorted(archive.entries) == sorted(names)
        for info in peer.infolist()[:200]:
            assert archive.read(info.filename.encode()) == peer.read(info)
    assert not [one for one in archive.anomalies if one.refused]
