"""The compiled index answers as the knowledge says, and says so when it is damaged."""

from __future__ import annotations

import mmap
from pathlib import Path

import pytest
import xxhash

from luciole.intel import index as index_module
from luciole.intel.index import Index
from luciole.intel.model import Family, Indicator, Knowledge, Role, ValueType, canonical
from luciole.intel.warninglists import WarningList
from luciole.kernel.errors import ParseError

FAMILY = Family("example-spy", "ExampleSpy", "stalkerware", aliases=("ExampleTrack",))


def known(
    kind: ValueType, value: str, role: Role, *, subdomains: bool = False, family: str = "example-spy"
) -> Indicator:
    return Indicator(kind, value, role, (family,), ("list",), subdomains=subdomains)


def compiled(*indicators: Indicator, lists: tuple[WarningList, ...] = ()) -> Index:
    return Index.open(Index.build(canonical(Knowledge(3, "", (FAMILY,), indicators)), lists))


def test_an_empty_index_knows_nothing() -> None:
    index = compiled()
    assert index.look_up("package", "org.example.a") == ()
    assert index.known("host", ["a.example", ""]) == set()
    assert index.family("other") is None


def test_case_matters_for_app_ids_and_not_for_hosts_or_digests() -> None:
    index = compiled(
        known("package", "app.EasyLogger", "package"),
        known("host", "spy.example", "website"),
        known("sha1", "ab" * 20, "certificate"),
    )
    assert index.known("package", ["app.EasyLogger", "app.Easylogger"]) == {"app.EasyLogger"}
    assert index.known("host", ["SPY.example", "spy.example."]) == {"SPY.example"}
    assert index.known("certificate", ["AB" * 20]) == {"AB" * 20}
    assert index.look_up("certificate", "AB" * 20)[0].entry.families == ("example-spy",)
    assert index.look_up("digest", "ab" * 20) == ()


def test_a_host_is_met_at_label_boundaries_only_and_only_where_names_below_count() -> None:
    index = compiled(
        known("host", "c2.spy.example", "command-and-control", subdomains=True),
        known("host", "only.example", "website"),
    )
    asked = ["c2.spy.example", "x.c2.spy.example", "xc2.spy.example", "spy.example", "www.only.example", "only.example"]
    expected = {"c2.spy.example", "x.c2.spy.example", "only.example"}
    assert index.known("host", asked) == expected
    assert {host for host in asked if index.look_up("host", host)} == expected
    assert index.look_up("host", "x.c2.spy.example")[0].matched == "c2.spy.example"


def test_a_shared_parent_never_stands_for_the_names_below_it() -> None:
    shared = WarningList("shared", "shared-hosting", "about", "source", parents=("hosting.example",))
    index = compiled(
        known("host", "hosting.example", "command-and-control", subdomains=True),
        known("host", "spy.hosting.example", "command-and-control", subdomains=True),
        lists=(shared,),
    )
    assert index.look_up("host", "other.hosting.example") == ()
    parent, tenant = index.look_up("host", "hosting.example")[0], index.look_up("host", "a.spy.hosting.example")[0]
    assert (parent.entry.warning, parent.entry.tenant) == ("shared", False)
    assert (tenant.entry.warning, tenant.entry.tenant) == ("shared", True)


def test_every_role_and_family_of_a_value_is_answered() -> None:
    index = compiled(
        known("host", "spy.example", "website"),
        known("host", "spy.example", "command-and-control"),
    )
    assert [hit.entry.role for hit in index.look_up("host", "spy.example")] == ["command-and-control", "website"]


def test_values_whose_keys_collide_do_not_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    real = xxhash.xxh3_64_intdigest

    def four_keys(data: bytes | memoryview) -> int:
        return len(data) % 4 if len(data) < 30 else real(data)  # values are short; sums and tables stay real

    monkeypatch.setattr(xxhash, "xxh3_64_intdigest", four_keys)
    packages = [f"org.example.a{number}" for number in range(300)]
    index = compiled(*(known("package", name, "package") for name in packages))
    absent = [f"org.example.b{number}" for number in range(300)]
    assert index.known("package", [*packages, *absent]) == set(packages)
    assert all(index.look_up("package", name) for name in packages)
    assert not any(index.look_up("package", name) for name in absent)


def test_the_same_knowledge_gives_the_same_bytes_in_any_order() -> None:
    indicators = [known("package", f"org.example.a{number}", "package") for number in range(50)]
    forward = Index.build(canonical(Knowledge(1, "", (FAMILY,), tuple(indicators))))
    assert forward == Index.build(canonical(Knowledge(1, "", (FAMILY,), tuple(reversed(indicators)))))


def test_a_memory_mapped_file_is_opened_as_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "index"
    path.write_bytes(Index.build(Knowledge(1, "", (FAMILY,), (known("package", "org.example.a", "package"),))))
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        index = Index.open(memoryview(mapped))
        assert index.known("package", ["org.example.a"]) == {"org.example.a"}
        index.verify()


def test_certificate_names_are_compared_with_simple_patterns() -> None:
    index = compiled(known("pattern", "Kids[0-9]{2}", "certificate-name"))
    assert index.known("certificate-name", ["Kids12", "Kids123", "xKids12"]) == {"Kids12"}


def test_odd_texts_are_simply_unknown() -> None:
    index = compiled(known("host", "spy.example", "website", subdomains=True))
    odd = ["", ".", "...", "\ud800", "a" * 100_000, "." * 5000, "x." * 5000 + "spy.example", "\x00", "spy.example\n"]
    for kind in index_module.KINDS:
        assert index.known(kind, odd) == set()
        assert all(index.look_up(kind, text) == () for text in odd)


@pytest.mark.parametrize("cut", [0, 7, 15, 100, 4096, 5000])
def test_an_index_that_was_cut_short_is_refused(cut: int) -> None:
    data = Index.build(Knowledge(1, "", (FAMILY,), (known("package", "org.example.a", "package"),)))
    with pytest.raises(ParseError):
        Index.open(data[: min(cut, len(data) - 1)]).verify()


def test_a_damaged_record_is_an_error_and_never_unknown() -> None:
    value = "org.example.something"
    data = bytearray(Index.build(Knowledge(1, "", (FAMILY,), (known("package", value, "package"),))))
    place = bytes(data).index(value.encode())
    data[place] ^= 1
    index = Index.open(bytes(data))
    with pytest.raises(ParseError):
        index.known("package", [value])
    with pytest.raises(ParseError):
        index.look_up("package", value)
    with pytest.raises(ParseError):
        index.verify()


def test_a_family_says_how_many_signers_the_lists_give_it() -> None:
    families = (Family("signed", "Signed", "stalkerware"), Family("unsigned", "Unsigned", "stalkerware"))
    listed = (
        Indicator("sha1", "ab" * 20, "certificate", ("signed",)),
        Indicator("sha1", "cd" * 20, "certificate", ("signed", "gone")),
        Indicator("sha256", "11" * 32, "file-hash", ("unsigned",)),
    )
    index = Index.open(Index.build(canonical(Knowledge(1, "", families, listed))))
    cards = [index.family(one.id) for one in families]
    assert [card and card.signers for card in cards] == [2, 0]
