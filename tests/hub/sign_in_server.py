"""A small OpenID Connect server (Core 1.0, authorization code with PKCE) for tests of signing in through one."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "hub", "canary-of-the-sign-in-server"


class SignIn:
    """Who signs in there next, and what was asked."""

    def __init__(self, address: str) -> None:
        self.address, self.key = address, rsa.generate_private_key(65537, 2048)
        self.claims: dict[str, object] = {"sub": "42", "email": "", "email_verified": True}
        self.codes: dict[str, dict[str, str]] = {}
        self.requests: list[str] = []

    def described(self) -> dict[str, object]:
        """Discovery 1.0, section 3."""
        return {
            "issuer": self.address, "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token", "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys", "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }  # fmt: skip

    def sign_in(self, there: str) -> str:
        """What a person does at the server: from where the hub led to where the server leads back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, sent: dict[str, str]) -> dict[str, object]:
        """Exchanges a code once, for whoever knows the secret and the verifier."""
        asked = self.codes.pop(sent["code"])
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
        assert (sent["client_id"], sent["client_secret"]) == (CLIENT, SECRET)
        now = int(time.time())
        told = self.claims | {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 60}
        return {"access_token": "token", "token_type": "Bearer", "id_token": jwt.encode(told, self.key, "RS256")}


@contextmanager
def sign_in_server() -> Iterator[SignIn]:
    """The server, running on this computer."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, body: object) -> None:
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            running.requests.append(self.path)
            self._answer(running.claims if self.path == "/userinfo" else running.described())

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._answer(running.token({name: values[0] for name, values in sent.items()}))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = SignIn(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
