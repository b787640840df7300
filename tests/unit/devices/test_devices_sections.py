"""Cutting a text into sections: names, lines, long lines and pieces of any size."""

import itertools

import pytest

from luciole.devices.parsers.rows import Account
from luciole.devices.parsers.sections import HEADER, WholeLines, cut, lines
from luciole.kernel.limits import Limits

TEXT = (
    b"== dumpstate: 2024-03-01 10:00:00\n"
    b"------ SYSTEM PROPERTIES (getprop) ------\n[a]: [b]\n"
    b"------ 0.1s was the duration of 'SYSTEM PROPERTIES' ------\n"
    b"-----\nDUMP OF SERVICE CRITICAL activity:\none\r\ntwo\n"
    b"--------- 0.2s was the duration of dumpsys activity, ending at: 2024\n"
    b"DUMP OF SERVICE package:\n  DUMP OF SERVICE inside:\nlast"
)


def cut_all(chunk: int) -> list[tuple[str, list[tuple[int, str]]]]:
    chunks = (TEXT[at : at + chunk] for at in range(0, len(TEXT), chunk))
    groups = itertools.groupby(cut(WholeLines(chunks)), key=lambda block: (block.number, block.section))
    return [(key[1], list(lines(blocks, Account()))) for key, blocks in groups]


@pytest.mark.parametrize("chunk", [1, 7, 64, 10_000])
def test_sections_and_line_numbers_do_not_depend_on_the_size_of_chunks(chunk: int) -> None:
    found = cut_all(chunk)
    assert [name for name, _ in found] == [HEADER, "title SYSTEM PROPERTIES", "activity", "package"]
    everything = [line for _, section in found for line in section]
    expected = [line.rstrip("\r") for line in TEXT.decode().split("\n")]
    assert everything == list(enumerate(expected, 1))


def test_lines_beyond_the_limit_are_dropped_and_counted_and_line_numbers_stay_right() -> None:
    chunks = [b"first\n" + b"x" * 500, b"x" * 500, b"x\nDUMP OF SERVICE role:\nheld\n"]
    whole = WholeLines(chunks, Limits(line=600))
    found = [(block.section, list(lines([block], Account()))) for block in cut(whole)]
    assert whole.skipped == 1
    assert found[-1] == ("role", [(3, "DUMP OF SERVICE role:"), (4, "held")])


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert list(lines(cut([b"\xff\xfe\n"]), Account())) == [(1, "\ufffd\ufffd")]
