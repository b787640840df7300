"""Whether contacts come at a beat: with jitter, pauses and doubled contacts yes; by chance no."""

import random

import pytest

from luciole.devices.parsers.network.regular import Beat, beat, contacts


def regular(seconds: list[float]) -> Beat:
    found = beat(sorted({int(each) for each in seconds}))
    assert found is not None
    return found


def at_a_beat(every: float, times: int, jitter: float, seed: int) -> list[float]:
    chance = random.Random(seed)  # noqa: S311 - chance that can be repeated
    return [1000 + number * every + every * jitter * chance.uniform(-1, 1) for number in range(times)]


@pytest.mark.parametrize("every", [20, 60, 300, 3600])
@pytest.mark.parametrize("jitter", [0, 0.05, 0.1, 0.15])
@pytest.mark.parametrize("times", [8, 20, 200])
def test_a_beat_with_jitter_is_found_and_measured(every: int, jitter: float, times: int) -> None:
    found = [regular(at_a_beat(every, times, jitter, seed)) for seed in range(50)]
    assert sum(each.regular for each in found) >= 45
    for each in found:
        assert each.contacts == times
        assert each.seconds == pytest.approx(every, rel=0.25)


def test_contacts_at_chance_times_are_seldom_called_regular() -> None:
    chance = random.Random(5)  # noqa: S311 - as above
    wrong = 0
    for _ in range(1000):
        at, seconds = 1000.0, []
        for _ in range(chance.randint(9, 120)):
            at += chance.expovariate(1 / 120)
            seconds.append(at)
        found = beat(sorted({int(each) for each in seconds}))
        wrong += found is not None and found.regular
    assert wrong <= 10


def test_a_person_who_uses_a_phone_is_not_regular() -> None:
    chance = random.Random(6)  # noqa: S311 - as above
    at, seconds = 1000.0, []
    for _ in range(60):
        at += chance.choice([8, 12, 25, 40, 90, 400, 1500]) * chance.uniform(0.5, 1.5)
        seconds.append(at)
    assert not regular(seconds).regular


def test_missed_and_doubled_contacts_do_not_hide_a_beat() -> None:
    seconds = at_a_beat(60, 100, 0.05, 1)
    kept = [each for number, each in enumerate(seconds) if number % 10 != 3]
    doubled = kept + [each + 2 for each in kept[::7]]
    found = regular(doubled)
    assert found.regular
    assert found.seconds == pytest.approx(60, abs=3)


@pytest.mark.parametrize("seconds", [[], [5], [5, 90], list(range(100, 160)), [number * 60 for number in range(1, 8)]])
def test_few_contacts_or_one_long_one_are_no_beat(seconds: list[int]) -> None:
    found = beat(seconds)
    assert found is None or not found.regular


def test_what_is_closer_than_some_seconds_is_one_contact() -> None:
    assert contacts([10, 11, 12, 40, 44, 49, 80]).tolist() == [10, 40, 80]
    assert contacts([]).tolist() == []


def test_a_film_is_not_a_beat() -> None:
    assert not regular([1000.0 + number * 8 for number in range(300)]).regular
