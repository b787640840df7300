"""What a server's certificate says: whom it names, who vouches for it, and for how long."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_MOST_NAMES = 512
"""Those of servers that many share have some hundred."""
_LONGEST = 255


class Details(NamedTuple):
    """subject, issuer: names on one line; common_name: of the subject; names: DNS names and addresses, lower case, own
    name first; self_signed: subject and issuer are the same; not_before, not_after: ISO 8601; readable: False where the
    bytes are no certificate; more: how many names were left out."""  # noqa: D205, D209 - a list of fields follows the sentence

    subject: str = ""
    issuer: str = ""
    common_name: str = ""
    names: tuple[str, ...] = ()
    self_signed: bool = False
    not_before: str = ""
    not_after: str = ""
    readable: bool = True
    more: int = 0


def details(der: bytes) -> Details:
    """Reads one certificate (RFC 5280). Bytes that are none give `readable` False, never an error."""
    from cryptography import x509  # noqa: PLC0415 - only captures with certificates need it

    try:
        certificate = x509.load_der_x509_certificate(der)
        subject, issuer = certificate.subject, certificate.issuer
        common = [str(part.value) for part in subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
        before, after = _day(certificate.not_valid_before_utc), _day(certificate.not_valid_after_utc)
    except (ValueError, TypeError, x509.InvalidVersion):
        return Details(readable=False)
    names = [*common, *_alternative(certificate)]
    kept = dict.fromkeys(name.lower()[:_LONGEST] for name in names if ("." in name or ":" in name) and " " not in name)
    return Details(
        subject.rfc4514_string(), issuer.rfc4514_string(), common[0] if common else "",
        tuple(kept)[:_MOST_NAMES], subject == issuer, before, after, more=max(0, len(kept) - _MOST_NAMES),
    )  # fmt: skip


def _alternative(certificate: Certificate) -> list[str]:
    from cryptography import x509  # noqa: PLC0415 - as above

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return [
            *found.value.get_values_for_type(x509.DNSName),
            *map(str, found.value.get_values_for_type(x509.IPAddress)),
            *found.value.get_values_for_type(x509.UniformResourceIdentifier),
        ]
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return []


def _day(when: dt.datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
