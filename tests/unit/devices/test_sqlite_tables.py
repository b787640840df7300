"""SQLite files: the same rows as SQLite itself reads, and honest losses where a file is damaged."""

import sqlite3
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luciole.devices.parsers.sqlite_schema import table_of
from luciole.devices.parsers.sqlite_tables import Cell, Database
from luciole.kernel.errors import ParseError

CELLS = (
    st.none()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)
    | st.binary(max_size=3000)
)


def made(script: str, rows: list[tuple[Cell, ...]], table: str = "t") -> tuple[bytes, sqlite3.Connection]:
    """A database by SQLite, and the connection to ask it."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(script)
    for row in rows:
        connection.execute(f'INSERT OR REPLACE INTO "{table}" VALUES ({",".join("?" * len(row))})', row)  # noqa: S608 - ours
    connection.commit()
    return bytes(connection.serialize()), connection


def values(data: bytes, *columns: str, table: str = "t") -> list[tuple[Cell, ...]]:
    return [record.values for record in Database(data).rows(table, *columns)]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le", "UTF-16be"])
@pytest.mark.parametrize("size", [512, 1024, 4096, 65536])
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=30))
def test_rows_are_those_that_sqlite_reads(encoding: str, size: int, rows: list[tuple[Cell, ...]]) -> None:
    script = f"PRAGMA page_size={size}; PRAGMA encoding='{encoding}'; CREATE TABLE t (a, b); CREATE INDEX i ON t (a);"
    data, connection = made(script, rows)
    assert values(data, "a", "b") == connection.execute("SELECT a, b FROM t").fetchall()
    assert values(data, "b") == connection.execute("SELECT b FROM t").fetchall()


@given(rows=st.lists(st.tuples(st.integers(0, 99), st.text(max_size=400), st.text(max_size=9)), max_size=60))
def test_tables_without_row_ids_are_read_too(rows: list[tuple[Cell, ...]]) -> None:
    script = "PRAGMA page_size=512; CREATE TABLE t (a, b, c, PRIMARY KEY (c, a)) WITHOUT ROWID;"
    data, connection = made(script, [(a, b, c.replace("\0", "")) for a, b, c in rows if isinstance(c, str)])
    assert sorted(map(repr, values(data, "a", "b", "c"))) == sorted(
        map(repr, connection.execute("SELECT a, b, c FROM t").fetchall())
    )


def test_many_pages_overflowing_rows_and_row_ids() -> None:
    rows: list[tuple[Cell, ...]] = [(number, "x" * (number * 37 % 9_000)) for number in range(3_000)]
    data, connection = made("PRAGMA page_size=1024; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);", rows)
    database = Database(data)
    found = list(database.rows("t", "id", "v"))
    assert [record.values for record in found] == connection.execute("SELECT id, v FROM t ORDER BY id").fetchall()
    assert [record.number for record in found] == list(range(3_000))
    assert database.lost == ""
    at = found[5].offset
    assert b"x" * 185 in data[at : at + 200]


def test_columns_that_came_later_and_computed_ones() -> None:
    script = (
        "CREATE TABLE t (a, b INTEGER GENERATED ALWAYS AS (a + 1) VIRTUAL, c TEXT DEFAULT ('x, y'), "
        "CONSTRAINT k CHECK (a > 0)); INSERT INTO t (a, c) VALUES (5, 'z'); ALTER TABLE t ADD COLUMN d;"
    )
    data, _ = made(script, [])
    assert values(data, "a", "c", "d", "missing") == [(5, "z", None, None)]


def test_views_triggers_and_virtual_tables_are_no_tables() -> None:
    script = (
        "CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT a FROM t;"
        "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; END; CREATE VIRTUAL TABLE f USING fts4(b);"
    )
    database = Database(made(script, [])[0])
    assert "v" not in database.tables
    assert "f" not in database.tables
    assert list(database.rows("v", "a")) == []
    assert values(made(script, [])[0], "a") == [(1,)]


def test_a_write_ahead_log_is_merged_and_missed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (a);")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.executemany("INSERT INTO t VALUES (?)", [(f"row {number}" * 20,) for number in range(200)])
    connection.commit()
    data, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    whole, without = Database(data, log), Database(data)
    assert len(list(whole.rows("t", "a"))) == 200
    assert whole.merged > 0
    assert without.write_ahead
    assert list(without.rows("t", "a")) == []
    changed = bytearray(log)
    changed[-50] ^= 1
    assert Database(data, bytes(changed)).merged < whole.merged
    assert "does not fit" in Database(data, b"x" * 100).lost
    connection.close()


def test_a_write_ahead_log_cut_or_changed_anywhere_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (a);")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.executemany("INSERT INTO t VALUES (?)", [(f"row {number}" * 20,) for number in range(200)])
    connection.commit()
    data, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    connection.close()
    assert Database(data, log).lost == ""
    for percent in range(1, 100):
        at = len(log) * percent // 100
        assert "write-ahead log" in Database(data, log[:at]).lost, percent
        changed = bytearray(log)
        changed[at] ^= 1
        assert len(list(Database(data, bytes(changed)).rows("t", "a"))) < 200, percent
        assert "write-ahead log" in Database(data, bytes(changed)).lost, percent


def test_what_stands_in_a_log_from_before_it_began_anew_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (a);")
    connection.executemany("INSERT INTO t VALUES (?)", [(f"row {number}" * 20,) for number in range(200)])
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(RESTART)")
    connection.execute("INSERT INTO t VALUES ('new')")
    connection.commit()
    database = Database(path.read_bytes(), Path(f"{path}-wal").read_bytes())
    assert (len(list(database.rows("t", "a"))), database.lost) == (201, "")
    connection.close()


def test_a_page_far_outside_in_a_log_does_not_make_room_for_more_work(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA page_size=512; PRAGMA journal_mode=WAL; CREATE TABLE t (a);")
    data, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    connection.close()
    far = _with_page(log, len(data) - 1)
    database = Database(data, far)
    assert database._pages <= len(data) // 512 + database.merged
    assert "far outside" in database.lost


def _with_page(log: bytes, number: int) -> bytes:
    """The log's first frame under another page number, as the last of a change, with right checksums."""

    def summed(data: bytes, first: int, second: int) -> tuple[int, int]:
        words = struct.unpack(f"{'>' if log[3] & 1 else '<'}{len(data) // 4}I", data)
        for one, two in zip(words[::2], words[1::2], strict=True):
            first = (first + one + second) & 0xFFFFFFFF
            second = (second + two + first) & 0xFFFFFFFF
        return first, second

    head, page = struct.pack(">II", number, 1), log[56 : 56 + 512]
    sums = summed(page, *summed(head, *struct.unpack(">II", log[24:32])))
    return log[:32] + head + log[16:24] + struct.pack(">II", *sums) + page


