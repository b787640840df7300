"""The reference says what the code does: pages are not stale, schemas accept what the readers accept."""

import functools
import importlib
import json
import sys
from pathlib import Path

import jsonschema
import msgspec
import pytest

from luciole.apps.read import read_app
from luciole.criteria.model import Catalogue, Policy
from luciole.criteria.parse import parse_catalogue
from luciole.criteria.reading import plain
from luciole.criteria.yaml_text import read_map
from luciole.kernel.errors import ContentError, LucioleError
from luciole.packs.builtin import catalogue_files, criteria_file
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.demonstration import DEMONSTRATIONS
from luciole.simulate.apps.tricks import trick_list

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

anomalies = importlib.import_module("anomalies")
reference = importlib.import_module("reference")

FILES = catalogue_files()
TRICKS = [name for name, _ in trick_list() if not name.startswith("bomb.")]


def test_no_page_of_the_reference_is_stale() -> None:
    assert reference.stale() == [], "run make docs"


def test_a_changed_a_missing_and_a_foreign_page_are_noticed(tmp_path: Path) -> None:
    for name, data in reference.pages().items():
        (tmp_path / name).write_bytes(data)
    assert reference.stale(tmp_path) == []
    (tmp_path / "limits.md").write_text("old")
    (tmp_path / "errors.md").unlink()
    (tmp_path / "no-such-page.md").write_text("left behind")
    assert reference.stale(tmp_path) == ["errors.md", "limits.md", "no-such-page.md"]


def test_every_variable_of_the_environment_that_the_code_asks_for_is_explained() -> None:
    assert reference.environment_variables() == set(reference.ENVIRONMENT)


@pytest.mark.parametrize("trick", TRICKS)
def test_every_anomaly_that_a_trick_makes_a_reader_report_is_listed(trick: str) -> None:
    app = msgspec.structs.replace(DEMONSTRATIONS["known-family"], tricks=(trick,))
    try:
        reading = read_app(build_apk(app), "app.apk")
    except LucioleError:
        return
    reported = {str(fact.value) for one in reading.subjects for fact in one.facts if fact.name == "anomaly"}
    assert reported <= known_anomalies()


@functools.cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(reference.SCHEMAS[name][1]())


@functools.cache
def known_anomalies() -> frozenset[str]:
    return frozenset(one.id for one in anomalies.all_anomalies())


def test_schemas_are_schemas() -> None:
    for _, make in reference.SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(make())


def document(name: str, text: str) -> object:
    node, problems = read_map(name, text)
    assert problems.found == []
    return plain(node)


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_schema_of_criteria_accepts_the_catalogue(name: str) -> None:
    validator("criteria.schema.json").validate(document(name, FILES[name]))


def test_the_schema_of_the_policy_accepts_the_policy() -> None:
    validator("policy.schema.json").validate(document("policy.yml", criteria_file("policy.yml")))


def parsed(text: str) -> Catalogue:
    return parse_catalogue({"a.yml": text})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("subject: app", "subject: person"),
        ("group: collection", "group: nosiness"),
        ("version: 1", "version: 0"),
        ("fact: permission.requested", "fact: permission.wished"),
        ("title: Can read text messages", "title: ''"),
        ("why: ", "because: "),
        ("  in:", "  among:"),
        ("id: collect.sms-read", "id: Collect SMS"),
    ],
)
def test_the_schema_of_criteria_refuses_what_the_reader_refuses(before: str, after: str) -> None:
    good = FILES["collect.sms-read.yml"]
    bad = good.replace(before, after, 1)
    assert bad != good
    with pytest.raises(ContentError):
        parsed(bad)
    with pytest.raises(jsonschema.ValidationError):
        validator("criteria.schema.json").validate(document("a.yml", bad))


def test_the_schema_of_the_policy_refuses_a_question_about_facts() -> None:
    text = criteria_file("policy.yml")
    bad = text.replace(
        "rule: {match: {strength: strong, family_kind: stalkerware}}", "rule: {fact: app.package, present: true}", 1
    )
    assert bad != text
    with pytest.raises(jsonschema.ValidationError):
        validator("policy.schema.json").validate(document("policy.yml", bad))


def test_every_rule_of_the_policy_is_on_its_page() -> None:
    known: Policy = reference._policy()
    page = reference.policy()
    assert [one.id for one in known.rules if f"| `{one.id}` |" not in page] == []


def test_inert_apps_and_phones_fit_their_schemas() -> None:
    from luciole.simulate.devices.demonstration import demonstration

    for app in DEMONSTRATIONS.values():
        validator("inert-app.schema.json").validate(as_json(app))
    validator("simulated-device.schema.json").validate(as_json(demonstration()))


def as_json(struct: msgspec.Struct) -> object:
    return json.loads(msgspec.json.encode(struct))
