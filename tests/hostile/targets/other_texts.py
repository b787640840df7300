"""Fuzz target: any bytes as an app file, as its string resources, as a text file and as a native library."""

import io
import zipfile

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.hermes import MAGIC, bundle_text
from luciole.apps.apk.other_texts import OtherTexts, read_other_texts, text_facts, with_texts
from luciole.apps.apk.text_hosts import Form, hosts_in_text
from luciole.kernel.errors import ParseError
from luciole.kernel.outcome import Coverage, State

MEMBERS = ("resources.arsc", "assets/a.js", "res/raw/b.json", "lib/x86/liba.so")


def target(data: bytes) -> None:
    """Searches the data in every place; nothing may come out but finds that lie inside, and what was not searched."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in MEMBERS:
            file.writestr(name, data)
        file.writestr("assets/index.android.bundle", MAGIC + data)
    found = read_other_texts(Archive.open(made.getvalue()))
    check(found, len(MAGIC) + len(data))
    for form in Form:
        for host, offset in hosts_in_text(data, 0, len(data), form).hosts.items():
            assert data[offset : offset + len(host)].lower() == host.encode()
    text = bundle_text(data)
    assert all(0 <= text.offset(place) <= len(data) for place in range(0, len(text.data), 97))
    try:
        archive = Archive.open(data)
    except ParseError:
        return
    check(read_other_texts(archive), archive.limits.entry)


def check(found: OtherTexts, size: int) -> None:
    """Every find lies inside its file, and what is missing is told."""
    assert all(0 <= find.offset < size for find in found.finds)
    assert all(fact.value for fact in text_facts(found, "a.apk"))
    (line,) = with_texts((Coverage("code", State.EXAMINED),), found)
    told = bool(found.large or found.unread or not found.complete)
    assert (line.state is State.PARTIAL) == told == bool(line.detail)
