"""Files are written whole or not at all, and only their owner can read them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from luciole.packs.files import write_whole


def test_a_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "file", [b"a", b"b"])
    assert (tmp_path / "new" / "file").read_bytes() == b"ab"
    assert (tmp_path / "new" / "file").stat().st_mode & 0o777 == 0o600


def test_an_interruption_keeps_the_old_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    def interrupted() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "file", interrupted())
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"
