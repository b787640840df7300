"""What reading a capture says about its own work: how much there was, what was lost, and where first."""

from __future__ import annotations

from luciole.kernel.errors import ParseError

_MOST_DAMAGES = 1_000_000


class CaptureAccount:
    """Counts of one capture.

    packets, octets: records read and the bytes they hold; cut: packets of which the capture kept only the first bytes;
    wanted_cut: those of them that could have named a server; damages: how often bytes contradicted their format;
    first_damage: what, and at which byte of the (inflated) capture; limits: bounds that were reached, in plain words;
    unknown_links: link types that are not read, with their packets; protected: encrypted Wi-Fi frames; other: packets
    of protocols that carry no internet traffic; unread: of protocols that carry others and are not read; untimed:
    packets without a time; late: connections that began before the capture; gaps: starts of connections with missing
    packets.
    """

    def __init__(self) -> None:
        self.packets = 0
        self.octets = 0
        self.cut = 0
        self.wanted_cut = 0
        self.damages = 0
        self.first_damage = ""
        self.first_damage_at: int | None = None
        self.limits: dict[str, None] = {}
        self.unknown_links: dict[int, int] = {}
        self.protected = 0
        self.other = 0
        self.unread = 0
        self.untimed = 0
        self.late = 0
        self.gaps = 0
        self.dropped = 0

    def damage(self, what: str, at: int, count: int = 1) -> None:
        """Notes bytes that contradict their format; the first one is told with its place."""
        if self.first_damage_at is None or at < self.first_damage_at:
            self.first_damage, self.first_damage_at = what, at
        self.damages = min(self.damages + count, _MOST_DAMAGES)

    def limit(self, what: str) -> None:
        """Notes a bound that was reached."""
        self.limits[what] = None

    def refused(self, error: ParseError, at: int) -> None:
        """Notes an error that ended the reading of the whole capture."""
        if error.limit:
            self.limit(error.message)
        else:
            self.damage(error.message, error.offset if error.offset is not None else at)

    def told_damage(self) -> str:
        """The first damage and how many there were, in plain words; empty where there was none."""
        if not self.damages:
            return ""
        more = f" and {self.damages - 1} more places" if self.damages > 1 else ""
        return f"{self.first_damage} at byte {self.first_damage_at}{more}"
