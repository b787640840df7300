"""Addresses are found in string resources, text files and native libraries, with their place, and nothing false is."""

import io
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from luciole.apps.apk import other_texts
from luciole.apps.apk.archive import Archive
from luciole.apps.apk.hermes import bundle_text
from luciole.apps.apk.other_texts import OtherTexts, read_other_texts
from luciole.apps.apk.text_hosts import Form, hosts_in_text
from luciole.apps.options import PLAIN, AppOptions
from luciole.apps.read import read_app
from luciole.kernel.facts import Fact, FactSet
from luciole.kernel.outcome import Reason, State
from luciole.simulate.apps.build import build_apk
from luciole.simulate.apps.dex import write_dex
from luciole.simulate.apps.elf import write_elf
from shared_data import corpus_rows, require

URL, HOST = "https://collect.planted.com/v1", "collect.planted.com"
APP = {"package": "org.example.inert.texts", "label": "Texts", "activities": [{"name": ".Main", "launcher": True}]}
TEXTS = AppOptions(texts=True)


def archive(files: Mapping[str, bytes]) -> Archive:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return Archive.open(made.getvalue())


def search(files: Mapping[str, bytes]) -> OtherTexts:
    return read_other_texts(archive(files))


def hosts(found: OtherTexts) -> set[str]:
    return {find.value for find in found.finds if find.name == "code.host"}


def place_of(found: OtherTexts, value: str) -> tuple[str, str, int]:
    (find,) = [find for find in found.finds if find.value == value]
    return find.where, find.member, find.offset


def facts(data: bytes, options: AppOptions) -> FactSet:
    return read_app(data, "app.apk", options).subjects[0]


@pytest.mark.parametrize(
    "name",
    [
        "assets/index.android.bundle", "assets/www/main.js", "assets/config.json", "res/raw/settings.json",
        "res/raw-de/a.txt", "firebase.properties", "assets/page.html", "assets/data.dat",
    ],
)  # fmt: skip
def test_an_address_in_a_text_file_is_found_with_member_and_offset(name: str) -> None:
    content = b'{"key": 1, "server": "' + URL.encode() + b'"}'
    found = search({name: content})
    assert place_of(found, URL) == ("asset", name, content.index(URL.encode()))
    assert HOST in hosts(found)


@pytest.mark.parametrize(
    "text",
    [
        'f("collect.planted.com")', "'collect.planted.com:8080'", '{"h":"collect.planted.com/v1"}',
        "please visit collect.planted.com today", "See collect.planted.com.", "<b>collect.planted.com</b>",
        "(collect.planted.com)", "wss://collect.planted.com/s", "://collect.planted.com/",
        "custom://collect.planted.com",
        r'u="https:\/\/collect.planted.com\/v1"',
        'src="//collect.planted.com/a.js"',
        "one.example.org,collect.planted.com,x", "collect.planted.com\n", "`collect.planted.com`",
        "Collect.Planted.com", 'h="COLLECT.PLANTED.com"', 'server = "\\u0020" ; collect.planted.com;',
    ],
)  # fmt: skip
def test_a_host_is_found_however_it_is_written(text: str) -> None:
    assert HOST in hosts(search({"assets/a.js": text.encode()}))


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ('"spyhost.cc"', "spyhost.cc"), ('"1ca43.appspot.com:8080"', "1ca43.appspot.com"),
        ('"app.planted.com"', "app.planted.com"), ('"203.0.113.7:443" "45.77.12.7:443"', "45.77.12.7"),
        ("'185.141.27.99'", "185.141.27.99"), ('"xn--mnchen-3ya.de"', "xn--mnchen-3ya.de"),
    ],
)  # fmt: skip
def test_a_host_alone_in_quotes_may_have_any_usual_end_or_be_a_number(text: str, host: str) -> None:
    assert host in hosts(search({"assets/a.json": text.encode()}))


