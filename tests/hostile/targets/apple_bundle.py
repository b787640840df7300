"""Fuzz target: any bytes as an IPA, as the list of an app, as a provisioning profile."""

import contextlib

from luciole.apps.ipa.bundle import read_bundle
from luciole.apps.ipa.members import find_root, of_files
from luciole.apps.ipa.profile import read_profile
from luciole.apps.plist import load_map
from luciole.apps.programs.gathered import Gathered
from luciole.apps.read import read_app
from luciole.kernel.errors import NotThisKind, ParseError
from luciole.kernel.limits import Limits
from luciole.kernel.vocabulary import FACTS

LIMITS = Limits(entry=1 << 20, archive_total=8 << 20, archive_entries=5_000)


def target(data: bytes) -> None:
    """Reads it as each of them; only a ParseError or NotThisKind may come out."""
    with contextlib.suppress(ParseError):
        assert isinstance(load_map(data), dict)
    with contextlib.suppress(ParseError):
        assert read_profile(data).devices >= 0
    with contextlib.suppress(ParseError, NotThisKind):
        read_app(data, "app.ipa", limits=LIMITS)
    content = (len(data), lambda: data)
    files = {f"Payload/A.app/{name}": content for name in ("Info.plist", "A", "embedded.mobileprovision", "a.dylib")}
    members = of_files(files)
    root = find_root(members.sizes)
    assert root is not None
    gathered = Gathered("app.ipa")
    read_bundle(members, root, gathered)
    assert {fact.name for fact in gathered.facts} <= set(FACTS)
