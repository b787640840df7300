"""Gives samples out: encrypted to the organisation that asks, counted, told in the log, and marked.

The mark is a manifest that lies beside the sample in the archive that is given out: the fetch's id, the
organisation, the time and the purpose. The bytes of the sample are never changed. A sample that is fetched as it is
has no place for a mark; its answer names the fetch, and the log has it.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import tarfile
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import ClassVar, NamedTuple

import msgspec
import pyzipper
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as mark

from luciole.hub.audit import services as audit
from luciole.hub.members.models import Organisation
from luciole.hub.members.policy import Actor, allowed
from luciole.hub.members.words import Purpose, Tlp
from luciole.hub.samples import age_stream
from luciole.hub.samples.failures import NotAllowed, NotTaken, SampleError, in_database
from luciole.hub.samples.models import Fetch, HandIn, Sample
from luciole.hub.samples.sharing import seen_by, target_of
from luciole.hub.samples.unpacking import PASSWORD
from luciole.hub.samples.vault import Vault, current
from luciole.hub.site.sentences import counted
from luciole.hub.site.settings import HUB
from luciole.kernel.canon import readable_json

DAY = dt.timedelta(days=1)
MANIFEST = "manifest.json"
_RAW_TRAVELS = (Tlp.CLEAR.value, Tlp.GREEN.value)
_BLOCK = tarfile.BLOCKSIZE


class Form(StrEnum):
    """How a sample is given out."""

    AGE = "age"
    """A tar archive, encrypted to the organisation's age recipient."""
    ZIP = "zip"
    """A ZIP archive under AES-256 (WinZip AE-2) and the usual password."""
    RAW = "raw"


ACTIONS = {Form.AGE: "sample.fetch", Form.ZIP: "sample.fetch", Form.RAW: "sample.fetch-raw"}


class FetchesUsedUp(SampleError):
    """The organisation fetched as many samples as it may in a day. wait: seconds until it may fetch the next one."""

    status: ClassVar[int] = 429

    def __init__(self, most: int, wait: float) -> None:
        super().__init__(
            counted(
                "Your organisation fetched {count} sample within a day, which is all it may.",
                "Your organisation fetched {count} samples within a day, which is all it may.",
                most,
            )
        )
        self.wait = wait


class Manifest(msgspec.Struct, frozen=True):
    """What lies beside a sample that was fetched. at: ISO 8601 UTC."""

    fetch: str
    organisation: str
    at: str
    purpose: str
    sha256: str
    size: int


class Fetched(NamedTuple):
    """A sample on its way. chunks: end early with an error where the vault fails, never with less than was promised."""

    name: str
    media_type: str
    fetch: str
    chunks: Iterator[bytes]


def fetch(actor: Actor, sample: Sample, purpose: Purpose, form: Form, *, into: Vault | None = None) -> Fetched:
    """Gives a sample out. When this returns it is counted and told in the log; nothing left the vault before.

    Raises NotAllowed, NotTaken where the organisation has no age recipient, FetchesUsedUp, Erased, Damaged,
    StorageFailed.
    """
    now = timezone.now()
    _check(actor, sample, purpose, form, now)
    organisation = Organisation.objects.get(pk=actor.organisation)
    recipient = _recipient(organisation) if form is Form.AGE else ""
    clear = (into or current()).chunks(sample.blob)  # reads all of it once, to see that it is what it was
    with in_database(), transaction.atomic():
        _count(organisation, now)
        row = Fetch.objects.create(
            sample=sample, organisation=organisation, person_id=actor.person or None, key_id=actor.key or None,
            purpose=purpose.value, form=form.value, at=now, size=sample.size,
        )  # fmt: skip
        digest = bytes(sample.sha256).hex()
        audit.record(ACTIONS[form], actor, "sample", digest, fetch=str(row.pk), purpose=purpose.value, form=form.value)
    at = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    manifest = Manifest(str(row.pk), organisation.slug, at, purpose.value, digest, sample.size)
    return _in_form(form, manifest, clear, recipient)


