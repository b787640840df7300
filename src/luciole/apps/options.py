"""What is read of an app file beyond the ordinary; loads nothing of what reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import yara_x


class AppOptions(NamedTuple):
    """What is read beyond the ordinary. rules: compiled YARA rules for the code; tlsh, ssdeep: similarity digests;
    code_digests: SHA-256 of each DEX file, without which no list of such digests is matched (one app: asked for by
    `check`; many apps: not, see decision 0014); texts: addresses also in string resources, text files, native libraries
    and within longer texts of the code; thorough: everything that costs much for little (every entry against
    a v1 signature, every native library, code_digests); apart: digests on another core, see decision 0015."""  # noqa: D205, D209 - a list of fields follows the sentence

    rules: yara_x.Rules | None = None
    code_digests: bool = False
    tlsh: bool = False
    ssdeep: bool = False
    thorough: bool = False
    texts: bool = False
    apart: bool = True


PLAIN = AppOptions()
