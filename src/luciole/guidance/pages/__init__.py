"""The guidance pages, one file each. A file in this folder that holds a `PAGE` is a page; then `make catalogue`.

Loading forty files costs more than everything else a report needs, so the kit carries them compiled into one.
"""

from __future__ import annotations

import functools
from importlib import import_module
from importlib.resources import files

import msgspec

from luciole.guidance.page import Page

COMPILED = "pages.json"


@functools.cache
def all_pages() -> tuple[Page, ...]:
    """Every page, in the order in which they are best read."""
    return msgspec.json.decode((files(__name__) / COMPILED).read_bytes(), type=tuple[Page, ...])


def compiled() -> bytes:
    """The bytes of the compiled pages, made from the files that people edit."""
    return msgspec.json.format(msgspec.json.encode(written_pages()))


def written_pages() -> tuple[Page, ...]:
    """The same, from the files."""
    names = sorted(one.name.removesuffix(".py") for one in files(__name__).iterdir() if one.name.endswith(".py"))
    pages = [import_module(f"{__name__}.{name}").PAGE for name in names if not name.startswith("_")]
    return tuple(sorted(pages, key=lambda page: (page.order, page.id)))


def page(identifier: str) -> Page | None:
    """The page of this id."""
    return next((one for one in all_pages() if one.id == identifier), None)
