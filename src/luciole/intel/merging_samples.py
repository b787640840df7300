"""The merge of samples: hashes by label, and where labels, packages and certificates do not agree."""

from __future__ import annotations

from collections.abc import Iterable

from luciole.intel.claims import SampleClaim
from luciole.intel.merging import Claimed, State, apply_values
from luciole.intel.model import IndicatorKey, Question, QuestionKind
from luciole.kernel.text import mark

_ASKED: frozenset[QuestionKind] = frozenset(
    {"label-contradicts-family", "certificate-shared-by-families", "known-from-samples-only"}
)


class _Samples:
    """What the rows of one list say together."""

    def __init__(self, state: State) -> None:
        self.claimed: dict[IndicatorKey, Claimed] = {}
        self.package_labels: dict[str, set[str]] = {}
        self.certificate_labels: dict[str, set[str]] = {}
        self.packages = {key[1]: one.families for key, one in state.indicators.items() if key[2] == "package"}
        self.certificates = {key[1]: one.families for key, one in state.indicators.items() if key[2] == "certificate"}


def apply_samples(state: State, rows: Iterable[SampleClaim], *, complete: bool) -> None:
    """Takes in the hashes; packages and certificates known from samples alone become questions, not indicators."""
    samples = _Samples(state)
    for row in rows:
        _take(state, samples, row)
    state.questions = {question for question in state.questions if question.kind not in _ASKED}
    _contradicting(state, samples)
    _shared_certificates(state, samples)
    _samples_only(state, samples)
    apply_values(state, samples.claimed, lambda role: role == "file-hash", complete=complete)


def _take(state: State, samples: _Samples, row: SampleClaim) -> None:
    family = state.names.resolve(row.label)
    if family is None:
        state.tell("held", "no-such-family", mark("A sample's label that names no family, or several."), [row.label])
        return
    families = {family}
    if row.package:
        samples.package_labels.setdefault(row.package, set()).add(family)
        families.update(samples.packages.get(row.package, ()))
    if row.certificate:
        samples.certificate_labels.setdefault(row.certificate, set()).add(family)
    key: IndicatorKey = ("sha256", row.sha256, "file-hash")
    before = samples.claimed.get(key)
    if before is not None:
        state.tell("skipped", "repeated", mark("Stands there twice."), [row.sha256])
        families |= before.families
    samples.claimed[key] = Claimed(frozenset(families), subdomains=False, doubtful=len(families) > 1)


def _contradicting(state: State, samples: _Samples) -> None:
    text = mark("Samples are labelled with a family that this value is not given to.")
    for labels, known in (
        (samples.package_labels, samples.packages),
        (samples.certificate_labels, samples.certificates),
    ):
        for value, families in labels.items():
            listed = set(known.get(value, ()))
            if listed and not families <= listed:
                everyone = tuple(sorted(listed | families))
                state.questions.add(Question("label-contradicts-family", value, text, everyone, (value,)))
                state.tell("conflicting", "label-contradicts-family", text, [value])


def _shared_certificates(state: State, samples: _Samples) -> None:
    text = mark("One certificate signs samples of several families, so it names none of them.")
    for value, families in samples.certificate_labels.items():
        if len(families) > 1:
            asked = Question("certificate-shared-by-families", value, text, tuple(sorted(families)), (value,))
            state.questions.add(asked)
            state.tell("conflicting", "certificate-shared-by-families", text, [value])


def _samples_only(state: State, samples: _Samples) -> None:
    text = mark("Known from samples only; the family list does not name it.")
    by_family: dict[str, set[str]] = {}
    for kind, labels, known in (
        ("package", samples.package_labels, samples.packages),
        ("certificate", samples.certificate_labels, samples.certificates),
    ):
        unknown = {value: families for value, families in labels.items() if value not in known}
        state.tell("held", f"{kind}-known-from-samples-only", text, unknown)
        for value, families in unknown.items():
            for family in families:
                by_family.setdefault(family, set()).add(value)
    for family, values in by_family.items():
        state.questions.add(Question("known-from-samples-only", family, text, (family,), tuple(sorted(values))))
