"""The Django app of this domain."""

from __future__ import annotations

from django.apps import AppConfig


class SamplesConfig(AppConfig):
    """Its short name is the last part of its path."""

    name = "luciole.hub.samples"
    label = "samples"

    def ready(self) -> None:
        """Hears of memberships that end, for what the organisation handed in."""
        from luciole.hub.members.services import organisation_left  # noqa: PLC0415 - needs the models
        from luciole.hub.samples.marking import withdraw_when_left  # noqa: PLC0415 - the same

        organisation_left.connect(withdraw_when_left, dispatch_uid="luciole-samples")
