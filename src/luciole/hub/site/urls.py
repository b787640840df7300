"""The addresses of the site: each domain brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from luciole.hub.site import pages, static_files
from luciole.hub.site.api import api

DOMAINS = (
    ("", "luciole.hub.members.urls"),
    ("samples/", "luciole.hub.samples.urls"),
    ("log/", "luciole.hub.audit.urls"),
    ("webhooks/", "luciole.hub.hooks.urls"),
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("health", pages.health, name="health"),
    path("language", pages.choose_language, name="language"),
    path("static/<path:name>", static_files.serve, name="static"),
    *(path(prefix, include(module)) for prefix, module in DOMAINS),
    path("api/v1/", api.urls),
]

handler400 = "luciole.hub.site.pages.bad_request"
handler403 = "luciole.hub.site.pages.denied"
handler404 = "luciole.hub.site.pages.not_found"
handler500 = "luciole.hub.site.pages.failed"
