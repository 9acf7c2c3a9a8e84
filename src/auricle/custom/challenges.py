"""The challenge of a web hook: whoever is at its address has to show that they want to be called.

A request with a random token in its query is to be answered with that token. Whoever made the hook is told what was
expected and what came instead.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from sqlalchemy import Connection

from auricle.custom.callbacks import answered, call_back
from auricle.custom.events import CHALLENGE
from auricle.custom.ground import Ground
from auricle.errors import AuricleError, ChallengeUnanswered, InvalidCallback, InvalidUrl, Unreachable
from auricle.jobs.work import Job, Lane, Progress, Work
from auricle.store.records import WebHook
from auricle.store.shelf import WEB_HOOKS
from auricle.store.status import Status

CHALLENGED = "challenge"  # the kind of work


class Challenge(Work):
    """Asks an address whether it wants to be called."""

    kind = CHALLENGED
    lane = Lane.THREAD
    parallel = 16
    parallel_per_resource = 4
    attempts = 7  # over about a minute
    lease_s = 90.0

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def started(self, connection: Connection, job: Job) -> None:
        self._advance(connection, job, Status.RUNNING)

    def run(self, job: Job, progress: Progress) -> None:
        """Ask. Raises ChallengeUnanswered, to be asked again, and InvalidCallback."""
        with self._ground.database.read() as connection:
            hook = WEB_HOOKS.get(connection, job.resource_id, job.subject_id)
        if hook is None:
            return
        problem = _challenge(self._ground, hook)
        if problem is not None:
            raise ChallengeUnanswered(f"{problem} {_ADVICE}")

    def succeeded(self, connection: Connection, job: Job, outcome: None) -> None:
        self._advance(connection, job, Status.SUCCEEDED)

    def failed(self, connection: Connection, job: Job, error: AuricleError) -> None:
        self._advance(connection, job, Status.FAILED, error)

    def _advance(self, connection: Connection, job: Job, status: Status, error: AuricleError | None = None) -> None:
        WEB_HOOKS.advance(
            connection,
            job.resource_id,
            job.subject_id,
            status,
            self._ground.now(),
            error_code=(error.detail or error.code) if error else None,
            error_message=error.message if error else None,
        )


_ADVICE = (
    "Expected status 200 with the value of the query parameter validationToken as the whole body, in plain text. "
    "Receivers that cannot answer so, as the channels of chat services, need a relay in front that can. "
    "To have the webhook challenged again, ping it or change its address."
)


def _challenge(ground: Ground, hook: WebHook) -> str | None:
    """What was wrong with the answer. Raises InvalidCallback when the address is refused."""
    token = secrets.token_urlsafe(32)
    try:
        answer = call_back(
            ground,
            hook,
            event=CHALLENGE,
            url=_with_token(hook.web_url, token),
            body=b"",
            signed=token.encode(),
        )
    except Unreachable as error:
        return f"The receiver could not be challenged: {error.message}"
    except InvalidUrl as error:
        raise InvalidCallback(f"The receiver could not be challenged: {error.message}", target="webUrl") from error
    if answer.status != 200:
        return f"The receiver did not answer the challenge: {answered(hook.web_url, answer.status)}."
    if hmac.compare_digest(answer.body.strip(), token.encode()):
        return None
    return (
        f"The receiver did not answer the challenge: {answered(hook.web_url, 200)} but the body was not the token "
        f"(got {len(answer.body)} bytes)."
    )


def _with_token(web_url: str, token: str) -> str:
    address = web_url.partition("#")[0]
    return f"{address}{'&' if urlsplit(address).query else '?'}validationToken={token}"
