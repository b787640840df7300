"""Style sheets and scripts: served by the hub itself, from names that hold a digest so that browsers may keep them."""

from __future__ import annotations

import functools
import hashlib
import mimetypes
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from luciole.hub.members.access import requires
from luciole.hub.site.headers import YEAR

_DIGITS = 16
_LARGEST = 1 << 20
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class Digested(StaticFilesStorage):
    """Addresses such as /static/hub.css?v=3f…; the file itself stays where the package has it."""

    def url(self, name: str | None) -> str:
        """The address of a file. Raises ValueError where there is none, so that a slip shows in the first test."""
        found = _file(name or "")
        if found is None:
            raise ValueError(f"there is no file {name!r} in any `static` folder")
        return f"{super().url(name)}?v={found[1]}"


@functools.lru_cache(maxsize=256)
def _file(name: str) -> tuple[bytes, str] | None:
    path = finders.find(name)
    if not isinstance(path, str) or Path(path).stat().st_size > _LARGEST:
        return None
    data = Path(path).read_bytes()
    return data, hashlib.sha256(data).hexdigest()[:_DIGITS]


@require_safe
def _serve(request: HttpRequest, name: str) -> HttpResponseBase:
    found = _file(name) if _is_known(name) else None
    if found is None:
        raise Http404
    data, digest = found
    tag = f'"{digest}"'
    response: HttpResponse = (
        HttpResponseNotModified() if request.headers.get("If-None-Match") == tag else HttpResponse(data)
    )
    response.headers["ETag"] = tag
    response.headers["Content-Type"] = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "text/plain"
    is_current = request.GET.get("v") == digest
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if is_current else "no-cache"
    return response


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(path for finder in finders.get_finders() for path, _ in finder.list([]))


def _is_known(name: str) -> bool:
    """Names are compared with a list, never joined to a path."""
    return name in _names()


serve = requires("public.read")(_serve)
"""The view below /static/."""
