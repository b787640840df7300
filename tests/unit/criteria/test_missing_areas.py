"""What an answer calls not looked at belongs to the platform of the subject it is about."""

from agreed_criteria import catalogue as agreed
from luciole.criteria.evaluate import evaluate_all
from luciole.criteria.model import Reasons
from luciole.kernel.facts import FactSet, Subject
from luciole.kernel.vocabulary import AREAS, PLATFORMS


def missing(reasons: Reasons) -> set[str]:
    return set(reasons.missing).union(*(missing(part) for part in reasons.of))


def test_no_area_of_a_foreign_platform_is_named() -> None:
    catalogue = agreed()
    seen = 0
    for platform in PLATFORMS["any"]:
        for kind in ("app", "device"):
            facts = FactSet(Subject(kind, "x", platform=platform), (), ())
            named = set[str]().union(*(missing(one.reasons) for one in evaluate_all(catalogue, facts)))
            foreign = {name for name in named if platform not in AREAS[name].platforms}
            assert foreign == set(), (platform, kind)
            seen += len(named)
    assert seen > 50