@pytest.mark.parametrize(
    "text",
    [
        "com.vendor.app", '"com.google.android.net"', '"org.apache.http.client"', '"net.vendor.com"',
        '"index.js" "main.bundle" "libcrypto.so.1" "styles.css"', '"1.2.3" "4.1.2.0" "v1.2.3.4" "10.0.0.1"',
        "return e.store||t.click(n.link)", "this.app = window.top ", "if (event.in ) logger.info ", "a.net b.com",
        "x=a.b.com=y", "e.g. this.", "first.Second.com.third", "Date.now() Math.me", "foo.com-bar",
        "someone@planted.com",
        '"message.de.title"', "M0.org.1", "seg_rename.es other_name.com", "vec.at(0) sys.pl ", ".com", "..com",
        "-a-.com", '"a..com"', "%20planted.com",
    ],
)  # fmt: skip
def test_package_names_files_versions_and_properties_are_no_hosts(text: str) -> None:
    assert hosts(search({"assets/a.js": text.encode()})) == set()


def test_a_minified_bundle_on_one_line_is_searched_to_its_end() -> None:
    filler = b"!function(e,t){return e.store(t.link,n.app),e.in=t.at}(e.me,t.is);" * 20_000
    found = search(
        {"assets/index.android.bundle": filler + b'fetch("https://collect.planted.com/v1",{a:"x.planted.com"});'}
    )
    assert hosts(found) == {HOST, "x.planted.com"}
    assert found.complete
    assert found.large == ()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_read_as_such(encoding: str) -> None:
    mark = "\ufeff".encode(encoding)
    content = mark + f'Zürich: "{URL}"'.encode(encoding)
    found = search({"assets/a.txt": content})
    assert place_of(found, URL)[2] == content.index(URL.encode(encoding))


COMMANDS = {
    "utf-16-le": [["aapt", "package", "-f", "-M", "AndroidManifest.xml", "-S", "res", "-F", "out.apk"]],
    "utf-8": [
        ["aapt2", "compile", "--dir", "res", "-o", "compiled.zip"],
        ["aapt2", "link", "-o", "out.apk", "--manifest", "AndroidManifest.xml", "compiled.zip"],
    ],
}


@pytest.mark.parametrize("encoding", COMMANDS)
def test_string_resources_as_the_platform_tools_write_them(encoding: str, tmp_path: Path) -> None:
    if shutil.which(COMMANDS[encoding][0][0]) is None:
        pytest.skip("the platform's resource compiler is not installed")
    (tmp_path / "res/values").mkdir(parents=True)
    (tmp_path / "res/values/strings.xml").write_text(
        f'<resources><string name="a">{URL}</string><string name="b">Zürich: lone.example.org</string>'
        f'<string name="c">a.example.net</string><string name="d">{"x" * 300} long.example.org</string>'
        f'<string name="e">{"deep." * 9}com is nine labels</string></resources>'
    )
    (tmp_path / "AndroidManifest.xml").write_text('<manifest package="org.example.t"><application/></manifest>')
    for command in COMMANDS[encoding]:
        subprocess.run(command, cwd=tmp_path, check=True)
    app = Archive.open((tmp_path / "out.apk").read_bytes())
    table = app.read(b"resources.arsc")
    found = read_other_texts(app)
    assert hosts(found) == {HOST, "lone.example.org", "a.example.net", "long.example.org"}
    for value in (URL, "lone.example.org", "a.example.net"):
        assert place_of(found, value) == ("resource", "resources.arsc", table.index(value.encode(encoding)))


def test_a_native_library_is_searched_and_only_for_one_abi() -> None:
    library = write_elf("arm64-v8a", ["JNI_OnLoad", "collect.planted.com", "lib.foo.cc", "foo.pl", "seg_renames.es"])
    other = write_elf("x86", ["other.planted.com"])
    found = search({"lib/arm64-v8a/liba.so": library, "lib/x86/liba.so": other})
    assert hosts(found) == {HOST}
    assert place_of(found, HOST) == ("native", "lib/arm64-v8a/liba.so", library.index(HOST.encode()))


def test_strings_among_bytes_that_are_no_text_end_there() -> None:
    content = b"\x7fELF\xd4https://collect.planted.com\xd5next\xc8lone.planted.org\x84\0"
    assert hosts(search({"lib/x86_64/libapp.so": content})) == {HOST, "lone.planted.org"}


