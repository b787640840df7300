"""What a fact's meeting with the lists is worth, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from luciole.intel.index import Index
from luciole.intel.match import FACTS_MATCHED, Match, match
from luciole.intel.model import Confidence, Family, FamilyKind, Indicator, Knowledge, Role, ValueType, canonical
from luciole.intel.warninglists import WarningList
from luciole.kernel.facts import Fact, FactSet, Place, Subject, Value
from luciole.kernel.vocabulary import FACTS

CERTIFICATE = "AB" * 20
SHARED_CERTIFICATE = "cd" * 20
FAMILIES = (
    Family("spy", "ExampleSpy", "stalkerware"),
    Family("watch", "ExampleWatch", "watchware"),
    Family("both", "ExampleBoth", "disputed"),
)


def one(kind: ValueType, value: str, role: Role, family: str = "spy", confidence: Confidence = "reported") -> Indicator:
    return Indicator(kind, value, role, (family,), ("list",), confidence, "2022-01-01", "2026-01-01",
                     subdomains=kind == "host")  # fmt: skip


INDICATORS = (
    one("package", "org.example.spy", "package"),
    one("package", "org.example.both", "package", "both"),
    one("package", "org.example.shared", "package"),
    one("package", "org.example.watch", "package", "watch"),
    one("sha256", "11" * 32, "file-hash"),
    one("sha256", "22" * 32, "file-hash", confidence="doubtful"),
    one("sha1", CERTIFICATE.lower(), "certificate"),
    one("sha1", SHARED_CERTIFICATE, "certificate"),
    one("text", "Example Organisation", "certificate-organization"),
    one("pattern", "Kids[0-9]{2}", "certificate-name"),
    one("host", "c2.example", "command-and-control"),
    one("ipv4", "192.0.2.7", "command-and-control"),
    one("host", "www.spy.example", "website"),
    one("host", "tenant.hosting.example", "command-and-control"),
    one("url", "https://hub.example/Owner/App", "distribution"),
    one("rule", "examplespy", "rule"),
)
LISTS = (
    WarningList("shared-things", "shared-certificate", "about", "source",
                values=(("package", "org.example.shared"), ("sha1", SHARED_CERTIFICATE)),
                parents=("hosting.example",)),
)  # fmt: skip
INDEX = Index.open(Index.build(canonical(Knowledge(1, "", FAMILIES, INDICATORS)), LISTS))


STAMP: dict[str, Value] = {"sha1": CERTIFICATE, "verified": True, "role": "stamp"}
NAMED: dict[str, Value] = {"organization": "Example Organisation"}


def found(name: str, value: str, attributes: Mapping[str, Value] | None = None, section: str = "") -> tuple[Match, ...]:
    fact = Fact(name, value, Place("evidence", section=section), attributes or {})
    return match(FactSet(Subject("app", "x"), (fact,)), INDEX)


@pytest.mark.parametrize(
    ("name", "value", "attributes", "role", "strength"),
    [
        ("app.package", "org.example.spy", {}, "package", "strong"),
        ("app.package", "org.example.watch", {}, "package", "strong"),
        ("app.package", "org.example.both", {}, "package", "supporting"),
        ("app.package", "org.example.shared", {}, "package", "weak"),
        ("named.package", "org.example.spy", {}, "package", "supporting"),
        ("file.sha256", "11" * 32, {}, "file-hash", "strong"),
        ("file.sha256", "22" * 32, {}, "file-hash", "supporting"),
        ("named.digest", "11" * 32, {}, "file-hash", "strong"),
        ("carried.file", "assets/x.apk", {"sha256": "11" * 32}, "file-hash", "supporting"),
        ("signature.certificate", "ff" * 32, {"sha1": CERTIFICATE, "verified": True}, "certificate", "strong"),
        ("signature.certificate", "ff" * 32, {"sha1": CERTIFICATE, "verified": False}, "certificate", "weak"),
        ("signature.certificate", "ff" * 32, {"sha1": CERTIFICATE}, "certificate", "weak"),
        ("signature.certificate", "ff" * 32, STAMP, "certificate", "weak"),
        ("signature.certificate", "", {"sha1": SHARED_CERTIFICATE, "verified": True}, "certificate", "weak"),
        ("signature.certificate", "", {**NAMED, "verified": True}, "certificate-organization", "supporting"),
        ("signature.certificate", "", {**NAMED, "verified": False}, "certificate-organization", "weak"),
        ("signature.certificate", "", {"common_name": "Kids12", "verified": True}, "certificate-name", "supporting"),
        ("code.host", "a.c2.example", {}, "command-and-control", "supporting"),
        ("code.host", "192.0.2.7", {}, "command-and-control", "supporting"),
        ("code.host", "tenant.hosting.example", {}, "command-and-control", "supporting"),
        ("code.host", "www.spy.example", {}, "website", "weak"),
        ("code.url", "https://hub.example/Owner/App", {}, "distribution", "weak"),
        ("contacted.host", "c2.example", {}, "command-and-control", "supporting"),
        ("named.host", "c2.example", {}, "command-and-control", "weak"),
        ("named.host", "www.spy.example", {}, "website", "weak"),
        ("private_dns", "c2.example", {}, "command-and-control", "supporting"),
        ("proxy", "192.0.2.7:8080", {}, "command-and-control", "supporting"),
        ("metadata", "address", {"value": "https://c2.example/x"}, "command-and-control", "supporting"),
        ("intent_filter", "a.Main", {"hosts": ["*.c2.example"]}, "command-and-control", "supporting"),
        ("rule.match", "examplespy", {}, "rule", "supporting"),
    ],
)  # fmt: skip
def test_the_strength_of_a_match(name: str, value: str, attributes: dict[str, Value], role: str, strength: str) -> None:
    (met,) = found(name, value, attributes)
    assert (met.role, met.strength) == (role, strength)
    assert met.fact.name == name
    assert met.sources == ("list",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("app.package", "org.example.SPY"),
        ("code.host", "example"),
        ("code.host", "hosting.example"),
        ("code.host", "xc2.example"),
        ("code.url", "https://hub.example/owner/app"),
        ("code.url", "https://hub.example/"),
        ("app.label", "org.example.spy"),
        ("query", "org.example.spy"),
        ("app.installer", "org.example.spy"),
    ],
)
def test_near_and_other_things_are_no_match(name: str, value: str) -> None:
    assert found(name, value) == ()


def test_a_certificate_of_the_devices_own_package_record_counts_as_verified() -> None:
    (met,) = found("signature.certificate", "", {"sha1": CERTIFICATE}, section="dumpsys package")
    assert met.strength == "strong"


def test_an_unverified_certificate_says_so() -> None:
    (met,) = found("signature.certificate", "", {"sha1": CERTIFICATE, "verified": False})
    assert any("not verified" in note.text for note in met.notes)


def test_a_shared_value_names_its_list_and_a_dispute_is_told() -> None:
    (met,) = found("signature.certificate", "", {"sha1": SHARED_CERTIFICATE, "verified": True})
    assert met.warning_list == "shared-things"
    assert any("decides nothing alone" in note.text for note in met.notes)
    (met,) = found("app.package", "org.example.both")
    assert met.kind == "disputed"
    assert any("do not agree" in note.text for note in met.notes)


def test_a_visited_site_is_said_to_be_no_installation() -> None:
    (met,) = found("named.host", "www.spy.example")
    assert "not an installed app" in met.why.text


def test_a_rule_may_name_its_family_itself() -> None:
    family = Index.open(Index.build(Knowledge(1, "", (Family("example-spy", "Example Spy", "stalkerware"),))))
    for named, expected in (("Example Spy", ["Example Spy"]), ("Unknown", []), ("", [])):
        fact = Fact("rule.match", "some_rule", attributes={"family": named})
        met = match(FactSet(Subject("app", "x"), (fact,)), family)
        assert [one.name for one in met] == expected
        assert all((one.role, one.strength, one.value) == ("rule", "supporting", "some_rule") for one in met)


def test_matches_come_strongest_first_and_once_for_each_place() -> None:
    facts = tuple(
        Fact(name, value, Place(place))
        for place in ("a", "b")
        for name, value in (("code.host", "c2.example"), ("app.package", "org.example.spy"))
    )
    met = match(FactSet(Subject("app", "x"), facts), INDEX)
    assert [one.strength for one in met] == ["strong", "strong", "supporting", "supporting"]
    assert [one.fact.place.file for one in met] == ["a", "b", "a", "b"]


def test_only_names_of_the_vocabulary_are_compared_and_their_attributes_exist() -> None:
    for name, lookups in FACTS_MATCHED.items():
        for lookup in lookups:
            assert not lookup.attribute or lookup.attribute in FACTS[name].attributes


@pytest.mark.parametrize("kind", ["stalkerware", "watchware", "disputed"])
def test_the_kind_of_the_family_travels_with_the_match(kind: FamilyKind) -> None:
    family = {"stalkerware": "spy", "watchware": "watch", "disputed": "both"}[kind]
    (met,) = found("app.package", f"org.example.{family}")
    assert met.kind == kind


OTHER_SIGNER: dict[str, Value] = {"sha1": "ef" * 20, "md5": "ef" * 16, "verified": True}


@pytest.mark.parametrize(
    ("package", "certificate", "said"),
    [
        ("org.example.spy", None, "Only the name was compared"),
        ("org.example.spy", OTHER_SIGNER, "someone else than the signers"),
        ("org.example.spy", {**OTHER_SIGNER, "verified": False}, "Only the name was compared"),
        ("org.example.spy", {**OTHER_SIGNER, "role": "stamp"}, "Only the name was compared"),
        ("org.example.spy", {"sha1": "ef" * 20, "verified": True}, "Only the name was compared"),
        ("org.example.spy", {**OTHER_SIGNER, "sha1": CERTIFICATE}, ""),
        ("org.example.spy", {**OTHER_SIGNER, "sha1": CERTIFICATE, "verified": False}, "Only the name was compared"),
        ("org.example.watch", OTHER_SIGNER, "Only the name was compared"),
    ],
)
def test_a_name_that_fits_says_what_is_known_of_the_signer(
    package: str, certificate: dict[str, Value] | None, said: str
) -> None:
    facts = [Fact("app.package", package)]
    facts += [] if certificate is None else [Fact("signature.certificate", "ef" * 32, attributes=certificate)]
    met = match(FactSet(Subject("app", "x"), tuple(facts)), INDEX)
    (by_name,) = [one for one in met if one.role == "package"]
    assert by_name.strength == "strong"
    assert [note.text for note in by_name.notes if said and said in note.text] == [
        note.text for note in by_name.notes if "borrowed" in note.text
    ]
    assert any("borrowed" in note.text for note in by_name.notes) == bool(said)


def test_the_exact_file_leaves_no_doubt_about_a_borrowed_name() -> None:
    facts = (Fact("app.package", "org.example.spy"), Fact("file.sha256", "11" * 32))
    assert not any(one.notes for one in match(FactSet(Subject("app", "x"), facts), INDEX))


def test_a_name_in_a_text_of_the_device_is_not_said_to_be_an_app_with_a_signer() -> None:
    (met,) = found("named.package", "org.example.spy")
    assert met.notes == ()
