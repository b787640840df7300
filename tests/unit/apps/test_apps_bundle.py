"""Apps in several files: containers and loose parts, what is missing, what does not belong together."""

import hashlib

import pytest

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.manifest_model import Split
from luciole.apps.bundle import (
    container_kind,
    merge_facts,
    missing_parts,
    open_set,
    set_coverage,
    set_facts,
    set_identity,
)
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.facts import Fact, Place
from luciole.kernel.limits import Limits
from luciole.kernel.outcome import Reason, State
from luciole.kernel.vocabulary import FACTS
from made_zip import Member, make_zip
from shared_data import corpus_rows, require

LOOSE = ("made-split-base.apk", "made-split-config.ar.apk", "made-split-extra.apk")
CONTAINERS = {"made-split.xapk": "xapk", "made-split.apks": "apks", "made-split.apkm": "apkm"}


def corpus(name: str) -> bytes:
    return (require("corpus-apk") / name).read_bytes()


def loose(*names: str) -> list[tuple[str, bytes]]:
    return [(name, corpus(name)) for name in names]


def digests(*names: str) -> set[str]:
    return {row["sha256"] for row in corpus_rows() if row["file"] in names}


@pytest.mark.corpus
def test_loose_parts_make_one_app_with_base_and_splits() -> None:
    app = open_set(loose(*reversed(LOOSE)))
    assert app.kind == "split-set"
    assert app.base is not None
    assert app.base.name == "made-split-base.apk"
    assert [part.split.name for part in app.splits] == ["extra", "config.ar"]
    assert app.missing == ()
    assert app.apart == ()
    assert {part.sha256 for part in app.parts} == digests(*LOOSE)
    assert set_coverage(app).state is State.EXAMINED


@pytest.mark.corpus
@pytest.mark.parametrize("name", CONTAINERS)
def test_each_container_holds_the_same_app_as_the_loose_parts(name: str) -> None:
    archive = Archive.open(corpus(name))
    assert container_kind(archive) == CONTAINERS[name]
    app = open_set(archive)
    assert app.kind == CONTAINERS[name]
    assert {part.sha256 for part in app.parts} == digests(*LOOSE)
    assert app.identity == open_set(loose(*LOOSE)).identity


@pytest.mark.corpus
def test_the_identity_is_the_digest_over_the_sorted_digests_of_the_parts() -> None:
    expected = hashlib.sha256(b"".join(sorted(bytes.fromhex(one) for one in digests(*LOOSE)))).hexdigest()
    assert open_set(loose(*LOOSE)).identity == expected
    assert set_identity(sorted(digests(*LOOSE), reverse=True)) == expected


@pytest.mark.corpus
def test_a_set_without_its_base_says_so() -> None:
    app = open_set(loose("made-split-extra.apk"))
    assert app.base is None
    assert app.missing == ("base",)
    assert set_coverage(app).reason is Reason.MISSING
    assert [fact.value for fact in set_facts(app) if fact.name == "file.part_missing"] == ["base"]


@pytest.mark.corpus
def test_members_of_another_package_or_signer_stand_apart() -> None:
    app = open_set(loose("made-plain.apk", "made-plain-other-key.apk", *LOOSE))
    assert {part.sha256 for part in app.parts} == digests(*LOOSE)
    assert {one.name: one.why.partition(":")[0] for one in app.apart} == {
        "made-plain.apk": "another package",
        "made-plain-other-key.apk": "another package",
    }
    app = open_set(loose("made-plain.apk", "made-plain-other-key.apk"))
    assert [one.why for one in app.apart] == ["another signer"]
    app = open_set(loose("com.politedroid_3.apk", "com.politedroid_6.apk"))
    assert [one.why.partition(":")[0] for one in app.apart] == ["another version"]


@pytest.mark.corpus
def test_the_same_part_twice_is_one_part() -> None:
    app = open_set([*loose(*LOOSE), ("again.apk", corpus("made-split-extra.apk")), ("b.apk", corpus(LOOSE[0]))])
    assert len(app.parts) == 3
    assert len(app.apart) == 2


@pytest.mark.corpus
def test_a_member_that_cannot_be_read_leaves_the_others_and_the_account_says_so() -> None:
    app = open_set([*loose(*LOOSE), ("broken.apk", b"\x1f\x8b no archive")])
    assert len(app.parts) == 3
    assert [one.name for one in app.apart] == ["broken.apk"]
    coverage = set_coverage(app)
    assert (coverage.state, coverage.reason) == (State.PARTIAL, Reason.DAMAGED)
    assert "broken.apk" in coverage.detail


