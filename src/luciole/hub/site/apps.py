"""The Django app of the site itself: its tables, commands and start-up."""

from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Its name is not `site`, which Python has already."""

    name = "luciole.hub.site"
    label = "hub_site"

    def ready(self) -> None:
        """Logs without contents, in every process that Django starts in; and declares the jobs of the site."""
        from luciole.hub.site import logs, regular  # noqa: F401, PLC0415 - after the settings, and after all models

        logs.configure()
