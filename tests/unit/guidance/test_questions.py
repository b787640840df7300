"""Every answer to the three questions has words and a way on; none takes a choice away or is kept."""

from __future__ import annotations

import itertools
from typing import get_args

import msgspec
import pytest

from luciole.assess.document import Result
from luciole.guidance import questions, texts
from luciole.guidance.page import SITUATIONS
from luciole.guidance.questions import Answer, Answers, advise

EVERY = [Answers(*one) for one in itertools.product(get_args(Answer), repeat=3)]
CALM = Answers("no", "yes", "no")


@pytest.mark.parametrize("answers", EVERY, ids=lambda one: "-".join(msgspec.structs.astuple(one)))
def test_every_combination_of_answers_has_advice(answers: Answers) -> None:
    advice = advise(answers)
    assert len(set(advice.words)) == len(advice.words)
    assert bool(advice.words) == (answers != CALM)
    assert advice.offer_to_stop == bool(advice.words)
    assert advice.situation in {"", *SITUATIONS}
    assert set(advice.first) <= set(texts.BEFORE)


def test_where_nothing_speaks_against_it_nothing_is_said_and_nothing_is_asked_again() -> None:
    advice = advise(CALM)
    assert (advice.words, advice.offer_to_stop, advice.ask_before_writing, advice.first) == ((), False, False, ())


@pytest.mark.parametrize("answer", ["yes", "unsure"])
def test_who_may_be_noticed_hears_of_help_first(answer: Answer) -> None:
    advice = advise(Answers("yes", "no", answer))
    assert advice.words[0] == texts.DANGER
    assert advice.words[1] == questions.PLAN_FIRST
    assert advice.first[:2] == (texts.DANGER, texts.DO_NOT_REMOVE)
    assert advice.situation == "may-notice"


@pytest.mark.parametrize("answer", ["yes", "unsure", "not-now"])
def test_on_a_computer_that_others_may_see_a_report_is_asked_for_again(answer: Answer) -> None:
    assert advise(Answers(answer, "yes", "no")).ask_before_writing
    assert not advise(CALM).ask_before_writing


def test_somebody_who_was_not_asked_is_spoken_of_as_a_person_with_a_choice() -> None:
    assert questions.ASK_FIRST in advise(Answers("no", "no", "no")).words
    assert advise(Answers("no", "no", "no")).situation == "person-not-asked"


def test_not_now_is_an_answer_to_each_question() -> None:
    for place in range(3):
        given = list(msgspec.structs.astuple(CALM))
        given[place] = "not-now"
        assert questions.NO_HURRY in advise(Answers(*given)).words


def test_no_result_has_a_place_for_the_answers() -> None:
    names = {field.name for field in msgspec.structs.fields(Result)}
    assert not names & {"answers", "advice", "questions", *Answers.__struct_fields__}
