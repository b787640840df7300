"""What the hub says, as frozen structs; fields that a later hub adds are passed over."""

from __future__ import annotations

import msgspec


class About(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What is said of a file that is handed in. tlp: clear, green, amber, amber+strict or red; purposes: detection,
    research, support or casework; embargo_until: ISO 8601 with a time zone; consent: for a survivor's file."""  # noqa: D205, D209 - a list of fields follows the sentence

    file_name: str = ""
    source: str = "other"
    tlp: str = "amber"
    purposes: tuple[str, ...] = ()
    embargo_until: str | None = None
    note: str = ""
    from_survivor: bool = False
    consent: str = ""


class HandIn(msgspec.Struct, frozen=True, kw_only=True):
    """One hand-in. by: the organisation; at: ISO 8601."""

    id: str
    sha256: str
    by: str
    is_own: bool
    at: str
    tlp: str
    purposes: tuple[str, ...]
    source: str
    file_name: str
    note: str
    embargo_until: str | None
    withdrawn: bool


class HandedIn(HandIn, frozen=True, kw_only=True):
    """What came of a file. also: the other hand-ins, where it was an archive under the usual password; left_out: files
    of the archive that are no app files."""  # noqa: D205, D209 - a list of fields follows the sentence

    also: tuple[HandIn, ...] = ()
    left_out: int = 0


class SampleBrief(msgspec.Struct, frozen=True, kw_only=True):
    """One sample in a list."""

    sha256: str
    size: int
    kind: str
    state: str
    package: str
    label: str
    version: str
    verdict: str
    first_handed_in: str


class SampleWhole(SampleBrief, frozen=True, kw_only=True):
    """One sample. findings: ids of the criteria that are met."""

    sha1: str
    md5: str
    rule: str
    tlsh: str
    findings: tuple[str, ...]
    families: tuple[str, ...]
    analysed_at: str | None
    problem: str


class SamplePage(msgspec.Struct, frozen=True):
    """Some samples. next: where the next page begins."""

    samples: tuple[SampleBrief, ...]
    next: str | None


class Upload(msgspec.Struct, frozen=True):
    """A file that arrives in pieces. received: where the next one begins."""

    id: str
    size: int
    received: int
    piece_least: int
    piece_most: int


class Comment(msgspec.Struct, frozen=True):
    """What a member said about a sample."""

    id: str
    by: str
    person: str
    at: str
    text: str


class Key(msgspec.Struct, frozen=True):
    """A key, without the key itself."""

    id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    expires_at: str
    revoked_at: str | None


class Self(msgspec.Struct, frozen=True):
    """Who asks."""

    organisation: str
    person: str
    roles: tuple[str, ...]
    key: Key


class Organisation(msgspec.Struct, frozen=True):
    """The own organisation."""

    id: str
    slug: str
    name: str
    kind: str
    age_recipient: str


class Wrong(msgspec.Struct, frozen=True):
    """One thing that is not as it must be. at: the field."""

    at: str = ""
    problem: str = ""


class Problem(msgspec.Struct, frozen=True):
    """An error (RFC 9457). errors: each thing that is wrong with what was sent."""

    title: str = ""
    detail: str = ""
    instance: str = ""
    expected: int | None = None
    errors: tuple[Wrong, ...] = ()
