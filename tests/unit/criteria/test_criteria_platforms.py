"""A criterion asks only subjects of its own platforms, and leaves others neither met nor open."""

import msgspec
import pytest

from agreed_criteria import catalogue as agreed
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.model import Catalogue
from luciole.kernel.facts import Fact, FactSet, Subject
from luciole.kernel.outcome import Truth
from luciole.kernel.vocabulary import PLATFORMS, Platform

PROXY = next(one for one in agreed().criteria if one.id == "device.proxy")


def answer(criterion_platform: str, subject_platform: Platform) -> Truth:
    catalogue = Catalogue((msgspec.structs.replace(PROXY, platform=criterion_platform),))
    subject = Subject("device", "x", platform=subject_platform)
    (found,) = evaluate_all(catalogue, FactSet(subject, (Fact("proxy", "192.0.2.7:3128"),)))
    return found.truth


@pytest.mark.parametrize("group", PLATFORMS)
@pytest.mark.parametrize("platform", PLATFORMS["any"])
def test_a_criterion_is_met_on_its_own_platforms_only(group: str, platform: Platform) -> None:
    assert (answer(group, platform) is Truth.MET) is (platform in PLATFORMS[group])


def test_what_does_not_apply_is_not_open() -> None:
    catalogue = Catalogue((PROXY,))
    (found,) = evaluate_all(catalogue, FactSet(Subject("device", "x", platform="ios")))
    assert found.truth is Truth.NOT_MET
