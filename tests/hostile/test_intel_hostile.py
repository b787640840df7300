"""The index agrees with a dictionary for any knowledge, and hostile bytes give a ParseError and nothing else."""

from __future__ import annotations

import msgspec
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from fuzz_target import target
from luciole.intel import index_writing as writing
from luciole.intel.index import KINDS, Index
from luciole.intel.model import Family, Indicator, Knowledge, canonical
from luciole.kernel.errors import ParseError

PACKAGES = st.from_regex(r"[a-cA-C]{1,3}(\.[a-cA-C_]{1,3}){1,2}", fullmatch=True)
HOSTS = st.from_regex(r"([ab]{1,2}\.){0,3}[ab]\.(com|net)", fullmatch=True)
HEX = st.binary(min_size=32, max_size=32).map(bytes.hex)


INDEX_TARGET, ECHAP_TARGET = target("index"), target("echap")


def sample_index() -> bytes:
    indicators = (
        Indicator("package", "org.example.spy", "package", ("spy",)),
        Indicator("host", "spy.example", "command-and-control", ("spy",), subdomains=True),
        Indicator("sha1", "ab" * 20, "certificate", ("spy",)),
        Indicator("sha256", "11" * 32, "file-hash", ("spy",)),
        Indicator("pattern", "Kids[0-9]{2}", "certificate-name", ("spy",)),
    )
    return Index.build(canonical(Knowledge(1, "", (Family("spy", "Spy", "stalkerware"),), indicators)))


SAMPLE = sample_index()


@given(
    listed=st.lists(PACKAGES, max_size=30), hosts=st.dictionaries(HOSTS, st.booleans(), max_size=20),
    digests=st.lists(HEX, max_size=10), asked=st.lists(PACKAGES, max_size=30), asked_hosts=st.lists(HOSTS, max_size=40),
)  # fmt: skip
def test_the_index_agrees_with_a_dictionary(
    listed: list[str], hosts: dict[str, bool], digests: list[str], asked: list[str], asked_hosts: list[str]
) -> None:
    indicators = [Indicator("package", one, "package") for one in set(listed)]
    indicators += [Indicator("host", host, "website", subdomains=below) for host, below in hosts.items()]
    indicators += [Indicator("sha256", one, "file-hash") for one in set(digests)]
    index = Index.open(Index.build(canonical(Knowledge(1, indicators=tuple(indicators)))))
    index.verify()

    def host_known(host: str) -> bool:
        above = [host.split(".", count)[-1] for count in range(1, host.count("."))]
        return host in hosts or any(hosts.get(name, False) for name in above)

    assert index.known("package", [*asked, *listed]) == {one for one in [*asked, *listed] if one in set(listed)}
    assert index.known("digest", digests) == set(digests)
    assert index.known("host", asked_hosts) == {host for host in asked_hosts if host_known(host)}
    assert all(bool(index.look_up("host", host)) == host_known(host) for host in asked_hosts)
    assert all(bool(index.look_up("package", one)) == (one in set(listed)) for one in asked)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_as_an_index(data: bytes) -> None:
    INDEX_TARGET(data)
    INDEX_TARGET(writing.MAGIC + data)


@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_an_index_with_changed_bytes_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SAMPLE)
    for place, byte in changes:
        data[place] = byte
    INDEX_TARGET(bytes(data))


@given(st.data())
def test_an_index_made_to_deceive_is_read_or_refused(data: st.DataObject) -> None:
    """A forger makes check sums fit: header and arrays are changed, then summed again."""
    raw = bytearray(SAMPLE)
    size = writing.PREFIX.unpack_from(raw)[2]
    header = msgspec.msgpack.decode(bytes(raw[16 : 16 + size]), type=writing.Header)
    number = st.one_of(st.integers(0, len(raw) + 64), st.integers(0, 2**63), st.integers(-9, 9))
    tables = []
    for table in header.tables:
        sections = [
            msgspec.structs.replace(part, start=data.draw(st.sampled_from([part.start, part.start + 8, -8])),
                                    count=data.draw(st.sampled_from([part.count, part.count + 1, 0, 2**60])))
            if data.draw(st.booleans()) else part
            for part in (table.keys, table.offsets, table.sums)
        ]  # fmt: skip
        start = sections[1].start
        if data.draw(st.booleans()) and 0 <= start <= len(raw) - 8:
            raw[start : start + 8] = data.draw(st.integers(0, 2**64 - 1)).to_bytes(8, "little")
        keys, offsets, sums = (summed(raw, part, size) for part, size in zip(sections, (8, 8, 4), strict=True))
        tables.append(writing.Table(table.kind, keys, offsets, sums))
    records = writing.Span(data.draw(st.one_of(st.just(header.records.start), number)),
                           data.draw(st.one_of(st.just(header.records.end), number)))  # fmt: skip
    INDEX_TARGET(with_header(raw, msgspec.structs.replace(header, tables=tuple(tables), records=records)))


