"""Rows of a table of samples, made ready so that a template only sets them: lists are what people wait for most."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import get_language
from markupsafe import Markup

from luciole.guidance import languages, texts
from luciole.hub.members.policy import Actor
from luciole.hub.samples.models import Sample
from luciole.hub.samples.sample_page import address, digest
from luciole.hub.samples.sharing import first_seen
from luciole.hub.samples.shown import name

STRONG = frozenset({"known-stalkerware", "behaves-like-stalkerware"})
_SHOWN = 16


class Row(NamedTuple):
    """One sample in a list. title: its name in the app, else its package, empty where it has neither; package, version:
    empty where they say no more; start: of its SHA-256; verdict: in words, empty where there is none yet."""  # noqa: D205, D209 - a list of fields follows the sentence

    address: str
    title: Markup | str
    package: Markup | str
    version: Markup | str
    start: str
    verdict: str
    is_strong: bool
    state: str
    kind: Markup | str
    size: str
    handed_in: datetime | None


def rows_of(samples: Iterable[Sample], actor: Actor) -> Iterator[Row]:
    """The rows of a list of these samples, with what this actor sees of when they were handed in."""
    language = get_language() or "en"
    samples = list(samples)
    first = first_seen(samples, actor, timezone.now())
    for one in samples:
        is_named = bool(one.label and one.package)
        yield Row(
            address(one), _named(one.label or one.package), _named(one.package) if is_named else "",
            _named(one.version) if is_named else "", digest(one)[:_SHOWN],
            _verdict_in(language, one.verdict) if one.verdict else "", one.verdict in STRONG, one.state,
            _named(one.kind), _size_in(language, one.size), first.get(one.pk),
        )  # fmt: skip


def _named(text: str) -> Markup | str:
    return name(text) if text else ""


def size_text(size: int) -> str:
    """A number of bytes in words."""
    return _size_in(get_language() or "en", size)


def verdict_text(code: str) -> str:
    """A verdict in words; a dash for none."""
    return _verdict_in(get_language() or "en", code)


@functools.lru_cache(maxsize=4_096)
def _size_in(language: str, size: int) -> str:
    del language  # the current one, by which alone the same size is written anew
    return str(filesizeformat(size))


@functools.lru_cache(maxsize=256)
def _verdict_in(language: str, code: str) -> str:
    known = texts.VERDICTS.get(code)
    return languages.translator(languages.preferred(language))(known.title) if known else "–"
