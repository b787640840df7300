"""Verifies JAR signatures (scheme v1) as Android 5 and later do: the PKCS #7 block, the signed list, every entry."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from luciole.apps.apk.archive import Archive, Entry, show
from luciole.apps.apk.signing.certificates import Certificate
from luciole.apps.apk.signing.jar_text import JarText, digest_of, strongest
from luciole.apps.apk.signing.model import Refused
from luciole.apps.apk.signing.pkcs7 import SignatureBlock, names_type, read_block, verify_signer
from luciole.kernel.errors import ParseError

FOLDER = b"META-INF/"
MANIFEST = b"META-INF/MANIFEST.MF"
BLOCKS = (b".RSA", b".DSA", b".EC")
MOST_SIGNERS = 10
MOST_BLOCK = 1 << 20
LIMIT_REACHED = "LIMIT_REACHED"
"""Not a reason of apksig: the signature was not verified to its end."""
STRIPPING_HEADER = b"x-android-apk-signed"


class JarVerdict(NamedTuple):
    """Whether one generation of Android accepts the signature.

    error: apksig's name for the problem, empty if none.
    """

    error: str = ""
    detail: str = ""
    signers: tuple[Certificate, ...] = ()


class JarResult(NamedTuple):
    """What the JAR signature says for each generation.

    early: Android 5 and 6; late: Android 7 and newer; names: numbers of newer schemes that the signature says
    are there; claimed: certificates of blocks, verified or not; compared: every entry was compared with its digest.
    """

    early: JarVerdict
    late: JarVerdict
    names: frozenset[int] = frozenset()
    claimed: tuple[Certificate, ...] = ()
    compared: bool = False


class _SignatureFile(NamedTuple):
    text: JarText
    block: SignatureBlock
    early: Certificate | None
    late: Certificate | None
    problem: str


class JarSignature:
    """The JAR signature of one archive.

    `result` is what the signature over the list of digests says; `compare`
    compares every entry with that list, which costs as much as reading the whole file.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._files: list[_SignatureFile] = []
        self._manifest = JarText(b"")
        names = _signature_names(archive)
        self.result = self._verify_list(names) if names else None

    def compare(self) -> None:
        """Adds the comparison of every entry to `result`, where a signature over the list verified."""
        if self.result and not self.result.compared:
            self.result = self._judge(compare=True)

    def _verify_list(self, names: list[bytes]) -> JarResult:
        claimed: list[Certificate] = []
        archive = self._archive
        try:
            self._manifest = JarText(archive.read(MANIFEST, archive.limits.manifest))
            _check_sizes(archive, names)
            self._files = [_read_file(archive, name, claimed) for name in names]
        except ParseError as error:
            return _failed(error, claimed)
        return self._judge(compare=False)

    def _judge(self, *, compare: bool) -> JarResult:
        files = self._files
        early, late = _signers(files, early=True), _signers(files, early=False)
        compared = bool(early.error and late.error)
        if not compared:
            problem = _check_content(self._archive, self._manifest, files, compare=compare)
            early, late = (verdict if verdict.error else problem or verdict for verdict in (early, late))
            compared = compare or problem is not None
        schemes = frozenset[int]().union(*(_named_schemes(file.text) for file in files))
        claimed = tuple(one for file in files for one in file.block.certificates)
        return JarResult(early, late, schemes, claimed, compared)


def missing_reason(archive: Archive) -> str:
    """The name that apksig has for why there is no JAR signature."""
    return "JAR_SIG_NO_SIGNATURES" if MANIFEST in archive.entries else "JAR_SIG_NO_MANIFEST"


def _check_sizes(archive: Archive, names: list[bytes]) -> None:
    """Every entry of META-INF/ is small in a file that a tool signed; many large ones would fill the memory."""
    signed = sum(archive.entries[_signed_file(name)].size for name in names)
    if signed > archive.limits.manifest:
        raise ParseError("the signed files together are larger than the limit", limit=True)


