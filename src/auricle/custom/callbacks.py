"""Requests to web hooks: what they carry, how they are signed, and what their answers are called."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from auricle.custom.ground import Ground
from auricle.outbound.fetched import Answer
from auricle.store.records import WebHook

TIMEOUT_S = 15.0  # for a receiver to answer


def call_back(ground: Ground, hook: WebHook, *, event: str, url: str, body: bytes, signed: bytes) -> Answer:
    """Post something to a hook, signed when it has a secret. Raises InvalidUrl or Unreachable."""
    headers = {"Content-Type": "application/json; charset=utf-8", "X-MicrosoftSpeechServices-Event": event}
    if hook.secret_sealed is not None:
        secret = ground.sealer.open(hook.secret_sealed)
        headers["X-MicrosoftSpeechServices-Signature"] = signature(secret, signed)
    return ground.outbound.post(url, body=body, headers=headers, timeout_s=TIMEOUT_S)


def signature(secret: str, content: bytes) -> str:
    """What proves to a receiver that a request comes from whoever it shares the secret with."""
    return base64.b64encode(hmac.digest(secret.encode(), content, hashlib.sha256)).decode()


def answered(web_url: str, status: int) -> str:
    """The answer in words; of the address only the host, because its query may hold a secret."""
    redirect = "; redirects are not followed" if 300 <= status < 400 else ""
    return f"{urlsplit(web_url).hostname} answered {status}{redirect}"
