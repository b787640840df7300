"""The environment of the Jinja2 templates: what every template of the hub can use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.formats import date_format, number_format
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from luciole.hub.members.access import actor_of
from luciole.hub.site.navigation import entries_for


def environment(**options: Any) -> Environment:
    """Makes the environment. options: from the settings."""
    made = Environment(  # noqa: S701 - all but the texts of mails are escaped
        **(options | {"autoescape": _is_markup, "undefined": StrictUndefined, "trim_blocks": True}),
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.globals.update(
        url=url, static=staticfiles_storage.url, now=timezone.now, page_language=translation.get_language,
        page_direction=direction,
    )  # fmt: skip
    made.tests["an_address"] = is_address
    made.filters.update(day=day, moment=moment, number=number, code=code)
    made.install_gettext_callables(  # type: ignore[attr-defined] # of the extension
        gettext=translation.gettext,
        ngettext=translation.ngettext,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
        newstyle=True,
    )
    return made


def _is_markup(name: str | None) -> bool:
    """Whether what is put into a template is escaped: everywhere but in the texts of mails."""
    return name is None or ".txt" not in name


def of_every_page(request: HttpRequest) -> Mapping[str, object]:
    """What every page is told. request: as Django has it."""
    actor = actor_of(request)
    return {
        "actor": actor,
        "navigation": entries_for(actor, request.path),
        "language": translation.get_language(),
        "direction": direction(),
        "languages": settings.LANGUAGES,
    }


def url(name: str, *arguments: object, **named: object) -> str:
    """The address of a view."""
    return reverse(name, args=arguments or None, kwargs=named or None)


def is_address(name: str) -> bool:
    """Whether there is a view with this name that needs nothing more; so that a page can offer what is there."""
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True


def direction() -> str:
    """In which direction the current language is written: `ltr` or `rtl`."""
    return "rtl" if translation.get_language_bidi() else "ltr"


def day(value: dt.date | dt.datetime | None) -> Markup:
    """A date as people of the current language write it; a dash for none."""
    if value is None:
        return Markup("–")
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), date_format(_local(value), "DATE_FORMAT"))


def moment(value: dt.datetime | None) -> Markup:
    """A date with the time of day, in the time zone of the person; a dash for none."""
    if value is None:
        return Markup("–")
    shown = date_format(_local(value), "DATETIME_FORMAT")
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(timespec="seconds"), shown)


def _local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    is_aware = isinstance(value, dt.datetime) and timezone.is_aware(value)
    return timezone.localtime(value) if is_aware else value  # type: ignore[arg-type] # only a datetime is aware


def number(value: float) -> str:
    """A number with the marks of the current language."""
    return str(number_format(value, use_l10n=True, force_grouping=True))


def code(value: object) -> Markup:
    """A digest, name or address of a machine: set apart, left to right in every language, breaking where it must."""
    return Markup('<code dir="ltr">{}</code>').format(_shown(str(value)))


def _shown(text: str) -> str:
    """The text with signs that cannot be seen, or that turn the direction, written as their code."""
    return "".join(sign if sign.isprintable() else f"‹U+{ord(sign):04X}›" for sign in text)