def _failed(error: ParseError, claimed: list[Certificate]) -> JarResult:
    verdict = _verdict(error)
    return JarResult(verdict, verdict, claimed=tuple(claimed), compared=True)


def _signature_names(archive: Archive) -> list[bytes]:
    """Names of the signature blocks beside which the signed file stands; none without a manifest."""
    if MANIFEST not in archive.entries:
        return []
    blocks = [name for name in archive.entries if name.startswith(FOLDER) and name.endswith(BLOCKS)]
    return [name for name in blocks if _signed_file(name) in archive.entries][:MOST_SIGNERS]


def _signed_file(name: bytes) -> bytes:
    return name[: name.rindex(b".")] + b".SF"


def _check_manifest(archive: Archive, manifest: JarText) -> None:
    if archive.duplicates:
        raise Refused("JAR_SIG_DUPLICATE_ZIP_ENTRY", show(archive.duplicates[0].name))
    if manifest.sections.unnamed:
        raise Refused("JAR_SIG_UNNNAMED_MANIFEST_SECTION")
    if manifest.sections.duplicate:
        raise Refused("JAR_SIG_DUPLICATE_MANIFEST_SECTION")
    missing = manifest.sections.by_name.keys() - archive.entries.keys()
    if missing:
        raise Refused("JAR_SIG_MISSING_ZIP_ENTRY_REFERENCED_IN_MANIFEST", show(min(missing)))


def _read_file(archive: Archive, name: bytes, claimed: list[Certificate]) -> _SignatureFile:
    """One signature block and the file it signs, with the certificate that verifies for each generation."""
    raw = archive.read(_signed_file(name), archive.limits.manifest)
    block = read_block(archive.read(name, MOST_BLOCK), archive.limits.certificates)
    claimed += block.certificates
    if not block.signers:
        raise Refused("JAR_SIG_NO_SIGNERS", show(name))
    problem = ""
    early = late = None
    for index, info in enumerate(block.signers):
        try:
            if index == 0:
                early = verify_signer(block, info, raw, check_type=False)
                late = early if early and names_type(block, info) else None
            else:
                late = late or verify_signer(block, info, raw, check_type=True)
        except ParseError as error:
            problem = problem or error.message
    return _SignatureFile(JarText(raw), block, early, late, problem)


def _signers(files: list[_SignatureFile], *, early: bool) -> JarVerdict:
    """Every signature block must verify: the first signer alone before Android 7, any one of them since."""
    signers: list[Certificate] = []
    for file in files:
        certificate = file.early if early else file.late
        if certificate is None:
            return JarVerdict("JAR_SIG_DID_NOT_VERIFY", file.problem)
        signers.append(certificate)
    return JarVerdict(signers=tuple(signers))


def _named_schemes(text: JarText) -> frozenset[int]:
    """Numbers in the header X-Android-APK-Signed: newer schemes that must be there."""
    value = text.main.get(STRIPPING_HEADER, b"")
    return frozenset(int(word) for word in value.split(b",")[:16] if word.strip().isdigit() and len(word) < 6)  # noqa: PLR2004 - the number is the format's


def _check_content(
    archive: Archive, manifest: JarText, files: list[_SignatureFile], *, compare: bool
) -> JarVerdict | None:
    """The signed files against the manifest, and the manifest against the entries; None when all agrees."""
    try:
        for file in files:
            _check_file(file.text, manifest)
        if compare:
            _check_manifest(archive, manifest)
            _check_names(files)
            _check_entries(archive, manifest, files)
    except ParseError as error:
        return _verdict(error)
    return None


def _verdict(error: ParseError) -> JarVerdict:
    if error.limit:
        return JarVerdict(LIMIT_REACHED, str(error))
    return JarVerdict(error.reason if isinstance(error, Refused) else "JAR_SIG_PARSE_EXCEPTION", str(error))


