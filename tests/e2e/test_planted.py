"""Known values planted in app files and in every place of device evidence are found through the imported Echap data."""

import zipfile
from pathlib import Path

import msgspec
import pyrage
import pytest
from click.testing import CliRunner

from luciole.apps.options import AppOptions
from luciole.apps.read import read_app
from luciole.assess.assess import Engine
from luciole.assess.document import MatchFinding, Result
from luciole.cli.main import cli
from luciole.packs.engine import load_engine, with_index
from luciole.packs.importing import import_list, read_files
from luciole.packs.store import Store
from luciole.scale.check import check
from luciole.scale.settings import ReadSettings
from luciole.simulate.apps.build import build_apk
from luciole.simulate.devices.demonstration import UNKNOWN, demonstration
from luciole.simulate.devices.description import App, DeviceDescription, Filler
from luciole.simulate.devices.places import PLACES, Kind, Place
from luciole.simulate.devices.plant import plant
from luciole.simulate.devices.write import write_age, write_bugreport, write_folder, write_zip
from shared_data import require

NOW = "2026-01-01T00:00:00Z"
PLAIN = {"package": "org.example.planted", "label": "Planted", "activities": [{"name": ".Main", "launcher": True}]}
FAMILY = "TheTruthSpy"
PACKAGE, HOST = "com.thetruth", "thetruthspy.com"
"""Values that the real list names for this family."""


@pytest.fixture(scope="module")
def signer() -> str:
    """SHA-1 of the certificate that simulated apps are signed with."""
    facts = read_app(build_apk(PLAIN), "planted.apk").subjects[0].facts
    return next(str(fact.attributes["sha1"]) for fact in facts if fact.name == "signature.certificate")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, signer: str) -> Engine:
    """The real list, and beside it a family in the same format that names the simulated certificate and file."""
    folder = tmp_path_factory.mktemp("list")
    for name, data in read_files(require("data/stalkerware-indicators")).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    by_hash = read_app(build_apk({**PLAIN, "key": "other"}), "x").evidence.sha256
    with (folder / "ioc.yaml").open("a") as file:
        file.write(f"\n- name: PlantedSpy\n  type: stalkerware\n  certificates:\n  - {signer.upper()}\n")
    with (folder / "samples.csv").open("a", newline="") as file:
        file.write(f"{by_hash},,,,PlantedSpy\r\n")
    store = Store(tmp_path_factory.mktemp("data"))
    import_list(str(folder), store, "2026-01-01")
    index = store.index()
    assert index is not None
    return with_index(load_engine(), index)


def families(result: Result) -> set[str]:
    return {f.family for one in result.assessments for f in one.findings if isinstance(f, MatchFinding)}


def verdicts(result: Result) -> set[str]:
    return {one.verdict.code for one in result.assessments}


def check_app(description: dict[str, object], engine: Engine, folder: Path) -> Result:
    path = folder / "app.apk"
    path.write_bytes(build_apk(description))
    return checked([path], engine)


def checked(paths: list[Path], engine: Engine) -> Result:
    """As `luciole check` does it."""
    return check(paths, engine, ReadSettings(now=NOW, options=AppOptions(texts=True)))


@pytest.mark.parametrize(
    ("description", "family", "verdict"),
    [
        ({**PLAIN, "key": "debug", "package": PACKAGE}, FAMILY, "known-stalkerware"),
        (PLAIN, "PlantedSpy", "known-stalkerware"),
        ({**PLAIN, "key": "other"}, "PlantedSpy", "known-stalkerware"),
        ({**PLAIN, "key": "debug", "strings": [f"https://sub.{HOST}/api"]}, FAMILY, ""),
    ],
    ids=["package", "certificate", "file digest", "host"],
)
def test_an_app_file_with_a_known_value_is_found(
    description: dict[str, object], family: str, verdict: str, engine: Engine, tmp_path: Path
) -> None:
    result = check_app(description, engine, tmp_path)
    assert family in families(result)
    assert not verdict or verdict in verdicts(result)


