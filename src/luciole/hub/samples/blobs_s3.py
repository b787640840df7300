"""A bucket of an S3 server as a store of sealed bytes, through boto3; any server that speaks the protocol will do."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import botocore.config
import botocore.exceptions
from django.utils.translation import gettext_noop as mark

from luciole.hub.samples.blobs import READ_BYTES, Listed, checked_name, put_through
from luciole.hub.samples.failures import Damaged, StorageFailed, StorageFull, on_disk
from luciole.hub.site.durable import make_folder
from luciole.hub.site.sentences import sentence

if TYPE_CHECKING:
    Client = Any  # botocore makes its classes while it runs

PART = 8 << 20
"""Bytes of one part; larger files travel in several (S3 API, "Multipart upload": at least 5 MiB, at most 10,000)."""
_ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})
_NO_ROOM = frozenset({"507", "InsufficientStorage", "QuotaExceeded", "InsufficientCapacity", "XMinioStorageFull"})


class Place(NamedTuple):
    """A bucket and how to reach it. endpoint: address of the server."""

    endpoint: str
    bucket: str
    region: str
    key: str
    secret: str


def place(address: str) -> Place:
    """Reads s3://KEY:SECRET@HOST/BUCKET?region=…&tls=no. Raises StorageFailed where something is missing."""
    parts = urlsplit(address)
    options = parse_qs(parts.query)
    bucket = parts.path.strip("/")
    if not (parts.hostname and bucket and parts.username and parts.password):
        raise StorageFailed(mark("The setting blobs lacks a host, a bucket, a key or a secret."))
    scheme = "http" if options.get("tls") == ["no"] else "https"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    region = options.get("region", ["us-east-1"])[0]
    return Place(f"{scheme}://{host}{port}", bucket, region, unquote(parts.username), unquote(parts.password))


class S3:
    """A store in a bucket. What arrives waits, sealed, in a nameless file of `spool` until it is whole.

    The bucket must exist; it needs the rights to get, put, list and delete objects. The server answers a put when the
    object is durable, which is its promise.
    """

    is_shared = True

    def __init__(self, where: Place, spool: Path) -> None:
        """Raises StorageFull or StorageFailed where the folder cannot be made."""
        self._bucket = where.bucket
        self._spool = spool
        self._where = where
        self._clients: dict[int, Client] = {}
        with on_disk():
            make_folder(spool)

    @property
    def _client(self) -> Client:
        """One for each process: after a fork two of them would talk over the same connections."""
        process = os.getpid()
        if process not in self._clients:
            self._clients = {process: _client(self._where)}
        return self._clients[process]

    def draft(self) -> _S3Draft:
        """See `BlobStore`."""
        return _S3Draft(self._client, self._bucket, self._spool)

    def put(self, name: str, chunks: Iterable[bytes]) -> None:
        """See `BlobStore`."""
        put_through(self, name, chunks)

    def get(self, name: str) -> Iterator[bytes]:
        """See `BlobStore`."""
        with _answers():
            answer = self._client.get_object(Bucket=self._bucket, Key=checked_name(name))
            with contextlib.closing(answer["Body"]) as body:
                yield from body.iter_chunks(READ_BYTES)

    def delete(self, name: str) -> None:
        """See `BlobStore`."""
        with _answers():
            self._client.delete_object(Bucket=self._bucket, Key=checked_name(name))

    def exists(self, name: str) -> bool:
        """See `BlobStore`."""
        try:
            with _answers():
                self._client.head_object(Bucket=self._bucket, Key=checked_name(name))
        except Damaged:
            return False
        return True

    def names(self) -> Iterator[str]:
        """See `BlobStore`."""
        return (one.name for one in self.listed())

    def listed(self) -> Iterator[Listed]:
        """See `BlobStore`."""
        with _answers():
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
                for one in page.get("Contents", ()):
                    yield Listed(one["Key"], one["Size"], one["LastModified"].astimezone(dt.UTC))

    def clear_drafts(self, before: dt.datetime | None) -> int:
        """Gives up multipart uploads. A server that cannot list them clears them itself, or never keeps them."""
        removed = 0
        with _answers():
            for one in self._unfinished():
                if before is None or one["Initiated"] < before:
                    named = {"Key": one["Key"], "UploadId": one["UploadId"]}
                    self._client.abort_multipart_upload(Bucket=self._bucket, **named)
                    removed += 1
        return removed

    def _unfinished(self) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket)
        try:
            for page in pages:
                yield from page.get("Uploads", ())
        except botocore.exceptions.ClientError as error:
            if error.response.get("Error", {}).get("Code") != "NotImplemented":
                raise


class _S3Draft:
    """Sealed bytes in a nameless local file; they are sent when their name is known."""

    def __init__(self, client: Client, bucket: str, spool: Path) -> None:
        self._client = client
        self._bucket = bucket
        with on_disk():
            self._file: BinaryIO = tempfile.TemporaryFile(dir=spool, buffering=0)  # noqa: SIM115 - closed by drop

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        with on_disk():
            while view:
                view = view[self._file.write(view) :]

    def keep(self, name: str) -> None:
        target = {"Bucket": self._bucket, "Key": checked_name(name)}
        with on_disk():
            size = self._file.seek(0, os.SEEK_END)
        with _answers():
            if size <= PART:
                data = self._part(0)
                self._client.put_object(**target, Body=data, ContentMD5=_md5(data))
            else:
                self._keep_in_parts(target, size)

    def drop(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()

    def _keep_in_parts(self, target: dict[str, str], size: int) -> None:
        upload = self._client.create_multipart_upload(**target)["UploadId"]
        try:
            parts = []
            for number, offset in enumerate(range(0, size, PART), start=1):
                data = self._part(offset)
                answer = self._client.upload_part(
                    **target, UploadId=upload, PartNumber=number, Body=data, ContentMD5=_md5(data)
                )
                parts.append({"PartNumber": number, "ETag": answer["ETag"]})
            self._client.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": parts})
        except BaseException:
            with contextlib.suppress(botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                self._client.abort_multipart_upload(**target, UploadId=upload)
            raise

    def _part(self, offset: int) -> bytes:
        with on_disk():
            self._file.seek(offset)
            data = b""
            while len(data) < PART and (more := self._file.read(PART - len(data))):
                data += more
            return data


def _md5(data: bytes) -> str:
    """What the server compares with, so that bytes changed on the way are refused (S3 API, `Content-MD5`)."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def _client(where: Place) -> Client:
    session = boto3.session.Session(
        aws_access_key_id=where.key, aws_secret_access_key=where.secret, region_name=where.region
    )
    settings = botocore.config.Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=32,
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return session.client("s3", endpoint_url=where.endpoint, config=settings)


@contextlib.contextmanager
def _answers() -> Iterator[None]:
    """Turns what the server or the way to it says into Damaged (absent), StorageFull or StorageFailed."""
    try:
        yield
    except botocore.exceptions.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _ABSENT:
            raise Damaged(mark("Bytes that should be in the vault are gone.")) from error
        if code in _NO_ROOM:
            raise StorageFull(mark("There is no room left for samples.")) from error
        raise StorageFailed(sentence("The store of samples refused: {code}", code=str(code))) from error
    except (botocore.exceptions.BotoCoreError, OSError) as error:
        raise StorageFailed(mark("The store of samples does not answer at the moment.")) from error
