"""The Django app of this domain."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Its short name is the last part of its path."""

    name = "luciole.hub.audit"
    label = "audit"
