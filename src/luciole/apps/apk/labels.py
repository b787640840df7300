"""The names under which an app appears to people, in every language: its own, and those of its home-screen entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from luciole.apps.apk.anomaly import Anomaly
from luciole.apps.apk.configuration import NEWEST_RELEASE, Configuration
from luciole.apps.apk.manifest_model import Manifest
from luciole.apps.apk.plain_name import is_blank
from luciole.apps.apk.resources import MEMBER as RESOURCES
from luciole.apps.apk.resources import Found, Table
from luciole.apps.apk.visibility import LauncherEntry
from luciole.kernel.limits import Limits

APPLICATION: Final = "application"
_TYPE_STRING: Final = 3
_PSEUDO_LOCALES: Final = frozenset({"en-XA", "ar-XB"})
"""Made by build tools to test layouts; their texts hold controls on purpose."""
_OVERRIDES: Final = ("\u202d", "\u202e")
_MOST_NOTED: Final = 64
_LEAST_COST: Final = 32
"""What a name costs of the bound in any case, so that many empty ones end, too."""


class Label(NamedTuple):
    """A name for people. locale: BCP 47, empty for the default; member, offset: where it was read; of: "application" or
    the class whose entry on the home screen bears it."""  # noqa: D205, D209 - a list of fields follows the sentence

    locale: str
    text: str
    member: str
    offset: int
    of: str = APPLICATION


class Labels(NamedTuple):
    """All names. problem: what was cut or left out because a bound was reached; empty when nothing was."""

    all: tuple[Label, ...]
    problem: str = ""


def read_labels(
    manifest: Manifest, entries: tuple[LauncherEntry, ...], table: Table | None, member: str, limits: Limits
) -> Labels:
    """The names of the application, and of those entries whose own name is another one, the default language first.

    member: the manifest's name, for names written there.
    """
    found: dict[tuple[str, str], Label] = {}
    left, problem = limits.label_bytes, ""
    for label in _texts(manifest, entries, table, member):
        known = label.locale, label.text[: limits.label_text]
        if known in found:
            continue
        if len(label.text) > limits.label_text:
            problem = f"names of more than {limits.label_text} characters were cut"
            label = label._replace(text=known[1])  # noqa: PLW2901 - the same name, cut
        left -= _LEAST_COST + _size(label.text)
        if left < 0:
            problem = f"names of more than {limits.label_bytes} bytes in all"
            break
        found[known] = label
    return Labels(tuple(found.values()), problem)


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _texts(manifest: Manifest, entries: tuple[LauncherEntry, ...], table: Table | None, member: str) -> Iterator[Label]:
    application = manifest.application
    if application.label:
        yield Label("", application.label, member, application.offset)
    seen = {0, application.label_resource}
    yield from _of_resource(application.label_resource, table, APPLICATION)
    named = {entry.offset for entry in entries}
    for component in manifest.components if named else ():
        if component.offset in named:
            if component.label_resource not in seen:
                seen.add(component.label_resource)
                yield from _of_resource(component.label_resource, table, component.name)
            elif component.label and not component.label_resource:
                yield Label("", component.label, member, component.offset, component.name)


def _of_resource(resource: int, table: Table | None, of: str) -> Iterator[Label]:
    """The texts of a resource; each is decoded only when it is asked for."""
    if not resource or table is None:
        return
    # The default language first; a language may have several texts, for other qualifiers such as the release.
    for found in sorted(table.resolve(resource), key=_rank):
        if found.kind == _TYPE_STRING:
            yield Label(found.configuration.locale, table.pool.text(found.data), RESOURCES, found.offset, of)


def _rank(found: Found) -> tuple[bool, str, bool, int]:
    configuration: Configuration = found.configuration
    return configuration.locale != "", configuration.locale, configuration.others, configuration.age(NEWEST_RELEASE)


def note_odd_labels(labels: tuple[Label, ...], anomalies: list[Anomaly]) -> None:
    """Notes each name that shows nothing, and the first whose letters are shown in another order."""
    shown = [label for label in labels if label.locale not in _PSEUDO_LOCALES]
    for label in [label for label in shown if is_blank(label.text)][:_MOST_NOTED]:
        whose = "the app's name" if label.of == APPLICATION else f"the name under the icon of {label.of[:200]}"
        language = f" in the language {label.locale}" if label.locale else ""
        detail = f"{whose} has no visible character{language}"
        anomalies.append(Anomaly("label.blank", detail, label.offset, label.member))
    turned = next((label for label in shown if _has_override(label.text)), None)
    if turned is not None:
        detail = "the app's name reverses the order in which it is shown"
        anomalies.append(Anomaly("label.bidi-override", detail, turned.offset, turned.member))


def _has_override(text: str) -> bool:
    return not text.isascii() and any(character in text for character in _OVERRIDES)
