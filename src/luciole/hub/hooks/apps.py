"""The Django app of this domain."""

from __future__ import annotations

from django.apps import AppConfig


class HooksConfig(AppConfig):
    """Its short name is the last part of its path."""

    name = "luciole.hub.hooks"
    label = "hooks"
