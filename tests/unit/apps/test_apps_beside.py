"""Digests on another core change when things are computed, never what is found."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from luciole.apps.beside import Beside, Forked
from luciole.apps.options import AppOptions
from luciole.apps.read import read_app
from luciole.simulate.apps.build import build_apk


def test_the_results_come_in_the_order_of_the_works() -> None:
    begun = Beside([lambda number=number: number for number in range(9)], apart=True)
    assert (begun.results(), begun.results()) == (list(range(9)), list(range(9)))


def test_whoever_asks_does_what_is_left_instead_of_waiting() -> None:
    asked = threading.Event()
    doing: list[threading.Thread] = []

    def first() -> None:
        asked.wait()

    def last() -> None:
        doing.append(threading.current_thread())
        asked.set()

    Beside([first, last], apart=True).results()
    assert doing == [threading.current_thread()]


@pytest.mark.parametrize("apart", [True, False])
def test_what_a_work_raises_is_raised_where_the_results_are_asked_for(*, apart: bool) -> None:
    def fails() -> int:
        raise MemoryError("no room")

    begun = Beside([fails, lambda: 7], apart=apart)
    with pytest.raises(MemoryError, match="no room"):
        begun.results()


def test_the_interval_of_the_interpreter_is_put_back() -> None:
    before = sys.getswitchinterval()
    Beside([lambda: 7], apart=True).results()
    assert sys.getswitchinterval() == before


def test_without_a_thread_the_works_are_done_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert Beside([lambda: 7, lambda: 8], apart=True).results() == [7, 8]


@pytest.mark.parametrize("apart", [True, False])
def test_a_text_from_a_process_of_its_own_is_the_text(*, apart: bool) -> None:
    with Forked(lambda: "T1ABCD", apart=apart) as begun:
        assert begun.result() == "T1ABCD"


def test_a_process_that_ends_badly_is_no_answer() -> None:
    here = os.getpid()

    def work() -> str:
        if os.getpid() != here:
            os._exit(9)
        return "done here"

    with Forked(work, apart=True) as begun:
        assert begun.result() == "done here"


def test_no_process_outlives_the_reading_of_an_app() -> None:
    with Forked(lambda: str(time.sleep(60)), apart=True) as begun:
        pid = begun._pid
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("schemes", [["v1"], ["v2"], ["v2", "v3"], ["v1", "v2", "v3"], []])
def test_the_facts_are_the_same_on_one_core_and_on_two(schemes: list[str]) -> None:
    data = build_apk({"package": "org.example.inert.two", "signing": schemes})
    one, two = (read_app(data, "a.apk", AppOptions(apart=apart, tlsh=True)) for apart in (False, True))
    assert one == two
