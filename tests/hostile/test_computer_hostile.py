"""Every parser of computers, on any bytes and on changed ones: facts or a ParseError, bounded work, nothing else."""

import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz_target import target
from luciole.devices.parsers.computer import certificates, hive, linux, tasks, texts
from luciole.devices.parsers.rows import Account
from luciole.kernel.errors import ParseError
from luciole.simulate.devices.computer.demonstration import computer
from luciole.simulate.devices.computer.write import SYSTEMS, collection, hives

HIVES = tuple(hives(computer("windows")).values())
COLLECTIONS = {system: collection(computer(system)) for system in SYSTEMS}


def members() -> list[bytes]:
    found = []
    for made in COLLECTIONS.values():
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            found += [archive.read(name) for name in archive.namelist()]
    return [each for each in found if each]


MEMBERS = members()


@st.composite
def changed(draw: st.DrawFn, whole: tuple[bytes, ...]) -> bytes:
    """One of the inputs with some bytes changed, or cut."""
    data = bytearray(draw(st.sampled_from(whole)))
    for at, value in draw(st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=12)):
        data[at] = value
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


@settings(max_examples=100, deadline=None)
@given(changed(HIVES))
def test_a_changed_hive_gives_values_or_a_parse_error(data: bytes) -> None:
    try:
        target("computer_hive")(data)
    except ParseError as error:
        assert error.message  # noqa: PT017 - one of the two answers


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), changed(tuple(MEMBERS))))
def test_any_bytes_as_each_file_give_facts_of_the_vocabulary(data: bytes) -> None:
    target("computer_files")(data)


@settings(max_examples=60, deadline=None)
@given(changed(tuple(COLLECTIONS.values())))
def test_a_changed_collection_is_read_or_refused(data: bytes) -> None:
    target("computer_collection")(data)


TEXTS = {
    "tasks": (tasks.parse, b"<Task <!-- " * 60_000),
    "certificates": (
        certificates.parse,
        (b"-----BEGIN CERTIFICATE-----\n" * 2 + b"-----END CERTIFICATE-----\n") * 30_000,
    ),
    "hosts": (texts.hosts, b"0.0.0.0 " + b"a.b " * 300_000),
    "cron": (linux.crontab("files/etc/crontab"), b"* " * 500_000 + b"\n" + b"@\n" * 100_000),
    "unit": (linux.unit("files/etc/systemd/system/a.service"), b"[Service]\nExecStart=a \\\n" + b"b \\\n" * 200_000),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_long_text_made_to_be_slow_costs_linear_work(name: str) -> None:
    """Twice the text costs about twice the steps: counted by Python, not by a clock."""
    import sys

    parse, data = TEXTS[name]

    def steps(part: bytes) -> int:
        count = 0

        def profile(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(profile)
        try:
            for _ in parse(part, Account()):
                pass
        except ParseError:
            pass
        finally:
            sys.setprofile(None)
        return count

    once, twice = steps(data[: len(data) // 8]), steps(data[: len(data) // 4])
    assert twice <= 3 * once + 1_000


def test_json_that_is_nested_without_end_is_no_crash() -> None:
    for parse in (texts.consumers, linux.accounts, linux.browser_policy):
        account = Account()
        try:
            list(parse(b"[" * 100_000, account))
        except ParseError:
            continue
        assert account.lost


def test_a_collection_with_a_name_twice_or_with_a_path_leaves_nothing_outside() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        record = {
            "format": "luciole-computer",
            "version": 1,
            "system": "linux",
            "files": [{"member": "../../etc/passwd", "sha256": "00"}],
        }
        archive.writestr("collection.json", json.dumps(record))
        archive.writestr("../../outside/systemd/a.service", "[Service]\nExecStart=/opt/a\n")
        archive.writestr("/etc/ld.so.preload", "/opt/b.so\n")
    target("computer_collection")(made.getvalue())


def test_every_hive_cut_at_each_hundredth_is_refused_or_counts_what_it_lost() -> None:
    for data in HIVES:
        whole = len(list(hive.values(data, Account())))
        for step in range(100):
            account = Account()
            try:
                found = len(list(hive.values(data[: len(data) * step // 100], account)))
            except ParseError:
                continue
            assert found == whole or account.lost
