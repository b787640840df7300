"""Changes the hub key: everything it wraps is wrapped anew, and old ones can be removed when nothing needs them."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from luciole.hub.members import services as members
from luciole.hub.samples.vault import Vault
from luciole.hub.site.keys import KeyProblem

SETTLED = dt.timedelta(hours=1)
"""What was wrapped with the key before, in that moment, is in the database by then."""


class Rotated(NamedTuple):
    """What was wrapped anew. hub_key: the id of the current one; files: keys of files and uploads; secrets: of
    accounts; failed: keys of files that no key here unwraps."""  # noqa: D205, D209 - a list of fields follows the sentence

    hub_key: str
    files: int
    secrets: int
    failed: int


def rotate(vault: Vault) -> Rotated:
    """Makes a new hub key and wraps everything anew with it, while the hub runs. The files themselves stay as they are.

    Ended midway it may be called again. The older hub keys stay, for backups, until `retire`. Raises OSError where the
    new key cannot be written, KeyProblem, StorageFailed.
    """
    vault.keys.rotate()
    return _rewrapped(vault)


def retire(vault: Vault, now: dt.datetime) -> tuple[str, ...]:
    """Removes every hub key but the current one, and returns their ids. Backups that need them can be read no more.

    Raises KeyProblem where something cannot be wrapped anew or the current key is not an hour old; none is removed.
    """
    if now - vault.keys.made_at(vault.keys.current) < SETTLED:
        raise KeyProblem("The hub key was changed less than an hour ago.", remedy="Ask again in an hour.")
    if failed := _rewrapped(vault).failed:
        raise KeyProblem(f"{failed} keys of files cannot be unwrapped.", remedy="`luciole hub check-integrity`.")
    if left := needed(vault) - {vault.keys.current}:
        raise KeyProblem(f"{', '.join(sorted(left))} still wraps something.", remedy="Rotate the keys again.")
    old = tuple(sorted(vault.keys.ids - {vault.keys.current}))
    for one in old:
        vault.keys.retire(one)
    return old


def needed(vault: Vault) -> frozenset[str]:
    """The ids of the hub keys by which something in the database is wrapped: files, uploads, secrets of accounts."""
    return vault.needed_keys() | members.needed_keys()


def _rewrapped(vault: Vault) -> Rotated:
    files = vault.rewrap()
    return Rotated(vault.keys.current, files.done, members.rewrap_secrets(), files.failed)
