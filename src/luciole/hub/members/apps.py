"""The Django app of this domain."""

from __future__ import annotations

from django.apps import AppConfig


class MembersConfig(AppConfig):
    """Its short name is the last part of its path."""

    name = "luciole.hub.members"
    label = "members"

    def ready(self) -> None:
        """What happens at each sign-in, and jobs, are known in every process."""
        from luciole.hub.members import joining, sign_ins, upkeep  # noqa: F401, PLC0415 - after the models

        sign_ins.connect()