def _check_names(files: list[_SignatureFile]) -> None:
    for file in files:
        if file.text.sections.unnamed:
            raise Refused("JAR_SIG_UNNNAMED_SIG_FILE_SECTION")
        if file.text.sections.duplicate:
            raise Refused("JAR_SIG_DUPLICATE_SIG_FILE_SECTION")


def _check_file(text: JarText, manifest: JarText) -> None:
    """A signed file holds the digest of the manifest as a whole, or of each of its sections."""
    if b"signature-version" not in text.main:
        raise Refused("JAR_SIG_MISSING_VERSION_ATTR_IN_SIG_FILE")
    by_signtool = b"signtool" in text.main.get(b"created-by", b"")
    whole = strongest(text.main, b"-digest" if by_signtool else b"-digest-manifest")
    verified = whole is not None and _digest(whole[0], manifest.raw) == whole[1]
    if not by_signtool:
        _check_main(text, manifest)
    if not verified:
        _check_sections(text, manifest, by_signtool=by_signtool)


def _check_main(text: JarText, manifest: JarText) -> None:
    expected = strongest(text.main, b"-digest-manifest-main-attributes")
    if expected is None:
        return
    begin, end = next(manifest.spans(), (0, 0))
    if _digest(expected[0], manifest.raw[begin:end]) != expected[1]:
        raise Refused("JAR_SIG_MANIFEST_MAIN_SECTION_DIGEST_DID_NOT_VERIFY")


def _check_sections(text: JarText, manifest: JarText, *, by_signtool: bool) -> None:
    sections = manifest.named_spans()
    for name, lines in text.sections.by_name.items():
        section = sections.get(name)
        if section is None:
            raise Refused("JAR_SIG_NO_MANIFEST_SECTION", show(name))
        expected = digest_of(lines)
        if expected is None:
            raise Refused("JAR_SIG_NO_MANIFEST_SECTION_DIGEST_IN_SIG_FILE", show(name))
        if by_signtool and section.endswith(b"\n\n"):
            section = section[:-1]
        if _digest(expected[0], section) != expected[1]:
            raise Refused("JAR_SIG_MANIFEST_SECTION_DIGEST_DID_NOT_VERIFY", show(name))


def _check_entries(archive: Archive, manifest: JarText, files: list[_SignatureFile]) -> None:
    """Every entry outside META-INF/ is signed by every signer, and has the digest that the manifest says."""
    signed = False
    listed = manifest.sections.by_name
    named = [file.text.sections.by_name for file in files]
    for name, entry in archive.entries.items():
        if name.startswith(FOLDER) or name.endswith(b"/"):
            continue
        lines = listed.get(name)
        if lines is None:
            raise Refused("JAR_SIG_NO_ZIP_ENTRY_DIGEST_IN_MANIFEST", show(name))
        for names in named:
            if name not in names:
                raise _not_signed(name, named)
        _check_entry(archive, entry, lines)
        signed = True
    if not signed:
        raise Refused("JAR_SIG_NO_SIGNED_ZIP_ENTRIES")


def _not_signed(name: bytes, named: list[dict[bytes, bytes]]) -> Refused:
    some = any(name in names for names in named)
    return Refused("JAR_SIG_ZIP_ENTRY_SIGNERS_MISMATCH" if some else "JAR_SIG_ZIP_ENTRY_NOT_SIGNED", show(name))


def _check_entry(archive: Archive, entry: Entry, lines: bytes) -> None:
    expected = digest_of(lines)
    if expected is None:
        raise Refused("JAR_SIG_NO_ZIP_ENTRY_DIGEST_IN_MANIFEST", show(entry.name))
    if archive.digest(entry, _HASHES[expected[0]]) != expected[1]:
        raise Refused("JAR_SIG_ZIP_ENTRY_DIGEST_DID_NOT_VERIFY", show(entry.name), offset=entry.header)


_HASHES = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}


def _digest(algorithm: str, data: bytes) -> bytes:
    return _HASHES[algorithm](data).digest()
