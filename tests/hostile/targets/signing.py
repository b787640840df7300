"""Fuzz target: any bytes as a signed app, and as each of the pieces a signature consists of."""

import contextlib

from luciole.apps.apk.archive import Archive
from luciole.apps.apk.signing.certificates import read_certificate, read_name
from luciole.apps.apk.signing.facts import signing_anomalies, signing_coverage, signing_facts
from luciole.apps.apk.signing.jar_text import JarText, digest_of
from luciole.apps.apk.signing.pkcs7 import read_block, verify_signer
from luciole.apps.apk.signing.verify import verify
from luciole.kernel.errors import ParseError
from luciole.kernel.limits import Limits
from luciole.kernel.vocabulary import FACTS

LIMITS = Limits(entry=1 << 20, archive_total=8 << 20, archive_entries=5_000)


def target(data: bytes) -> None:
    """Verifies everything in `data`; only a ParseError may come out, and it ends here."""
    with contextlib.suppress(ParseError):
        archive = Archive.open(data, LIMITS)
        signing = verify(archive, every_entry=True)
        for fact in signing_facts(signing):
            assert set(fact.attributes) <= set(FACTS[fact.name].attributes)
        signing_anomalies(signing)
        signing_coverage(signing)
        verified = {name for name in ("v1", "v2", "v3", "v3.1") if signing.scheme(name).state == "verified"}
        assert {one.scheme for one in signing.accepted} <= verified | {"v1"}
    with contextlib.suppress(ParseError):
        certificate = read_certificate(data)
        assert isinstance(certificate.subject + certificate.issuer + certificate.key[0], str)
    assert isinstance(read_name(data), list)
    with contextlib.suppress(ParseError):
        block = read_block(data, 64)
        for info in block.signers:
            verify_signer(block, info, b"signed", check_type=True)
    with contextlib.suppress(ParseError):
        text = JarText(data)
        for lines in text.sections.by_name.values():
            digest_of(lines)
        text.named_spans()
