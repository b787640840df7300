"""Which samples belong together, and why: same signer, icon, code, server, or files that differ little.

Every sample has keys; samples that share a key are related by it. Files that differ little share no key of the whole
file, so the body of their TLSH digest (Oliver, Cheng, Chen: TLSH - A Locality Sensitive Hash, 2013: 128 quarters of two
bits behind a header of three bytes) is cut into bands; files that share a band are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.db.models import Exists, Q

from luciole.hub.samples.models import Kinship, Sample
from luciole.intel.model import ValueType
from luciole.intel.values import MAX_HOST
from luciole.intel.warninglists import Gate
from luciole.kernel.facts import Fact, FactSet

CERTIFICATE, ICON, CODE, SERVER, BAND, SIMILAR = "certificate", "icon", "code", "server", "tlsh", "similar"
SAME_CODE = (CODE, SIMILAR)
"""Kinds that speak for one code base; the others only say that something is shared."""
FEWEST_CLASSES = 8
"""Classes of a cluster that says something: smaller ones are shared by chance."""
NEAREST = 40
"""Largest TLSH distance of files that are told as similar."""
MOST_KEYS = 64
"""Keys of one kind and sample."""
TOO_COMMON = 1_000
"""A key that so many samples share tells nothing apart."""
MOST_CANDIDATES = 2_000
_HEADER, _BAND, _STEP = 8, 4, 4
"""Characters of a TLSH digest before its body (T1, checksum, length, ratios), of one band, and from band to band."""
_NO_PICTURE = frozenset({"transparent", "blank", "other"})

Visible = Q | Exists


class Key(NamedTuple):
    """What a sample may share with others."""

    kind: str
    key: str


class Relative(NamedTuple):
    """A related sample. reasons: what both share; distance: TLSH distance where the files are similar, else -1."""

    sample: Sample
    reasons: tuple[Key, ...]
    distance: int

    @property
    def same_code(self) -> bool:
        """Whether a reason speaks for one code base."""
        return any(one.kind in SAME_CODE for one in self.reasons)


def keys_of(subjects: Iterable[FactSet], tlsh: str, gate: Gate) -> list[Key]:
    """The keys of everything that was read of one file. gate: knows values that many unrelated apps share."""
    found: dict[Key, None] = dict.fromkeys(one for facts in subjects for fact in facts.facts for one in _of(fact, gate))
    counts: dict[str, int] = {}
    kept = []
    for one in found:
        counts[one.kind] = counts.get(one.kind, 0) + 1
        if counts[one.kind] <= MOST_KEYS:
            kept.append(one)
    return [*kept, *bands_of(tlsh)]


def _of(fact: Fact, gate: Gate) -> Iterator[Key]:
    value = str(fact.value)
    if fact.name == "signature.certificate" and fact.attributes.get("verified") and _is_own(fact):
        if value and not gate.warned("sha256", value):
            yield Key(CERTIFICATE, value)
    elif fact.name == "app.icon" and value and fact.attributes.get("kind") not in _NO_PICTURE:
        yield Key(ICON, value)
    elif fact.name == "code.cluster" and _is_telling(fact):
        yield Key(CODE, value)
    elif fact.name == "code.host" and len(value) <= MAX_HOST and _is_rare(value, gate):
        yield Key(SERVER, value.lower()[:128])


def _is_own(fact: Fact) -> bool:
    return fact.attributes.get("role", "signer") != "stamp"


def _is_telling(fact: Fact) -> bool:
    classes = fact.attributes.get("classes", 0)
    return isinstance(classes, int) and classes >= FEWEST_CLASSES


def _is_rare(host: str, gate: Gate) -> bool:
    kind: ValueType = "ipv4" if host.replace(".", "").isdigit() else "host"
    try:
        warned = gate.warned(kind, host)
    except ValueError:
        return False
    return warned is None or warned.tenant


def bands_of(tlsh: str) -> list[Key]:
    """The bands of a TLSH digest, each with its place; none where there is no digest."""
    body = tlsh[_HEADER:]
    starts = range(0, len(body) - _BAND + 1, _STEP)
    return [Key(BAND, f"{start}:{body[start : start + _BAND]}") for start in starts]


def relatives(sample: Sample, visible: Visible, most: int = 200) -> list[Relative]:
    """The samples that are related to this one and that may be seen, closest first. visible: condition on samples."""
    reasons: dict[int, list[Key]] = {}
    for key in _own_keys(sample, visible):
        for other in _sharing(key, visible, TOO_COMMON):
            if other != sample.pk:
                reasons.setdefault(other, []).append(key)
    distances = _similar(sample, visible)
    for other in distances:
        reasons.setdefault(other, []).append(Key(SIMILAR, str(distances[other])))
    ranked = sorted(reasons, key=lambda one: (-_weight(reasons[one]), distances.get(one, NEAREST + 1), one))[:most]
    samples = Sample.objects.in_bulk(ranked)
    return [Relative(samples[one], tuple(reasons[one]), distances.get(one, -1)) for one in ranked if one in samples]


def same_code_base(sample: Sample, visible: Visible, most: int = 100) -> list[Relative]:
    """The cluster "same code base as": what is reached from this sample over code and similarity, reasons each.

    Only samples that may be seen are passed through, so that nothing is learned of others.
    """
    cluster: dict[int, Relative] = {}
    waiting = [sample]
    while waiting and len(cluster) < most:
        for one in relatives(waiting.pop(0), visible, most):
            if one.same_code and one.sample.pk != sample.pk and one.sample.pk not in cluster and len(cluster) < most:
                cluster[one.sample.pk] = one
                waiting.append(one.sample)
    return list(cluster.values())


def _own_keys(sample: Sample, visible: Visible) -> list[Key]:
    rows = Kinship.objects.filter(sample=sample).exclude(kind=BAND).values_list("kind", "key")
    return [key for row in rows if not _is_common(key := Key(*row), visible)]


def _is_common(key: Key, visible: Visible) -> bool:
    """Whether too many samples that may be seen share a key; how many others do shows nowhere."""
    shared = Kinship.objects.filter(kind=key.kind, key=key.key)
    if shared[:TOO_COMMON].count() < TOO_COMMON:
        return False
    return len(_sharing(key, visible, TOO_COMMON)) >= TOO_COMMON


def _sharing(key: Key, visible: Visible, most: int) -> list[int]:
    seen = Sample.objects.filter(visible, kinships__kind=key.kind, kinships__key=key.key)
    return list(seen.values_list("pk", flat=True)[:most])


def _similar(sample: Sample, visible: Visible) -> dict[int, int]:
    """TLSH distances to the samples that share a band and are near."""
    bands = [one.key for one in bands_of(sample.tlsh)]
    if not bands:
        return {}
    import tlsh  # noqa: PLC0415 - loaded only where a digest is there to be compared

    near = Sample.objects.filter(visible, kinships__kind=BAND, kinships__key__in=bands).exclude(pk=sample.pk)
    digests = near.values_list("pk", "tlsh").distinct()[:MOST_CANDIDATES]
    distances = {other: int(tlsh.diff(sample.tlsh, digest)) for other, digest in digests if digest}
    return {other: distance for other, distance in distances.items() if distance <= NEAREST}


def _weight(reasons: Iterable[Key]) -> int:
    """How much speaks for belonging together: code most, then signer, icon, server."""
    weights = {CODE: 8, SIMILAR: 8, CERTIFICATE: 4, ICON: 2, SERVER: 1}
    return sum(weights[kind] for kind in {one.kind for one in reasons})
