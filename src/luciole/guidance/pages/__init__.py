"""The guidance pages, one file each. A file in this folder that holds a `PAGE` is a page; nothing else is changed."""

from __future__ import annotations

import functools
from importlib import import_module
from importlib.resources import files

from luciole.guidance.page import Page


@functools.cache
def all_pages() -> tuple[Page, ...]:
    """Every page, in the order in which they are best read."""
    names = sorted(one.name.removesuffix(".py") for one in files(__name__).iterdir() if one.name.endswith(".py"))
    pages = [import_module(f"{__name__}.{name}").PAGE for name in names if not name.startswith("_")]
    return tuple(sorted(pages, key=lambda page: (page.order, page.id)))


def page(identifier: str) -> Page | None:
    """The page of this id."""
    return next((one for one in all_pages() if one.id == identifier), None)
