"""Digests on another core change when things are computed, never what is found."""

import sys
import threading

import pytest

from luciole.apps.beside import Beside
from luciole.apps.read import AppOptions, read_app
from luciole.simulate.apps.build import build_apk


def test_the_result_is_what_the_work_gives() -> None:
    begun = Beside(lambda: 7, apart=True)
    assert (begun.result(), begun.result()) == (7, 7)


def test_what_the_work_raises_is_raised_where_the_result_is_asked_for() -> None:
    def fails() -> int:
        raise MemoryError("no room")

    begun = Beside(fails, apart=True)
    with pytest.raises(MemoryError, match="no room"):
        begun.result()


def test_the_interval_of_the_interpreter_is_put_back() -> None:
    before = sys.getswitchinterval()
    Beside(lambda: 7, apart=True).result()
    assert sys.getswitchinterval() == before


def test_without_a_thread_the_work_is_done_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert Beside(lambda: 7, apart=True).result() == 7


@pytest.mark.parametrize("schemes", [["v1"], ["v2"], ["v2", "v3"], ["v1", "v2", "v3"], []])
def test_the_facts_are_the_same_on_one_core_and_on_two(schemes: list[str]) -> None:
    data = build_apk({"package": "org.example.inert.two", "signing": schemes})
    assert read_app(data, "a.apk", AppOptions(apart=True)) == read_app(data, "a.apk", AppOptions(apart=False))