def hermes(strings: list[bytes], *, version: int = 96) -> bytes:
    """A compiled script with these strings side by side, in the order of BytecodeFileFormat.h; no function."""
    storage = b"".join(strings)
    entries, overflow, at = [], [], 0
    for text in strings:
        if len(text) >= 0xFF:
            entries.append(len(overflow) // 2 << 1 | 0xFF << 24)
            overflow += [at, len(text)]
        else:
            entries.append(at << 1 | len(text) << 24)
        at += len(text)
    counts = (0, 1, 0, len(strings), len(overflow) // 2, len(storage))
    header = bytes.fromhex("c61fbc03c103191f") + struct.pack("<I20xII", version, 0, 0) + struct.pack("<6I", *counts)
    tables = struct.pack(f"<I{len(entries)}I{len(overflow)}I", len(strings), *entries, *overflow)
    return header.ljust(128, b"\0") + tables + storage


@pytest.mark.parametrize("more", [b"", b"z" * 300 + b" https://long.planted.org/a"])
def test_strings_of_a_compiled_script_do_not_run_into_each_other(more: bytes) -> None:
    strings = [b"abc", b"https://collect.planted.com", b"defg", b"lone.planted.net", b"hij", more]
    content = hermes(strings)
    found = search({"assets/index.android.bundle": content})
    expected = {HOST, "lone.planted.net"} | ({"long.planted.org"} if more else set())
    assert hosts(found) == expected
    for host in expected:
        assert place_of(found, host)[2] in {
            content.index(host.encode()),
            content.index(host.encode()) - len("https://"),
        }


def test_a_compiled_script_in_an_unknown_order_is_searched_as_it_lies() -> None:
    content = bytearray(hermes([b"https://collect.planted.com/a", b"b"]))
    struct.pack_into("<I", content, 52, 0xFFFFFFFF)
    assert bundle_text(bytes(content)).pieces is None
    assert HOST in hosts(search({"assets/index.android.bundle": bytes(content)}))


def test_longer_text_of_the_code_is_searched_when_it_is_asked_for() -> None:
    texts = ["please visit collect.planted.com today", "first.planted.org " + "x" * 40, "x" * 60 + " last.planted.net"]
    app = build_apk({**APP, "strings": texts})
    assert code_hosts(facts(app, PLAIN)) == set()
    assert code_hosts(facts(app, TEXTS)) == {HOST, "first.planted.org", "last.planted.net"}


@pytest.mark.parametrize("length", range(20, 130))
def test_a_length_before_a_string_of_the_code_is_no_letter_of_a_host(length: int) -> None:
    text = "first.planted.org " + "x" * (length - 18)
    data = write_dex([], [], [text])
    found = hosts_in_text(data, 0x70, len(data), Form.COUNTED)
    assert found.hosts == {"first.planted.org": data.index(b"first.planted")}


@pytest.mark.parametrize(
    "text", ["1ca43.appspot.com:8080", "://1ca43.appspot.com/", "custom://1ca43.appspot.com", "1ca43.appspot.com"]
)
def test_a_host_with_a_port_or_an_odd_scheme_is_found_in_the_code_without_asking(text: str) -> None:
    assert "1ca43.appspot.com" in code_hosts(facts(build_apk({**APP, "strings": [text]}), PLAIN))


@pytest.mark.parametrize("text", ["android-app://com.vendor.me/", "file://some.file", "myapp://open.page/x", "://"])
def test_an_odd_scheme_with_no_usual_end_gives_no_host(text: str) -> None:
    assert code_hosts(facts(build_apk({**APP, "strings": [text]}), PLAIN)) == set()


def code_hosts(found: FactSet) -> set[str]:
    return {str(fact.value) for fact in found.facts if fact.name == "code.host"}


def test_facts_say_where_they_stand() -> None:
    app = {**APP, "strings": [URL], "assets": {"a.json": '"x.planted.com"'}, "label": "label.planted.org",
           "native_libraries": {"x86/liba.so": ["n.planted.com"]}}  # fmt: skip
    app["label"] = {"default": "label.planted.org", "fr": "Textes"}
    found = [fact for fact in facts(build_apk(app), TEXTS).facts if fact.name == "code.host"]
    places = {fact.value: (fact.attributes["where"], fact.place.member) for fact in found}
    assert places == {
        HOST: ("dex", "classes.dex"),
        "x.planted.com": ("asset", "assets/a.json"),
        "label.planted.org": ("resource", "resources.arsc"),
        "n.planted.com": ("native", "lib/x86/liba.so"),
    }


def code_line(found: FactSet) -> tuple[State, Reason, str]:
    (line,) = [line for line in found.coverage if line.area == "code"]
    return line.state, line.reason, line.detail


def test_not_asked_for_the_area_says_so_and_is_examined_all_the_same() -> None:
    app = build_apk({**APP, "strings": ["x"], "assets": {"a.json": URL}})
    state, reason, detail = code_line(facts(app, PLAIN))
    assert (state, reason) == (State.EXAMINED, Reason.NONE)
    assert "addresses were searched in the code only" in detail
    assert code_hosts(facts(app, PLAIN)) == set()
    assert "addresses" not in code_line(facts(app, TEXTS))[2]
    assert code_line(facts(app, TEXTS))[0] is State.EXAMINED


def test_a_file_beyond_the_bound_is_searched_from_its_start_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other_texts, "LARGEST_TEXT", 1000)
    app = build_apk({**APP, "strings": ["x"], "assets": {"a.json": f'"{URL}"' + " " * 2000 + '"late.planted.org"'}})
    found = facts(app, TEXTS)
    assert code_hosts(found) == {HOST}
    state, reason, detail = code_line(found)
    assert (state, reason) == (State.PARTIAL, Reason.LIMIT)
    assert "not searched to the end: assets/a.json" in detail


def test_files_beyond_the_bound_on_all_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other_texts, "TEXT_TOTAL", 1500)
    found = search({f"assets/{number}.txt": b'"h%d.planted.com"' % number + b" " * 983 for number in range(4)})
    assert hosts(found) == {"h0.planted.com", "h1.planted.com"}
    assert found.large == ("assets/1.txt", "assets/2.txt", "assets/3.txt")


