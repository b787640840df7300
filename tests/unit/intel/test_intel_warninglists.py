"""The shipped warning lists are readable, sourced and say what they must."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from luciole.intel import warninglists
from luciole.intel.warninglists import Gate, Warned, read_warning_lists
from luciole.kernel.errors import ContentError
from shared_data import corpus_rows, require

SHIPPED = {path.name: path.read_bytes() for path in Path(warninglists.__file__).parent.glob("*.yml")}
LISTS = read_warning_lists(SHIPPED)
TEST_KEY_SHA256 = "a40da80a59d170caa950cf15c18c454d47a39b26989d8b640ecd745ba71bf5dc"


def test_every_shipped_list_is_named_as_its_file_and_says_what_it_is() -> None:
    assert {f"{one.name}.yml" for one in LISTS} == set(SHIPPED)
    assert all(one.about.endswith(".") and one.source for one in LISTS)
    assert all(one.values or one.parents or one.networks for one in LISTS)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("sha1", "61ed377e85d386a8dfee6b864bd85b0bfaa5af81", Warned("public-certificates", tenant=False)),
        ("sha256", TEST_KEY_SHA256, Warned("public-certificates", tenant=False)),
        ("sha1", "09dceb70d91de79335b6c143d05f9a6b6de9e59c", Warned("shared-certificates", tenant=False)),
        ("ipv4", "104.18.54.129", Warned("shared-addresses", tenant=False)),
        ("ipv4", "192.0.2.1", None),
        ("host", "firebaseio.com", Warned("shared-hosting", tenant=False)),
        ("host", "x.firebaseio.com", Warned("shared-hosting", tenant=True)),
        ("host", "notfirebaseio.com", None),
        ("host", "apprtc.appspot.com", Warned("public-demonstrations", tenant=False)),
        ("host", "x.firebase.io", Warned("probable-typing-errors", tenant=True)),
        ("url", "https://github.com/a/b", Warned("shared-hosting", tenant=True)),
        ("package", "com.example.a", None),
    ],
)
def test_what_the_shipped_lists_warn_of(kind: str, value: str, expected: Warned | None) -> None:
    assert Gate(LISTS).warned(kind, value) == expected  # type: ignore[arg-type] # checked at run time


@pytest.mark.tools
def test_the_digests_of_the_public_test_key_belong_to_one_certificate() -> None:
    row = next((row for row in corpus_rows() if row["signer_sha256"] == TEST_KEY_SHA256), None)
    path = require(f"corpus-apk/{row['file'] if row else 'manifest.csv'}")
    if row is None:
        pytest.skip("no app of the corpus is signed with the public test key")
    shown = subprocess.run(
        ["apksigner", "verify", "--print-certs", path], capture_output=True, text=True, check=False
    ).stdout
    assert TEST_KEY_SHA256 in shown
    assert "61ed377e85d386a8dfee6b864bd85b0bfaa5af81" in shown
    assert "e89b158e4bcf988ebd09eb83f5378e87" in shown


def test_every_problem_of_lists_is_named_with_its_file() -> None:
    wrong = {"a.yml": b"name: a\n", "b.yml": b"- x\n", "c.yml": b"name: c\nkind: other\nabout: x\nsource: y\n"}
    with pytest.raises(ContentError) as caught:
        read_warning_lists(wrong)
    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["a.yml", "b.yml", "c.yml"]


@pytest.mark.parametrize(
    "line", ["values: [host]", "values: [nothing x.example]", "networks: [1.2.3.4/5]", "parents: [x]", "extra: 1"]
)
def test_a_wrong_entry_is_refused(line: str) -> None:
    text = f"name: a\nkind: shared-hosting\nabout: x.\nsource: y\n{line}\n"
    with pytest.raises(ContentError):
        read_warning_lists({"a.yml": text.encode()})
