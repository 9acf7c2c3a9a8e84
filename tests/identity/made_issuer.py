"""An OpenID Connect issuer on this machine, with keys of its own, that signs whatever a test asks for."""

from __future__ import annotations

import json
import threading
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from auricle.clock import ManualClock

AUDIENCE = "https://cognitiveservices.azure.com"
NOW_S = int(ManualClock().now().timestamp())


class MadeIssuer:
    """Its documents can be changed by a test; `asked` counts the requests for each."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.other_key = rsa.generate_private_key(65537, 2048)
        self.curve_key = ec.generate_private_key(ec.SECP256R1())
        self.asked: list[str] = []
        self.failing = False
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                document = issuer.documents.get(self.path)
                body = json.dumps(document).encode()
                self.send_response(404 if document is None or issuer.failing else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="issuer", args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/tenant"

    @cached_property
    def documents(self) -> dict[str, Any]:
        """By path."""
        return {
            "/tenant/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/tenant/keys": {"keys": [self.published(self.key, "k1"), self.published(self.curve_key, "c1")]},
        }

    @staticmethod
    def published(key: Any, name: str) -> dict[str, Any]:
        """The public half of a key, as it is published."""
        algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
        described: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))
        return described | {"kid": name, "use": "sig"}

    def token(self, *, key: Any = None, algorithm: str = "RS256", kid: str | None = "k1", **claims: Any) -> str:
        """A token; claims that are None are left out."""
        said = {"iss": self.url, "aud": AUDIENCE, "exp": NOW_S + 3600, "nbf": NOW_S, "oid": "person"} | claims
        headers = {} if kid is None else {"kid": kid}
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode(said, self.key if key is None else key, algorithm=algorithm, headers=headers)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
