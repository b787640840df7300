"""The addresses of this domain, below /webhooks/."""

from __future__ import annotations

from django.urls import path

from luciole.hub.hooks import views

app_name = "hooks"
urlpatterns = [
    path("", views.listed, name="list"),
    path("<uuid:hook_id>", views.one, name="one"),
    path("<uuid:hook_id>/switch", views.switch, name="switch"),
    path("<uuid:hook_id>/secret", views.rotate, name="rotate"),
    path("<uuid:hook_id>/ping", views.ping, name="ping"),
    path("<uuid:hook_id>/remove", views.remove, name="remove"),
]
