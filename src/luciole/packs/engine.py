"""Loads what a check needs to know: the compiled catalogue and the installed indicators."""

from __future__ import annotations

import msgspec

from luciole import __version__
from luciole.assess.assess import Engine
from luciole.assess.document import Knowledge
from luciole.criteria.compiled import from_bytes
from luciole.intel.index import Index
from luciole.kernel.canon import sha256
from luciole.packs.builtin import compiled_catalogue
from luciole.packs.store import Store


def load_engine(store: Store | None = None) -> Engine:
    """The engine of this installation. store: where indicators are installed, the usual place where none is named.

    Raises CouldNotLook when the installed indicators are damaged.
    """
    data = compiled_catalogue()
    known = from_bytes(data)
    about = Knowledge(
        tool=__version__,
        criteria=len(known.catalogue.criteria),
        catalogue=sha256(data),
        policy=known.policy.version,
    )
    engine = Engine(known.catalogue, known.policy, None, about)
    index = (store or Store()).index()
    return with_index(engine, index) if index is not None else engine


def with_index(engine: Engine, index: Index) -> Engine:
    """The engine with these indicators, and a result that says so."""
    about = msgspec.structs.replace(
        engine.about, families=index.families, indicators=index.indicators, index=index.digest
    )
    return msgspec.structs.replace(engine, index=index, about=about)


def without_index(engine: Engine) -> Engine:
    """The engine with no indicators at all, and a result that says so: what behaviour alone shows."""
    about = msgspec.structs.replace(engine.about, families=0, indicators=0, index="", index_built="")
    return msgspec.structs.replace(engine, index=None, about=about)
