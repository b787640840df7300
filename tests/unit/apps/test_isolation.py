"""A reader of hostile files runs within limits, and what it could not do is said."""

import os
from pathlib import Path

import pytest

from luciole.apps.isolation import Worker
from luciole.kernel.errors import CouldNotLook, NotThisKind, ParseError
from luciole.kernel.limits import MIB, Limits

QUICK = Limits(seconds=0.3, seconds_per_mib=0.0)


def echo(request: bytes) -> bytes:
    return request[::-1]


def misbehave(request: bytes) -> bytes:
    if request == b"memory":
        return bytes(bytearray(512 * MIB)[:1])
    if request == b"endless":
        while True:
            pass
    if request == b"crash":
        os._exit(3)
    if request == b"deep":
        return misbehave(request)
    if request == b"damaged":
        raise ParseError("lies", file="a.apk", offset=7)
    if request == b"other":
        raise NotThisKind("a picture", remedy="hand in an app")
    if request.startswith(b"/"):
        Path(request.decode()).write_bytes(b"trace")
    return b"fine"


def test_a_worker_answers_many_requests_from_one_child() -> None:
    with Worker(echo) as worker:
        assert [worker.ask(text, 10) for text in (b"abc", b"", b"x" * 300_000)] == [b"cba", b"", b"x" * 300_000]


@pytest.mark.parametrize("request_", [b"memory", b"deep"])
def test_a_limit_is_a_parse_error_that_says_so(request_: bytes) -> None:
    with Worker(misbehave, QUICK) as worker, pytest.raises(ParseError) as caught:
        worker.ask(request_, 10)
    assert caught.value.limit


def test_a_typed_error_crosses_the_border_with_its_place() -> None:
    with Worker(misbehave, QUICK) as worker:
        with pytest.raises(ParseError) as damaged:
            worker.ask(b"damaged", 10)
        assert (damaged.value.file, damaged.value.offset) == ("a.apk", 7)
        with pytest.raises(NotThisKind) as other:
            worker.ask(b"other", 10)
        assert other.value.remedy == "hand in an app"


@pytest.mark.parametrize("request_", [b"endless", b"crash"])
def test_a_child_that_is_stopped_is_replaced_and_the_next_file_is_read(request_: bytes) -> None:
    with Worker(misbehave, QUICK) as worker:
        with pytest.raises(CouldNotLook, match="stopped"):
            worker.ask(request_, 10)
        assert worker.ask(b"next", 10) == b"fine"


def test_a_child_writes_no_file(tmp_path: Path) -> None:
    target = tmp_path / "trace"
    with Worker(misbehave, QUICK) as worker, pytest.raises(CouldNotLook):
        worker.ask(str(target).encode(), 10)
    assert not target.exists() or target.stat().st_size == 0


def test_a_child_is_recycled_to_keep_memory_flat() -> None:
    def who(_: bytes) -> bytes:
        return str(os.getpid()).encode()

    with Worker(who, recycle=2) as worker:
        seen = [worker.ask(b"", 0) for _ in range(4)]
    assert seen[0] == seen[1] != seen[2] == seen[3]