def left_today(actor: Actor, now: dt.datetime) -> int:
    """How many samples the actor's organisation may still fetch at this moment."""
    used = Fetch.objects.filter(organisation_id=actor.organisation, at__gt=now - DAY).count()
    return max(0, HUB.number("fetches_a_day") - used)


def _check(actor: Actor, sample: Sample, purpose: Purpose, form: Form, now: dt.datetime) -> None:
    if not actor.organisation or not allowed(actor, ACTIONS[form], target_of(actor, sample, now)):
        raise NotAllowed(mark("You may not fetch this sample in this form."))
    seen = list(HandIn.objects.filter(seen_by(actor, now), sample=sample))
    is_own = any(str(one.organisation_id) == actor.organisation for one in seen)
    if not is_own and not any(not one.purposes or purpose.value in one.purposes for one in seen):
        raise NotAllowed(mark("Nobody shared this sample for this purpose."))
    if form is Form.RAW and not is_own and not any(one.tlp in _RAW_TRAVELS for one in seen):
        raise NotAllowed(mark("Who handed this sample in marked it so that it may not be fetched as it is."))


def _recipient(organisation: Organisation) -> str:
    if not organisation.age_recipient:
        raise NotTaken(mark("Your organisation has no age recipient. An owner sets it in its profile."))
    return age_stream.checked(organisation.age_recipient)


def _count(organisation: Organisation, now: dt.datetime) -> None:
    """Raises FetchesUsedUp. One fetch of an organisation is counted after the other."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    most = HUB.number("fetches_a_day")
    rows = Fetch.objects.filter(organisation=organisation, at__gt=now - DAY)
    if rows.count() < most:
        return
    oldest = rows.order_by("-at")[most - 1 : most].first() if most else None
    wait = ((oldest.at + DAY if oldest else now + DAY) - now).total_seconds()
    raise FetchesUsedUp(most, math.ceil(max(1.0, wait)))


def _in_form(form: Form, manifest: Manifest, clear: Iterator[bytes], recipient: str) -> Fetched:
    digest = manifest.sha256
    if form is Form.AGE:
        sealed = age_stream.encrypted(_tar(manifest, clear), recipient)
        return Fetched(f"{digest}.tar.age", "application/age", manifest.fetch, sealed)
    if form is Form.ZIP:
        return Fetched(f"{digest}.zip", "application/zip", manifest.fetch, _zip(manifest, clear))
    return Fetched(f"{digest}.bin", "application/octet-stream", manifest.fetch, clear)


def _tar(manifest: Manifest, clear: Iterable[bytes]) -> Iterator[bytes]:
    """A POSIX tar archive with the manifest and the sample, under its digest."""
    about = readable_json(manifest)
    yield _member(MANIFEST, len(about), manifest) + about + _padding(len(about))
    yield _member(manifest.sha256, manifest.size, manifest)
    yield from clear
    yield _padding(manifest.size) + bytes(2 * _BLOCK)


def _member(name: str, size: int, manifest: Manifest) -> bytes:
    header = tarfile.TarInfo(name)
    header.size, header.mode = size, 0o600
    header.mtime = int(dt.datetime.fromisoformat(manifest.at).timestamp())
    return header.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


class _Outgoing(io.RawIOBase):
    """A file that cannot be read, nor gone back in; what was written is taken away piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: object) -> int:
        """Keeps bytes until they are taken."""
        held = bytes(data)  # type: ignore[call-overload] # a buffer
        self._held += held
        return len(held)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = bytes(self._held)
        self._held.clear()
        return taken


def _zip(manifest: Manifest, clear: Iterable[bytes]) -> Iterator[bytes]:
    """A ZIP archive whose members are stored, encrypted with AES-256; streamed, so sizes follow the bytes."""
    out = _Outgoing()
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_STORED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(PASSWORD)
        archive.writestr(MANIFEST, readable_json(manifest))
        yield out.take()
        with archive.open(manifest.sha256, "w", force_zip64=True) as member:
            for chunk in clear:
                member.write(chunk)
                yield out.take()
    yield out.take()
