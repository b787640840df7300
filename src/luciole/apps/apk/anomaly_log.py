"""Notes deviations of one file: the first of each kind with its place, so that a hostile file cannot flood the list."""

from __future__ import annotations

from luciole.apps.apk.anomaly import Anomaly


class AnomalyLog:
    """Appends to a shared list of anomalies, at most one of each id for one member."""

    __slots__ = ("_seen", "anomalies", "member")

    def __init__(self, anomalies: list[Anomaly], member: str) -> None:
        self.anomalies = anomalies
        self.member = member
        self._seen: set[str] = set()

    def note(self, identifier: str, detail: str = "", offset: int | None = None, *, refused: bool = False) -> None:
        """Adds one deviation; a second one of the same id is dropped."""
        if identifier not in self._seen:
            self._seen.add(identifier)
            self.anomalies.append(Anomaly(identifier, detail, offset, self.member, refused))

    def has(self, identifier: str) -> bool:
        """Whether a deviation of this id was noted."""
        return identifier in self._seen
