"""Asking servers that a member named: never one inside the network of the hub, whatever its name resolves to."""

from __future__ import annotations

import socket
from typing import Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from luciole.hub.hooks import addresses
from luciole.hub.site.proxies import networks_of

_SECONDS = 5


class NotPublic(OSError):
    """A name leads to an address that is not on the public internet."""


def checked_address(host: str, port: int) -> str:
    """The address that a name resolves to, to which the connection is then made. Raises NotPublic, OSError."""
    found = addresses.by_system(host, port)
    inside = networks_of(settings.HUB.values.get("private_networks", ""))
    if not found or not all(addresses.is_allowed(one, inside) for one in found):
        raise NotPublic(host)
    return found[0]


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        self._dns_host = checked_address(self.host, self.port)
        return super()._new_conn()


class _Secure(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        self._dns_host = checked_address(self.host, self.port)
        return super()._new_conn()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Checking(HTTPAdapter):
    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **named: Any) -> None:  # noqa: FBT001, FBT002 - as requests has it
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class _Session(requests.Session):
    def request(self, method: str, url: str | bytes, *arguments: Any, **named: Any) -> requests.Response:
        named["timeout"] = _SECONDS
        named["allow_redirects"] = False
        return super().request(method, url, *arguments, **named)


def session() -> requests.Session:
    """A session without proxies of the environment, redirects or patience, that connects to public addresses alone."""
    made = _Session()
    made.trust_env = False
    made.mount("http://", _Checking())
    made.mount("https://", _Checking())
    return made