def test_a_file_cut_anywhere_loses_rows_and_says_so() -> None:
    rows: list[tuple[Cell, ...]] = [(number, "y" * (number % 700)) for number in range(2_000)]
    data, _ = made("PRAGMA page_size=1024; CREATE TABLE t (a, b);", rows)
    every = set(values(data, "a", "b"))
    for step in range(100):
        try:
            database = Database(data[: len(data) * step // 100])
            found = {record.values for record in database.rows("t", "a", "b")}
        except ParseError:
            continue
        assert database.lost
        assert found <= every
        assert len(found) < len(every)


def test_a_page_that_is_overwritten_loses_its_rows_and_says_so() -> None:
    rows: list[tuple[Cell, ...]] = [(number, "y" * 200) for number in range(500)]
    data, _ = made("PRAGMA page_size=1024; CREATE TABLE t (a, b);", rows)
    for page in range(2, len(data) // 1024):
        changed = bytearray(data)
        changed[page * 1024 : (page + 1) * 1024] = bytes(1024)
        database = Database(bytes(changed))
        assert len(list(database.rows("t", "a"))) < 500 or page + 1 in free_pages(data)
        assert database.lost or page + 1 in free_pages(data)


def free_pages(data: bytes) -> set[int]:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(data)
    used = {row[0] for row in connection.execute("SELECT pageno FROM dbstat")}
    return set(range(1, len(data) // 1024 + 1)) - used


def test_pages_that_name_each_other_end_and_are_told() -> None:
    rows: list[tuple[Cell, ...]] = [(number, "y" * 200) for number in range(500)]
    data = bytearray(made("PRAGMA page_size=1024; CREATE TABLE t (a, b);", rows)[0])
    root = Database(bytes(data)).tables["t"].root
    start = (root - 1) * 1024
    assert data[start] == 5
    data[start + 8 : start + 12] = struct.pack(">I", root)
    database = Database(bytes(data))
    assert len(list(database.rows("t", "a"))) < 500
    assert "named twice" in database.lost


def test_overlapping_cells_do_not_multiply_rows() -> None:
    data = bytearray(made("PRAGMA page_size=65536; CREATE TABLE t (a);", [("x" * 60_000,)])[0])
    start = 65536
    first = data[start + 8 : start + 10]
    data[start + 3 : start + 5] = struct.pack(">H", 1000)
    for number in range(1000):
        data[start + 8 + 2 * number : start + 10 + 2 * number] = first
    database = Database(bytes(data))
    assert list(database.rows("t", "a")) == []
    assert database.lost


def test_many_tables_on_the_same_pages_are_refused() -> None:
    script = "PRAGMA page_size=512;" + "".join(f"CREATE TABLE t{number} (a);" for number in range(400))
    data, connection = made(script, [("x" * 100,)] * 3_000, "t0")
    connection.execute("PRAGMA writable_schema=ON")
    connection.execute("UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 't0')")
    connection.commit()
    database = Database(bytes(connection.serialize()))
    assert len(database.tables) == 400
    with pytest.raises(ParseError) as caught:
        sum(len(list(database.rows(name, "a"))) for name in database.tables)
    assert caught.value.limit
    assert len(values(data, "a", table="t0")) == 3_000


@pytest.mark.parametrize(
    "data",
    [b"", b"SQLite format 3\0", b"SQLite format 3\0" + bytes(84), b"SQLite format 3\0\0\x03" + bytes(100), b"x" * 200],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ParseError):
        Database(data)


@given(st.binary(max_size=400), st.integers(0, 4000), st.integers(0, 99))
def test_changed_bytes_raise_nothing_but_the_error_of_parsers(noise: bytes, at: int, cut: int) -> None:
    rows: list[tuple[Cell, ...]] = [(number, "y" * (number * 50)) for number in range(30)]
    data = bytearray(made("PRAGMA page_size=512; CREATE TABLE t (a INTEGER PRIMARY KEY, b);", rows)[0])
    data[at : at + len(noise)] = noise
    try:
        database = Database(bytes(data[: len(data) - cut]))
        for table in database.tables.values():
            list(database.rows(table.name, *table.columns))
    except ParseError:
        pass


@pytest.mark.parametrize(
    ("sql", "columns", "alias"),
    [
        ('CREATE TABLE "a""b" (`x y` INT, [z], "q,r" TEXT)', ("x y", "z", "q,r"), ""),
        ("CREATE TABLE t(id INTEGER PRIMARY KEY, n)", ("id", "n"), "id"),
        ("CREATE TABLE t(id INT PRIMARY KEY, n)", ("id", "n"), ""),
        ("CREATE TABLE t(a, b INTEGER, PRIMARY KEY(b))", ("a", "b"), "b"),
        ("CREATE TABLE t(a -- no, comment\n, b /* , c */)", ("a", "b"), ""),
        ("CREATE TABLE t(a DECIMAL(10, 2), UNIQUE (a), CHECK (a > (1)))", ("a",), ""),
    ],
)
def test_columns_are_read_from_the_text(sql: str, columns: tuple[str, ...], alias: str) -> None:
    table = table_of("t", 2, sql)
    assert table is not None
    assert (table.columns, table.alias) == (columns, alias)


@given(st.text())
def test_any_text_of_a_table_is_cut_up_or_refused(text: str) -> None:
    table_of("t", 2, "CREATE TABLE t(" + text)
