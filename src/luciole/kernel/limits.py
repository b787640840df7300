"""The bounds for everything read from outside; one table, so that a limit is never invented on the spot."""

from __future__ import annotations

import msgspec

MIB = 1 << 20


class Limits(msgspec.Struct, frozen=True):
    """Bounds checked before work is done. Sizes in bytes, times in seconds."""

    memory: int = 256 * MIB
    """Private memory of the child process that reads one file."""
    seconds: float = 2.0
    """Processor time for a file of any size."""
    seconds_per_mib: float = 1.0
    """More processor time for each MiB of the file."""
    hard_seconds: float = 600.0
    """No file may take longer, however large it is."""

    archive_entries: int = 65_535
    """Entries of one archive."""
    folder_files: int = 500_000
    """Files of one folder that was handed in."""
    archive_name_bytes: int = 16 * MIB
    """Sum of all entry names."""
    archive_total: int = 2048 * MIB
    """Sum of everything inflated from one archive."""
    entry: int = 128 * MIB
    """One inflated entry kept in memory."""
    manifest: int = 16 * MIB
    """The inflated manifest."""
    resources: int = 128 * MIB
    """The inflated resource table."""
    ratio: int = 200
    """Inflated to deflated, for entries above `ratio_from`."""
    ratio_from: int = 8 * MIB
    nesting: int = 3
    """Archives inside archives."""

    xml_nodes: int = 400_000
    """Elements and texts of one binary XML file."""
    xml_depth: int = 200
    """Elements inside elements."""
    xml_attributes: int = 65_535
    """Attributes of one element."""
    string_bytes: int = 64 * 1024
    """One decoded string; the rest is cut and said to be cut."""
    reference_hops: int = 20
    """References followed from one resource to the next, as many as Android follows."""
    dex_files: int = 512
    """DEX files of one app."""
    label_text: int = 4 * 1024
    """Characters of one name of an app; the rest is cut and said to be cut."""
    label_bytes: int = 256 * 1024
    """All names of one app in all languages."""
    components: int = 50_000
    """Activities, services, receivers and providers of one app."""
    certificates: int = 64
    """Certificates of one signature."""
    facts: int = 200_000
    """Facts of one subject."""
    facts_total: int = 1_000_000
    """Facts of everything that one piece of evidence speaks of."""
    line: int = 1 * MIB
    """One line of a text; the rest is skipped and counted."""

    def time_for(self, size: int) -> float:
        """Seconds a file of `size` bytes may take."""
        return min(self.hard_seconds, self.seconds + self.seconds_per_mib * size / MIB)


DEFAULT = Limits()