def summed(raw: bytearray, part: writing.Section, item: int) -> writing.Section:
    end = part.start + part.count * item
    if not 0 <= part.start <= end <= len(raw):
        return part
    return msgspec.structs.replace(part, check=xxhash.xxh3_64_intdigest(bytes(raw[part.start : end])))


def made_of(kind: writing.IndexKind, value: str, body: bytes) -> bytes:
    """An index whose check sums fit and whose one record holds what a forger likes."""
    columns = writing._Columns()
    writing._append(columns, value, body)
    return writing._assemble({kind: columns}, [xxhash.xxh3_64_intdigest(b"spy.example")], {}, 1)


@given(
    kind=st.sampled_from(KINDS),
    value=st.sampled_from(["org.example.spy", "spy.example", "Kids12", "(a+)+$", "spy", "\x00"]),
    body=st.one_of(
        st.binary(max_size=40),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(-9, 2**63), st.text(max_size=4), st.just("package")),
            lambda inner: st.lists(inner, max_size=10) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=30,
        ).map(msgspec.msgpack.encode),
    ),
)
def test_a_record_made_to_deceive_is_read_or_refused(kind: writing.IndexKind, value: str, body: bytes) -> None:
    INDEX_TARGET(made_of(kind, value, body))


def test_a_pattern_that_could_run_away_is_refused_in_a_forged_index() -> None:
    entry = msgspec.msgpack.encode([writing.Entry("certificate-name", (), "reported", (), "", "", subdomains=False)])
    index = Index.open(made_of("certificate-name", "(a+)+$", entry))
    with pytest.raises(ParseError):
        index.look_up("certificate-name", "a" * 50 + "!")


def test_the_forger_of_these_tests_makes_an_index_that_opens() -> None:
    raw = bytearray(SAMPLE)
    size = writing.PREFIX.unpack_from(raw)[2]
    header = msgspec.msgpack.decode(bytes(raw[16 : 16 + size]), type=writing.Header)
    tables = tuple(
        writing.Table(one.kind, summed(raw, one.keys, 8), summed(raw, one.offsets, 8), summed(raw, one.sums, 4))
        for one in header.tables
    )
    forged = with_header(raw, msgspec.structs.replace(header, tables=tables))
    assert Index.open(forged).known("package", ["org.example.spy"]) == {"org.example.spy"}


def with_header(raw: bytearray, header: writing.Header) -> bytes:
    encoded = msgspec.msgpack.encode(header)
    prefix = writing.PREFIX.pack(writing.MAGIC, writing.VERSION, len(encoded)) + encoded
    prefix += xxhash.xxh3_64_intdigest(encoded).to_bytes(8, "little")
    return prefix + bytes(raw[len(prefix) :])


YAML_LINES = st.lists(
    st.sampled_from([
        "- name: ExampleSpy", "  type: stalkerware", "  type: watchware", "  packages: [org.example.spy, x]",
        "  c2:", "    ip: [192.0.2.7]", "    domains: [a.example]", "  websites:", "  - A.example",
        "  certificates: [zz]",
        "  names: [examplespy, Other]", "- name: Other", "  c2: text", "- 1", "  unknown: {a: [b]}", "people: x", "\t",
        "  certificate_cname_re: ['(a+)+']", "SHA256,Package Name,Certificate,Version,App", "11,,,1,ExampleSpy",
        '"', "type,indicator,app", "domain,a.example,ExampleSpy", "rule a { condition: true }",
    ]), max_size=12,
).map(lambda lines: "\n".join(lines).encode())  # fmt: skip


@given(st.one_of(st.binary(max_size=300), YAML_LINES))
def test_any_file_of_a_list_is_read_or_refused_with_a_reason(data: bytes) -> None:
    ECHAP_TARGET(data)


def test_deep_wide_and_endless_files_are_refused_quickly() -> None:
    for data in (
        b"[" * 200_000,
        b"- " * 200_000,
        b"a: " + b"{" * 100_000,
        b"&a [*a, *a]",
        b'"' * 100_001,
        b"\xff" * 99,
    ):
        ECHAP_TARGET(data)
