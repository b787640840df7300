"""The register of tricks: which there are, at which stage of building each applies, and how they are applied."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from luciole.kernel.errors import ContentError
from luciole.simulate.apps.archive import Layout
from luciole.simulate.apps.keys import Signer
from luciole.simulate.apps.signing import Pair


class Stage(enum.Enum):
    """Where in building a trick applies. What comes before BLOCK is signed afterwards, so the signature holds."""

    MANIFEST = "binary XML of the manifest"
    RESOURCES = "resource table"
    DEX = "each DEX file"
    LAYOUT = "entries of the archive"
    JAR = "entries of the v1 signature"
    PAIRS = "signatures"
    BLOCK = "signing block"
    FILE = "the finished file"


BytesTrick = Callable[[bytes], bytes]
LayoutTrick = Callable[[Layout], Layout]
JarTrick = Callable[[Layout, Sequence[Signer], Sequence[str]], Layout]
"""Gets the archive with its v1 signature, the signers and the schemes."""
PairsTrick = Callable[[list[Pair], Sequence[Signer], bytes], list[Pair]]
"""Gets the pairs of the signing block, the signers and the content digest."""


class Trick(NamedTuple):
    """One trick. id: as readers report it where they do; sentence: what it does to the file, from its docstring."""

    id: str
    sentence: str
    stage: Stage
    on_bytes: BytesTrick | None = None
    on_layout: LayoutTrick | None = None
    on_jar: JarTrick | None = None
    on_pairs: PairsTrick | None = None


_TRICKS: dict[str, Trick] = {}


def on_bytes(trick_id: str, stage: Stage) -> Callable[[BytesTrick], BytesTrick]:
    """Registers a function from bytes to bytes; its docstring is the trick's sentence."""

    def register(function: BytesTrick) -> BytesTrick:
        _TRICKS[trick_id] = Trick(trick_id, _sentence(function), stage, on_bytes=function)
        return function

    return register


def on_layout(trick_id: str) -> Callable[[LayoutTrick], LayoutTrick]:
    """Registers a function that changes the entries of the archive before it is signed."""

    def register(function: LayoutTrick) -> LayoutTrick:
        _TRICKS[trick_id] = Trick(trick_id, _sentence(function), Stage.LAYOUT, on_layout=function)
        return function

    return register


def on_jar(trick_id: str) -> Callable[[JarTrick], JarTrick]:
    """Registers a function that changes the archive after its v1 signature was made; without v1 it does nothing."""

    def register(function: JarTrick) -> JarTrick:
        _TRICKS[trick_id] = Trick(trick_id, _sentence(function), Stage.JAR, on_jar=function)
        return function

    return register


def on_pairs(trick_id: str) -> Callable[[PairsTrick], PairsTrick]:
    """Registers a function that changes the pairs of the signing block."""

    def register(function: PairsTrick) -> PairsTrick:
        _TRICKS[trick_id] = Trick(trick_id, _sentence(function), Stage.PAIRS, on_pairs=function)
        return function

    return register


def _sentence(function: Callable[..., object]) -> str:
    return (function.__doc__ or "").strip()


def chosen(names: Iterable[str]) -> list[Trick]:
    """The tricks called `names`, in their order; raises ContentError that lists all for an unknown name."""
    unknown = [name for name in names if name not in _TRICKS]
    if unknown:
        raise ContentError([f"unknown trick {name!r}; there are: {', '.join(sorted(_TRICKS))}" for name in unknown])
    return [_TRICKS[name] for name in names]


def trick_list() -> list[tuple[str, str]]:
    """Every trick as (id, sentence), sorted by id; the reference is generated from this."""
    return [(name, _TRICKS[name].sentence) for name in sorted(_TRICKS)]


def apply_bytes(tricks: Iterable[Trick], stage: Stage, data: bytes) -> bytes:
    """`data` after the tricks of `stage`."""
    for trick in tricks:
        if trick.stage is stage and trick.on_bytes is not None:
            data = trick.on_bytes(data)
    return data


def apply_layout(tricks: Iterable[Trick], layout: Layout) -> Layout:
    """The archive after the tricks on its entries."""
    for trick in tricks:
        if trick.on_layout is not None:
            layout = trick.on_layout(layout)
    return layout


def apply_jar(tricks: Iterable[Trick], layout: Layout, signers: Sequence[Signer], schemes: Sequence[str]) -> Layout:
    """The archive with its v1 signature after the tricks on that signature."""
    for trick in tricks:
        if trick.on_jar is not None:
            layout = trick.on_jar(layout, signers, schemes)
    return layout


def apply_pairs(tricks: Iterable[Trick], pairs: list[Pair], signers: Sequence[Signer], digest: bytes) -> list[Pair]:
    """The pairs of the signing block after the tricks on signatures."""
    for trick in tricks:
        if trick.on_pairs is not None:
            pairs = trick.on_pairs(pairs, signers, digest)
    return pairs
