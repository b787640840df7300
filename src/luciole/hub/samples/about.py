"""What is said about a file when it is handed in, and how it is made fit to be kept; pure."""

from __future__ import annotations

import datetime as dt
import unicodedata

import msgspec
from django.utils.translation import gettext_noop as mark

from luciole.hub.members.words import Purpose, Tlp
from luciole.hub.samples.failures import NotTaken
from luciole.hub.site.sentences import sentence

NAME_LENGTH = 255
NOTE_LENGTH = 4000
WORD_LENGTH = 32
SUFFIXES = frozenset({
    "aab", "apk", "apkm", "apks", "app", "appx", "bin", "bundle", "deb", "dex", "dll", "dmg", "dylib", "exe", "ipa",
    "jar", "macho", "mobileconfig", "msi", "msix", "pkg", "rpm", "so", "sys", "xapk", "zip",
})  # fmt: skip
"""Endings of file names that say only what kind of file it is."""
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Characters that steer and are not seen (Unicode general categories)."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation says about a file it hands in.

    source: one word on where it comes from; embargo_until: nobody else sees it before; consent: id of the consent
    statement that the survivor agreed to, needed where from_survivor is true.
    """

    file_name: str = ""
    source: str = "other"
    tlp: Tlp = Tlp.AMBER
    purposes: tuple[Purpose, ...] = ()
    embargo_until: dt.datetime | None = None
    note: str = ""
    from_survivor: bool = False
    consent: str = ""


def tidied(about: About) -> About:
    """The same, as it may be kept: no folders and no steering characters in the name, none of the name but its ending
    where the file comes from a survivor's device. Raises NotTaken where something is missing or too long."""  # noqa: D205, D209 - one sentence and one more
    if about.from_survivor and not about.consent:
        raise NotTaken(mark("A file from a survivor's device needs their consent."))
    if len(about.note) > NOTE_LENGTH:
        raise NotTaken(sentence("The note is longer than {most} characters.", most=NOTE_LENGTH))
    if about.embargo_until is not None and about.embargo_until.tzinfo is None:
        raise NotTaken(mark("The end of the embargo lacks a time zone."))
    for what, word in (("source", about.source), ("consent", about.consent)):
        if not _is_word(word):
            raise NotTaken(
                sentence(
                    "{what} is not a word of at most {most} letters, digits and hyphens.", what=what, most=WORD_LENGTH
                )
            )
    name = scrubbed_name(about.file_name) if about.from_survivor else plain_name(about.file_name)
    return msgspec.structs.replace(about, file_name=name, purposes=tuple(dict.fromkeys(about.purposes)))


def plain_name(name: str) -> str:
    """A file name without folders and without characters that steer; at most 255 characters, its ending kept."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(
        one for one in unicodedata.normalize("NFC", last) if unicodedata.category(one) not in _HIDDEN
    ).strip()
    if len(seen) <= NAME_LENGTH:
        return seen
    suffix = _suffix(seen)
    return seen[: NAME_LENGTH - len(suffix)] + suffix


def scrubbed_name(name: str) -> str:
    """`file` and the ending, if it says only what kind of file it is: names of people and cases stand in file names."""
    return "file" + _suffix(plain_name(name))


def _suffix(name: str) -> str:
    ending = name.rsplit(".", 1)[-1].lower()
    return "." + ending if "." in name and ending in SUFFIXES else ""


def _is_word(word: str) -> bool:
    return (
        len(word) <= WORD_LENGTH and word.isascii() and (not word or word.replace("-", "").replace(".", "").isalnum())
    )
