"""The headers that every answer carries, whoever makes it: pages, the API, files, errors and the fast layer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

YEAR = 365 * 24 * 3600
HSTS = f"max-age={2 * YEAR}; includeSubDomains"
CLEAR_SITE_DATA = '"cache", "cookies", "storage"'
NO_STORE = "no-store"
_FEATURES = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""What an answer that is no page may do when a browser shows it: nothing."""


def content_policy(*form_targets: str) -> str:
    """The Content-Security-Policy of a page. form_targets: origins that a form may lead to beside this site."""
    targets = " ".join(("'self'", *form_targets))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action {targets}; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    )


PAGE_POLICY = content_policy()


def always(*, https: bool) -> Mapping[str, str]:
    """What every answer carries whatever it is. https: whether people reach the hub over TLS."""
    fixed = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "X-Permitted-Cross-Domain-Policies": "none",
        "Permissions-Policy": ", ".join(f"{one}=()" for one in _FEATURES),
    }
    return MappingProxyType(fixed | ({"Strict-Transport-Security": HSTS} if https else {}))