@pytest.mark.parametrize("bound", ["MOST_FILES", "MOST_PLACES", "MOST_FOUND"])
def test_every_bound_is_told(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other_texts, bound, 2)
    files = {f"assets/{number}.txt": b'"h%d.planted.com"' % number for number in range(4)}
    found = search(files)
    assert hosts(found) == {"h0.planted.com", "h1.planted.com"}
    assert not found.complete


@pytest.mark.parametrize("place", ["start", "end"])
def test_a_damaged_file_is_named_and_the_rest_is_read(place: str) -> None:
    text = "".join(f"line {number} says {number * number}; " for number in range(500))
    data = build_apk({**APP, "strings": ["x"], "assets": {"a.json": text, "b.json": '"b.planted.com"'}})
    entry = Archive.open(data).entries[b"assets/a.json"]
    start = entry.header + 30 + len("assets/a.json")
    at = start if place == "start" else start + entry.compressed // 2
    found = facts(data[:at] + b"\xff" * 64 + data[at + 64 :], TEXTS)
    assert "b.planted.com" in code_hosts(found)
    state, reason, detail = code_line(found)
    assert (state, reason) == (State.PARTIAL, Reason.DAMAGED)
    assert "not read: assets/a.json" in detail


@pytest.mark.parametrize(
    "table", [b"", b"\2\0\x0c\0", b"\2\0\x0c\0" + b"\xff" * 60, b"no table at all, only some text"]
)
def test_a_table_without_strings_is_told(table: bytes) -> None:
    found = search({"resources.arsc": table, "assets/a.txt": URL.encode()})
    assert HOST in hosts(found)
    assert bool(found.unread) == bool(table)


NOT_READ_BY_THE_PEER = frozenset(
    {
        "not-android-alpine.apk",
        "v2-only-garbage-between-cd-and-eocd.apk",
        "v2-only-truncated-cd.apk",
    }
)
"""Files that Python's own ZIP reader does not open."""


@pytest.mark.corpus
@pytest.mark.parametrize("name", [row["file"] for row in corpus_rows() if row["file"] not in NOT_READ_BY_THE_PEER])
def test_every_address_of_a_real_app_stands_where_it_is_said_to(name: str) -> None:
    data = require(f"corpus-apk/{name}").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as peer:
        contents = {one: peer.read(one) for one in peer.namelist()}
    for find in read_other_texts(Archive.open(data)).finds:
        if not find.value.isascii() or find.name != "code.url":
            continue
        here = contents[find.member][find.offset : find.offset + 2 * len(find.value)]
        assert here.startswith((find.value.encode(), find.value.encode("utf-16-le")))


def test_a_fact_has_no_attribute_that_is_not_known() -> None:
    (fact,) = [fact for fact in facts(build_apk({**APP, "assets": {"a": URL}}), TEXTS).facts if fact.name == "code.url"]
    assert fact == Fact("code.url", URL, fact.place, {"where": "asset"})
