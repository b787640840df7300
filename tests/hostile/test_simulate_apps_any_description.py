"""Any valid description builds, and an independent reader finds its package in what was built."""

import contextlib
import io
import string
import zipfile
from pathlib import Path

import apk_info
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luciole.kernel.errors import ContentError
from luciole.simulate.apps.attributes import ACCESSIBILITY_FLAGS, EVENT_TYPES, FOREGROUND_TYPES
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.description import AppDescription, describe

WORD = st.text(string.ascii_lowercase, min_size=1, max_size=8)
NAME = st.text(string.ascii_letters, min_size=1, max_size=8)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
PACKAGE = WORD.map(lambda word: f"org.example.{word}")
LABEL = TEXT | st.dictionaries(st.sampled_from(["default", "fr", "ar", "fil", "pt-BR", "zh-Hans-CN", "es-419"]), TEXT)
FEW = {"max_size": 3}
FILTER = st.fixed_dictionaries(
    {},
    optional={
        "actions": st.lists(WORD, **FEW), "categories": st.lists(WORD, **FEW), "schemes": st.lists(WORD, **FEW),
        "hosts": st.lists(WORD, **FEW), "priority": st.integers(-1000, 2147483647),
    },
)  # fmt: skip
SHARED = {
    "exported": st.booleans(), "enabled": st.booleans(), "permission": WORD, "process": TEXT, "label": TEXT,
    "actions": st.lists(WORD, **FEW), "filters": st.lists(FILTER, **FEW),
    "metadata": st.dictionaries(WORD, TEXT | st.integers(-2147483648, 2147483647) | st.booleans(), **FEW),
}  # fmt: skip
COMPONENT_NAME = {"name": NAME.map(lambda name: f".{name}")}
ACTIVITY = st.fixed_dictionaries(
    COMPONENT_NAME,
    optional=SHARED | {
        "launcher": st.sampled_from([True, False, "info", "leanback"]), "no_history": st.booleans(),
        "theme": st.sampled_from(["no-display", "translucent", "own-no-display", "own-translucent"]),
    },
)  # fmt: skip
ACCESSIBILITY = st.fixed_dictionaries(
    {},
    optional={
        "can_retrieve_window_content": st.booleans(), "is_accessibility_tool": st.booleans(),
        "event_types": st.lists(st.sampled_from(sorted(EVENT_TYPES)), **FEW), "description": TEXT,
        "flags": st.lists(st.sampled_from(sorted(ACCESSIBILITY_FLAGS)), **FEW), "packages": st.lists(WORD, **FEW),
    },
)  # fmt: skip
SERVICE = st.fixed_dictionaries(
    COMPONENT_NAME,
    optional=SHARED | {
        "accessibility": ACCESSIBILITY,
        "foreground_types": st.lists(st.sampled_from(sorted(FOREGROUND_TYPES)), **FEW),
    },
)  # fmt: skip
RECEIVER = st.fixed_dictionaries(COMPONENT_NAME, optional=SHARED | {"device_admin": st.lists(WORD, **FEW)})
DESCRIPTION = st.fixed_dictionaries(
    {"package": PACKAGE},
    optional={
        "label": LABEL, "version_code": st.integers(0, (1 << 63) - 1), "version_name": TEXT,
        "min_sdk": st.integers(1, 36), "target_sdk": st.integers(1, 36) | st.just("VanillaIceCream"),
        "permissions": st.lists(WORD, **FEW), "activities": st.lists(ACTIVITY, **FEW),
        "services": st.lists(SERVICE, **FEW), "receivers": st.lists(RECEIVER, **FEW),
        "metadata": st.dictionaries(WORD, TEXT, **FEW), "queries": st.lists(WORD, **FEW),
        "strings": st.lists(TEXT, max_size=10),
        "apis": st.lists(st.tuples(WORD, NAME).map(lambda parts: f"java.{parts[0]}.{parts[1]}"), **FEW),
        "classes": st.lists(WORD, **FEW), "dex_files": st.integers(0, 3),
        "assets": st.dictionaries(WORD, TEXT, **FEW), "icon": st.sampled_from(["transparent", "blank", "plain"]),
        "resource_table": st.sampled_from(["plain", "sparse", "compact", "offset16"]),
        "xml_encoding": st.sampled_from(["utf-8", "utf-16"]),
        "signing": st.lists(st.sampled_from(["v1", "v2", "v3"]), unique=True),
        "key": st.sampled_from(["own", "other", "debug", "ec:another"]),
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("apps") / "a.apk"


@settings(max_examples=150)
@given(DESCRIPTION)
def test_any_valid_description_builds_and_the_second_reader_finds_its_package(
    place: Path, description: dict[str, object]
) -> None:
    data = build_apk(description)
    place.write_bytes(data)
    assert apk_info.APK(str(place)).get_package_name() == description["package"]
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


@settings(max_examples=100)
@given(DESCRIPTION)
def test_a_description_survives_json(description: dict[str, object]) -> None:
    app = describe(description)
    assert describe(msgspec.json.decode(msgspec.json.encode(app))) == app


SCALAR = st.none() | st.booleans() | st.integers() | TEXT
JSON = st.recursive(SCALAR, lambda inner: st.lists(inner, **FEW) | st.dictionaries(TEXT, inner, **FEW), max_leaves=8)


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(AppDescription.__struct_fields__) | WORD, JSON, max_size=4))
def test_a_wrong_description_raises_nothing_but_the_error_for_content(description: dict[str, object]) -> None:
    with contextlib.suppress(ContentError):
        build_apk({"package": "org.example.a"} | description)
