"""Turns what was read from an app's code into facts of the shared vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from luciole.apps.apk.code import Code, Found
from luciole.kernel.facts import Fact, Place, Value


def code_facts(code: Code, file: str = "") -> Iterator[Fact]:
    """The facts of areas code, native and rules. file: name of the app file, for the places."""
    for dex in code.dex:
        attributes: dict[str, Value] = {
            "member": dex.member, "strings": dex.strings, "methods": dex.methods, "classes": dex.classes,
            "size": dex.size, "loaded": dex.loaded,
        }  # fmt: skip
        yield Fact("code.dex", dex.sha256, Place(file, dex.member), attributes)
    for found in code.apis:
        yield _fact("code.api", found, file, {"behaviours": list(found.notes), "loaded": found.loaded})
    for name, finds in (("code.url", code.urls), ("code.host", code.hosts)):
        for found in finds:
            yield _fact(name, found, file, {"loaded": found.loaded, "where": "dex"})
    for found in code.texts:
        yield _fact("code.string", found, file, {"group": found.notes[0], "loaded": found.loaded})
    for cluster in code.clusters:
        yield Fact("code.cluster", cluster.digest, Place(file), {"prefix": cluster.prefix, "classes": cluster.classes})
    for found in code.packers:
        yield _fact("code.packer", found, file, {})
    yield from _native_facts(code, file)
    for match in code.matches:
        traits = {"namespace": match.namespace, "member": match.member, "family": match.family}
        yield Fact("rule.match", match.identifier, Place(file, match.member), traits)


def _fact(name: str, found: Found, file: str, attributes: Mapping[str, Value]) -> Fact:
    return Fact(name, found.value, Place(file, found.member, found.offset or None), attributes)


def _native_facts(code: Code, file: str) -> Iterator[Fact]:
    for library in code.libraries:
        path = library.name.decode("utf-8", "replace")
        attributes: dict[str, Value] = {"abi": library.abi, "size": library.size}
        if library.sha256:
            attributes["sha256"] = library.sha256
        if library.exports is not None:
            attributes["exports"] = library.exports
        yield Fact("native.library", path, Place(file, path), attributes)
        for name in library.names:
            yield Fact("native.export", name, Place(file, path), {"library": path})
    for carried in code.carried:
        path = carried.name.decode("utf-8", "replace")
        traits: dict[str, Value] = {"kind": carried.kind, "size": carried.size}
        if carried.sha256:
            traits["sha256"] = carried.sha256
        if carried.encrypted is not None:
            traits["encrypted"] = carried.encrypted
        yield Fact("carried.file", path, Place(file, path), traits)
