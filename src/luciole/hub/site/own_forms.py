"""The marks of our forms (CSRF), for browsers that keep to our Referrer-Policy and therefore name no origin."""

from __future__ import annotations

from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware


class OwnForms(CsrfViewMiddleware):
    """Django's protection. The mark of the form is needed always; here only the origin is judged.

    Under `Referrer-Policy: no-referrer` a browser sends `Origin: null` with its own forms (Fetch, "append a request
    `Origin` header"). What it says in Sec-Fetch-Site no page can write, so `same-origin` there is enough.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        is_own = request.headers.get("Origin") == "null" and request.headers.get("Sec-Fetch-Site") == "same-origin"
        return is_own or bool(super()._origin_verified(request))  # type: ignore[misc] # Django's own, without a type
