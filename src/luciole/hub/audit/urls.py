"""The addresses of the audit log."""

from __future__ import annotations

from django.urls import path

from luciole.hub.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.log, name="list"),
    path("coalition/", views.coalition, name="coalition"),
]
