"""Every criterion about what an app does names the ATT&CK technique that the behaviours catalogue gives for it."""

import pytest

from agreed_criteria import catalogue
from luciole.criteria.known_ids import ATTACK_IDS, BEHAVIOUR_IDS
from luciole.criteria.model import Criterion

TECHNIQUES = {
    "K01": "T1430 T1430.001", "K02": "T1636.004", "K03": "T1636.002", "K04": "T1429 T1616", "K05": "T1429",
    "K06": "T1512", "K07": "T1513", "K08": "T1417.001", "K09": "T1517 T1409", "K10": "T1636.003 T1636.001",
    "K11": "T1533", "K12": "T1437 T1421", "K13": "T1418", "K14": "T1414", "K15": "T1426 T1422", "K16": "T1437 T1481",
    "K17": "T1616 T1582 T1629.002 T1662 T1447", "K18": "T1407", "K20": "T1628.001", "K21": "T1655.001", "K22": "T1628",
    "K23": "T1628.002", "K24": "T1541 T1628", "K25": "T1629.003", "K26": "T1630", "K27": "T1630.001",
    "K30": "T1624.001", "K31": "T1541 T1603", "K32": "T1629.001 T1626.001", "K33": "T1629.003", "K34": "T1404 T1398",
    "K35": "T1453",
}  # fmt: skip
"""The techniques of ATT&CK for Mobile by behaviour; K40 to K45 have none."""

NO_TECHNIQUE = {
    "context": "it says what kind of app this is, or counts what other criteria found",
    "declared": "it is what an app shows openly",
    "device": "it is a state of the phone, which a person or the maker may have set",
}
"""Groups whose criteria need no technique, each with the reason."""

EXCEPTIONS = {
    "deliver.never-checked": "that nobody checked an app is no act of the app",
}


def technical() -> list[Criterion]:
    return [one for one in catalogue().criteria if one.group not in NO_TECHNIQUE and one.id not in EXCEPTIONS]


def related(name: str) -> str:
    return name.partition(".")[0]


def test_the_table_holds_behaviours_and_techniques_that_are_known() -> None:
    assert set(TECHNIQUES) <= BEHAVIOUR_IDS
    assert {name for names in TECHNIQUES.values() for name in names.split()} <= ATTACK_IDS


@pytest.mark.parametrize("criterion", technical(), ids=lambda one: one.id)
def test_a_criterion_names_a_technique_of_its_behaviours(criterion: Criterion) -> None:
    given = {related(name) for behaviour in criterion.behaviours for name in TECHNIQUES.get(behaviour, "").split()}
    assert not given or given & {related(name) for name in criterion.attack}