@pytest.mark.corpus
def test_a_member_that_is_a_bomb_leaves_the_others() -> None:
    members = [Member(name.encode(), data, method=0) for name, data in loose(*LOOSE)]
    lie = {"size": 1 << 31}
    members.append(Member(b"bomb.apk", b"x", local=lie, central=lie))
    app = open_set(Archive.open(make_zip(members)))
    assert len(app.parts) == 3
    assert [one.name for one in app.apart] == ["bomb.apk"]


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"package_name": "com.example.other"}', "bundle.description-differs"),
        (b'{"package_name": 7}', "bundle.description-unreadable"),
        (b"[" * 100_000, "bundle.description-unreadable"),
        (b"\xff\xfe", "bundle.description-unreadable"),
    ],
)
def test_the_description_in_a_container_is_not_believed(content: bytes, kind: str) -> None:
    members = [Member(name.encode(), data, method=0) for name, data in loose(*LOOSE)]
    app = open_set(Archive.open(make_zip([Member(b"manifest.json", content), *members])))
    assert app.kind == "xapk"
    assert app.base is not None
    assert app.base.package == "org.example.inert.split"
    assert kind in {one.id for one in app.anomalies}


@pytest.mark.corpus
def test_an_app_file_or_an_archive_without_apps_is_no_set() -> None:
    for data in (corpus("made-plain.apk"), make_zip([Member(b"readme.txt", b"x")])):
        archive = Archive.open(data)
        assert container_kind(archive) is None
        with pytest.raises(NotThisKind):
            open_set(archive)
    with pytest.raises(NotThisKind):
        open_set([("x.apk", b"nothing")])


def test_more_files_than_the_limit_are_refused() -> None:
    with pytest.raises(ParseError) as caught:
        open_set([(f"{index}.apk", b"") for index in range(600)])
    assert caught.value.limit
    container = make_zip([Member(b"%d.apk" % index, b"x") for index in range(600)])
    with pytest.raises(ParseError):
        open_set(Archive.open(container), Limits())


@pytest.mark.parametrize(
    ("base", "splits", "missing"),
    [
        (Split(), [], ()),
        (Split(required=True), [], ("splits",)),
        (Split(required=True), [Split("config.ar")], ()),
        (Split(required_types=("b__abi", "b__density")), [Split("config.x86", types=("b__abi",))], ("b__density",)),
        (Split(), [Split("extra.config.ar", config_for="extra")], ("extra",)),
        (Split(), [Split("extra", required_types=("extra__abi",))], ("extra__abi",)),
        (None, [Split("config.ar")], ("base",)),
    ],
)  # fmt: skip
def test_missing_parts_are_those_the_manifests_name(base: Split | None, splits: list[Split], missing: tuple) -> None:
    assert missing_parts(base, splits) == missing


@pytest.mark.corpus
def test_facts_about_a_set_are_in_the_vocabulary() -> None:
    facts = set_facts(open_set(loose(*LOOSE[:2])), "app.apks")
    assert [fact.name for fact in facts] == ["file.kind", "file.part", "file.part"]
    for fact in facts:
        assert set(fact.attributes) <= set(FACTS[fact.name].attributes)
    assert facts[1].attributes["size"] == len(corpus(LOOSE[0]))
    assert facts[2].attributes["split"] == "config.ar"


def test_merging_adds_what_splits_have_and_keeps_what_the_base_says() -> None:
    base = [
        Fact("app.package", "org.example.a"), Fact("file.sha256", "b" * 64), Fact("permission.requested", "P"),
        Fact("launcher.visible", False), Fact("app.label", "Notes", attributes={"locale": ""}),
    ]  # fmt: skip
    feature = [
        Fact("app.package", "org.example.a"), Fact("file.sha256", "f" * 64),
        Fact("permission.requested", "P", Place("feature.apk")),
        Fact("component", "org.example.a.Watch", attributes={"authorities": ["x"]}),
        Fact("launcher.visible", True), Fact("signature.scheme", "v2"),
    ]  # fmt: skip
    language = [
        Fact("app.label", "Carnet", attributes={"locale": "fr"}),
        Fact("app.split", "config.fr"),
        Fact("app.version_code", 7),
    ]
    merged = merge_facts(base, [feature, language])
    assert [(fact.name, fact.value) for fact in merged] == [
        ("app.package", "org.example.a"), ("file.sha256", "b" * 64), ("permission.requested", "P"),
        ("launcher.visible", True), ("app.label", "Notes"), ("component", "org.example.a.Watch"),
        ("app.label", "Carnet"), ("app.split", "config.fr"),
    ]  # fmt: skip
    assert merge_facts(base, []) == base