IN_AN_APP: dict[str, dict[str, object]] = {
    "script of a bundle": {"assets": {"index.android.bundle": f'var a={{b:1}};fetch("https://api.{HOST}/v1",a);'}},
    "script, host alone": {"assets": {"www/main.js": f"e.host='{HOST}';"}},
    "settings with escaped slashes": {"assets": {"config.json": f'{{"url":"https:\\/\\/{HOST}\\/api"}}'}},
    "settings with a port": {"assets": {"config.json": f'{{"host":"{HOST}:8080"}}'}},
    "string resource": {"label": {"default": f"https://{HOST}/login", "fr": "x"}},
    "host alone in a string resource": {"label": {"default": HOST, "fr": "x"}},
    "native library": {"native_libraries": {"arm64-v8a/libapp.so": [f"https://{HOST}/collect"]}},
    "host alone in a native library": {"native_libraries": {"x86/libapp.so": [HOST]}},
    "longer text of the code": {"strings": [f"please visit {HOST} today"]},
    "host with a port in the code": {"strings": [f"{HOST}:8080"]},
    "odd scheme in the code": {"strings": [f"://{HOST}/"]},
}
"""Places of an app file where an address may stand besides a plain address in the code."""


@pytest.mark.parametrize("place", IN_AN_APP)
def test_a_known_host_is_found_wherever_it_stands_in_an_app_file(place: str, engine: Engine, tmp_path: Path) -> None:
    assert FAMILY in families(check_app({**PLAIN, "key": "debug", **IN_AN_APP[place]}, engine, tmp_path))


