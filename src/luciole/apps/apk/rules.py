"""Runs YARA rules over inflated code with a time limit; the rules are compiled once, by the caller.

The `dex` module of YARA-X is never used: it gives wrong names on real files and costs more than everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from luciole.kernel.errors import ParseError

if TYPE_CHECKING:
    import yara_x

SECONDS = 10
"""Longest scan of one DEX file."""
MOST_MATCHES = 1000
"""Matches kept of one app."""


class RuleMatch(NamedTuple):
    """One rule that matched. family: its metadata `family`, or `malware`, when it is text; else empty."""

    identifier: str
    namespace: str
    member: str
    family: str


class RuleScan:
    """One scanner for all code of an app. rules: compiled by `yara_x.compile` or a `yara_x.Compiler`."""

    def __init__(self, rules: yara_x.Rules, seconds: int = SECONDS) -> None:
        import yara_x  # noqa: PLC0415 - loaded only when rules are given

        self._timeout, self._failure = yara_x.TimeoutError, yara_x.ScanError
        self._scanner = yara_x.Scanner(rules)
        self._scanner.set_timeout(seconds)
        self.matches: list[RuleMatch] = []
        self.complete = True

    def scan(self, data: bytes, member: str) -> None:
        """Adds the matches in `data`. Raises ParseError (limit) when the time is over."""
        try:
            results = self._scanner.scan(data)
        except self._timeout as error:
            raise ParseError("the YARA rules took too long", file=member, limit=True) from error
        except self._failure as error:
            raise ParseError(f"the YARA rules could not be applied: {error}", file=member) from error
        for rule in results.matching_rules:
            if len(self.matches) >= MOST_MATCHES:
                self.complete = False
                return
            self.matches.append(RuleMatch(rule.identifier, rule.namespace, member, _family(rule)))


def _family(rule: yara_x.Rule) -> str:
    metadata = {key: value for key, value in rule.metadata if isinstance(value, str)}
    return metadata.get("family") or metadata.get("malware") or ""
