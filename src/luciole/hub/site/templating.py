"""The environment of the Jinja2 templates: what every template of the hub can use."""

from __future__ import annotations

import datetime as dt
import functools
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

_TIMES = 4_096
"""How many times are remembered as they are written; a list shows the same days again and again."""
_CODE, _END_OF_CODE = Markup('<code dir="ltr">'), Markup("</code>")


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
    made.filters.update(day=day, moment=moment, written=written, number=number, code=code)
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
    return _written(value.isoformat(), _local(value), "DATE_FORMAT", translation.get_language() or "")


def moment(value: dt.datetime | None) -> Markup:
    """A date with the time of day, in the time zone of the person; a dash for none."""
    if value is None:
        return Markup("–")
    precise = value.isoformat(timespec="seconds")
    return _written(precise, _local(value), "DATETIME_FORMAT", translation.get_language() or "")


def written(value: dt.datetime) -> str:
    """A date with the time of day and the time zone, for mails: they are read anywhere."""
    return f"{date_format(_local(value), 'DATETIME_FORMAT')} {timezone.localtime(value).tzname()}"


@functools.lru_cache(maxsize=_TIMES)
def _written(precise: str, local: dt.date | dt.datetime, form: str, language: str) -> Markup:
    """A time for people and for programs. language: the current one, by which alone the same time is written anew."""
    del language
    return Markup('<time datetime="{}">{}</time>').format(precise, date_format(local, form))


def _local(value: dt.date | dt.datetime) -> dt.date | dt.datetime:
    """The time on the clocks of the person, without their zone: equal times of two zones would be equal otherwise."""
    is_aware = isinstance(value, dt.datetime) and timezone.is_aware(value)
    return timezone.make_naive(value) if is_aware else value  # type: ignore[arg-type] # only a datetime is aware


def number(value: float) -> str:
    """A number with the marks of the current language."""
    return str(number_format(value, use_l10n=True, force_grouping=True))


def code(value: object) -> Markup:
    """A digest, name or address of a machine: set apart, left to right in every language, breaking where it must."""
    return _CODE + _shown(str(value)) + _END_OF_CODE  # adding to markup escapes


def _shown(text: str) -> str:
    """The text with signs that cannot be seen, or that turn the direction, written as their code."""
    return "".join(sign if sign.isprintable() else f"‹U+{ord(sign):04X}›" for sign in text)