def test_a_known_host_is_found_in_a_raw_resource(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "app.apk"
    path.write_bytes(build_apk({**PLAIN, "key": "debug", "signing": ["v1"]}))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("res/raw/settings.json", f'{{"url":"https://{HOST}/api"}}')
    assert FAMILY in families(checked([path], engine))


def test_a_known_name_with_another_signer_is_found_and_said_to_be_borrowable(engine: Engine, tmp_path: Path) -> None:
    result = check_app({**PLAIN, "package": PACKAGE, "key": "other"}, engine, tmp_path)
    met = [f for one in result.assessments for f in one.findings if isinstance(f, MatchFinding)]
    (by_name,) = [finding for finding in met if finding.role == "package"]
    assert by_name.strength == "strong"
    assert ["someone else than the signers listed" in note.text for note in by_name.notes] == [True]


def test_check_and_triage_look_beyond_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUCIOLE_DATA", str(tmp_path / "data"))
    import_list(str(require("data/stalkerware-indicators")), Store(tmp_path / "data"), "2026-01-01")
    path = tmp_path / "app.apk"
    path.write_bytes(build_apk({**PLAIN, "key": "debug", **IN_AN_APP["script of a bundle"]}))
    checked_one = CliRunner().invoke(cli, ["check", str(path), "--json"])
    assert FAMILY in checked_one.stdout, checked_one.output
    CliRunner().invoke(cli, ["triage", str(path), "--out", str(tmp_path / "out.jsonl"), "--workers", "1", "--quiet"])
    assert "thetruthspy" in (tmp_path / "out.jsonl").read_text().lower()


def test_an_app_without_any_of_them_is_not_found(engine: Engine, tmp_path: Path) -> None:
    assert families(check_app({**PLAIN, "key": "debug"}, engine, tmp_path)) == set()


CERTIFICATE = "31a6ececd97cf39bc4126b8745cd94a7c30bf81c"
"""A certificate (SHA-1) that the real list names for the same family."""
DIGEST = "2f3bc9ebe8c249f0416f5b0367f34b4b8f6aaa7d351dc5b4912fe2558491b6b7"
"""A sample (SHA-256) that the real list names for 1TopSpy, an alias of HelloSpy."""
VALUES = {"package": PACKAGE, "host": HOST, "certificate": CERTIFICATE, "digest": DIGEST}
NOT_IN_THE_LIST = ("sha1", "sha512", "md5")
"""The public list has SHA-256 of files only, and SHA-1 of certificates only."""
MESSAGES_ARE_NOT_READ = {("host", "backup")}
SMALL = DeviceDescription(filler=Filler(files=5, system_packages=2, log_lines=3, processes=2))


def listed(place: Place) -> bool:
    other = {"certificate": ("sha256", "sha512", "md5")}.get(place.kind, NOT_IN_THE_LIST)
    return not place.name.endswith(other) and (place.kind, place.name) not in MESSAGES_ARE_NOT_READ


def assessed(evidence: Path, engine: Engine, identity: str | None = None) -> Result:
    return check([evidence], engine, ReadSettings(now=NOW, identity=identity))


@pytest.mark.parametrize("place", list(filter(listed, PLACES)), ids=lambda place: f"{place.kind} in {place.name}")
def test_a_known_value_is_found_in_every_place_of_an_acquisition(place: Place, engine: Engine, tmp_path: Path) -> None:
    phone = plant(SMALL, place.kind, VALUES[place.kind], place.name)
    found = families(assessed(write_zip(phone, tmp_path / "phone.zip"), engine))
    assert found & {FAMILY, "HelloSpy"}, f"{place.kind} in {place.name} was missed"


def test_a_phone_without_known_values_gives_no_match(engine: Engine, tmp_path: Path) -> None:
    assert families(assessed(write_zip(SMALL, tmp_path / "phone.zip"), engine)) == set()


@pytest.mark.parametrize("kind", ["package", "host"])
@pytest.mark.parametrize("form", ["folder", "zip", "age", "bugreport", "text"])
def test_a_known_value_is_found_in_each_form_of_evidence(kind: Kind, form: str, engine: Engine, tmp_path: Path) -> None:
    places = {"package": "dumpsys package", "host": "dumpsys connectivity"}
    known = {place.name for place in PLACES if place.kind == kind}
    place = places[kind] if places[kind] in known else min(n for n in known if n.startswith("dumpsys"))
    phone = plant(SMALL, kind, VALUES[kind], place)
    key = pyrage.x25519.Identity.generate()
    writers = {
        "folder": lambda: write_folder(phone, tmp_path),
        "zip": lambda: write_zip(phone, tmp_path / "phone.zip"),
        "age": lambda: write_age(phone, tmp_path / "phone.zip.age", str(key.to_public())),
        "bugreport": lambda: write_bugreport(phone, tmp_path / "bugreport.zip"),
        "text": lambda: write_bugreport(phone, tmp_path / "bugreport.txt", text=True),
    }
    result = assessed(writers[form](), engine, str(key) if form == "age" else None)
    assert FAMILY in families(result)


def test_the_work_profile_is_looked_at_too(engine: Engine, tmp_path: Path) -> None:
    phone = msgspec.structs.replace(demonstration(), apps=(*demonstration().apps, App(PACKAGE, users=(10,))))
    result = assessed(write_zip(phone, tmp_path / "phone.zip"), engine)
    found = [(one.subject.user, one.verdict.code) for one in result.assessments if one.subject.identity == PACKAGE]
    assert found == [(10, "known-stalkerware")]


@pytest.mark.parametrize("form", ["folder", "zip", "age"])
def test_app_files_inside_the_evidence_join_their_apps(form: str, engine: Engine, tmp_path: Path) -> None:
    key = pyrage.x25519.Identity.generate()
    phone = demonstration()
    if form == "folder":
        evidence = write_folder(phone, tmp_path)
    elif form == "zip":
        evidence = write_zip(phone, tmp_path / "phone.zip")
    else:
        evidence = write_age(phone, tmp_path / "phone.zip.age", str(key.to_public()))
    result = assessed(evidence, engine, str(key) if form == "age" else None)
    assert result.unreadable == ()
    (one,) = [one for one in result.assessments if one.subject.identity == UNKNOWN]
    names = {fact.name for fact in one.facts}
    assert {"file.sha256", "app.first_installed", "code.dex"} <= names
