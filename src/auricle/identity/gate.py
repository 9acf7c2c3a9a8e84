"""Lets callers in who show a key, a token of ours or one of the operator's issuer, and says for which resource.

What was found out counts for a second, so that a request costs no query and a key that was exchanged, by whatever
process, soon counts no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection

from auricle.clock import Clock
from auricle.errors import Forbidden, Unauthorized
from auricle.identity import directory
from auricle.identity.caller import Caller, Resource, Right
from auricle.identity.credentials import NAMED_TOKEN, Credentials
from auricle.identity.directory import Keyed, digest_of
from auricle.identity.issuer import Issuer, Principal
from auricle.identity.recent import Recent
from auricle.identity.tokens import ALGORITHM, MANAGEMENT, Tokens, algorithm_of
from auricle.store.database import Database

__all__ = ["Credentials", "Gate"]

REMEMBERED_S = 1.0
REMEMBERED_CALLERS = 10_000
REMEMBERED_STRANGERS = 1_000
LONGEST_CREDENTIAL = 16 << 10  # characters; tokens that list many groups have a few thousand
THREADS = 4

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class _Admission:
    caller: Caller
    valid_s: float


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    kind: type[Unauthorized | Forbidden]
    message: str


class Gate:
    """Knows every way in."""

    def __init__(
        self,
        *,
        database: Database,
        tokens: Tokens,
        clock: Clock,
        require_key: bool = True,
        issuer: Issuer | None = None,
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._require_key = require_key
        self._issuer = issuer
        self._callers: Recent[Caller] = Recent(clock, size=REMEMBERED_CALLERS)
        self._strangers: Recent[_Refusal] = Recent(clock, size=REMEMBERED_STRANGERS)
        # Apart, because whoever waits for an issuer must not keep those with keys waiting.
        self._threads = ThreadPoolExecutor(THREADS, "gate")
        self._issuer_threads = ThreadPoolExecutor(THREADS, "gate issuer")

    async def admit(self, credentials: Credentials, *, management: bool = False) -> Caller:
        """Who is calling; `management` is what the scope of a token of ours must allow.

        Raises Unauthorized, Forbidden, and StoreUnavailable or IssuerUnavailable when it cannot be found out now.
        """
        fingerprint = credentials.fingerprint(management=management)
        known = self._recall(fingerprint)
        if known is not None:
            return known
        return await self._apart(credentials, lambda: self._ask(credentials, fingerprint, management=management))

    async def issue(self, credentials: Credentials, *, management: bool = False) -> str:
        """A token for the resource whose key the caller shows. Raises Unauthorized."""
        return await self._apart(credentials, lambda: self._issue(credentials, management=management))

    def close(self) -> None:
        """Let nobody in any more."""
        self._threads.shutdown(cancel_futures=True)
        self._issuer_threads.shutdown(cancel_futures=True)

    async def _apart(self, credentials: Credentials, question: Callable[[], T]) -> T:
        threads = self._issuer_threads if credentials.names_its_issuer else self._threads
        return await asyncio.get_running_loop().run_in_executor(threads, question)

    def _recall(self, fingerprint: bytes) -> Caller | None:
        refusal = self._strangers.get(fingerprint)
        if refusal is not None:
            raise refusal.kind(refusal.message)
        return self._callers.get(fingerprint)

    def _ask(self, credentials: Credentials, fingerprint: bytes, *, management: bool) -> Caller:
        known = self._recall(fingerprint)  # many may have asked at once
        if known is not None:
            return known
        try:
            admission = self._judge(credentials, management=management)
        except (Unauthorized, Forbidden) as error:
            refusal = _Refusal(kind=type(error), message=error.message)
            self._strangers.put(fingerprint, refusal, valid_s=REMEMBERED_S)
            raise
        self._callers.put(fingerprint, admission.caller, valid_s=min(REMEMBERED_S, admission.valid_s))
        return admission.caller

    def _judge(self, credentials: Credentials, *, management: bool) -> _Admission:
        try:
            return self._known(credentials, management=management)
        except (Unauthorized, Forbidden):
            if self._require_key:
                raise
        default = self._default()
        return _full("anybody", default.resource)

    def _known(self, credentials: Credentials, *, management: bool) -> _Admission:
        bearer = credentials.bearer or ""
        if max(len(credentials.key or ""), len(bearer)) > LONGEST_CREDENTIAL:
            raise Unauthorized(f"expected a key or token of at most {LONGEST_CREDENTIAL} characters, got a longer one")
        if credentials.key:
            return self._by_key(credentials.key)
        if not bearer:
            raise Unauthorized(
                "expected a key in 'Ocp-Apim-Subscription-Key' or a token in 'Authorization', got neither"
            )
        if credentials.names_its_issuer:
            return self._by_issuer(bearer, credentials.label)
        if algorithm_of(bearer) == ALGORITHM:
            return self._by_token(bearer, management=management)
        return self._by_key(bearer)  # applications that cannot fetch a token pass the key in its place

    def _by_key(self, key: str) -> _Admission:
        keyed, number = self._owner(key)
        return _full(f"key{number} of {keyed.resource.name}", keyed.resource)

    def _owner(self, key: str) -> tuple[Keyed, int]:
        digest = digest_of(key)
        with self._database.read() as connection:
            keyed = directory.by_digest(connection, digest)
        number = None if keyed is None else keyed.number_of(digest)
        if keyed is None or number is None:
            raise Unauthorized("expected a key of this server or a token it issued, got another or an expired one")
        return keyed, number

    def _by_token(self, token: str, *, management: bool) -> _Admission:
        now = self._clock.now()
        claims = self._tokens.read(token, now)
        if claims is not None:
            with self._database.read() as connection:
                keyed = directory.by_id(connection, claims.resource_id)
            if keyed is not None and any(claims.bought_with(digest) for digest in keyed.digests):
                if management and not claims.management:
                    raise Unauthorized(f"expected a token that was issued with ?scope={MANAGEMENT}, got one without")
                rights = frozenset(Right) if claims.management else frozenset({Right.LISTEN})
                caller = Caller(resource=keyed.resource, actor=f"token of {keyed.resource.name}", rights=rights)
                return _Admission(caller=caller, valid_s=claims.expires_s - now.timestamp())
        raise Unauthorized("expected a key of this server or a token it issued, got another or an expired one")

    def _by_issuer(self, bearer: str, label: str | None) -> _Admission:
        named, token = _split(bearer)
        if self._issuer is None:
            raise Unauthorized("This server accepts no tokens of other issuers: the setting entra_issuer names none.")
        principal = self._issuer.verify(token)
        with self._database.read() as connection:
            caller = _caller(connection, principal, named, label)
        return _Admission(caller=caller, valid_s=principal.expires_s - self._clock.now().timestamp())

    def _issue(self, credentials: Credentials, *, management: bool) -> str:
        try:
            keyed, number = self._owner(credentials.key or credentials.bearer or "")
        except Unauthorized:
            if not self._require_key:
                keyed, number = self._default(), 1
            elif credentials.key or credentials.bearer:
                raise Unauthorized("expected a key of this server, got another") from None
            else:
                raise Unauthorized("expected a key in 'Ocp-Apim-Subscription-Key', got none") from None
        digest = keyed.digests[number - 1]
        return self._tokens.issue(keyed.resource.id, digest, self._clock.now(), management=management)

    def _default(self) -> Keyed:
        with self._database.read() as connection:
            default = directory.by_name(connection, directory.DEFAULT)
        if default is None:
            raise Unauthorized("There is no resource 'default' for those who show no key; a new start makes it.")
        return default


def _full(actor: str, resource: Resource) -> _Admission:
    return _Admission(caller=Caller(resource=resource, actor=actor, rights=frozenset(Right)), valid_s=REMEMBERED_S)


def _split(bearer: str) -> tuple[str | None, str]:
    """The resource that a bearer names, and its token: `aad#RESOURCE#TOKEN`, or the token alone."""
    if not bearer.startswith(NAMED_TOKEN):
        return None, bearer
    named, separator, token = bearer.removeprefix(NAMED_TOKEN).rpartition("#")
    if not separator or not named:
        raise Unauthorized("expected aad#RESOURCE#TOKEN, got something else that begins with aad#")
    return named.rstrip("/").rpartition("/")[2].lower(), token  # of a path as Azure writes it, the name ends it


def _caller(connection: Connection, principal: Principal, named: str | None, label: str | None) -> Caller:
    """The principal in the resource that is meant, with the rights of all its roles there."""
    roles = directory.roles_of(connection, principal.ids)
    resource = _meant(connection, [resource for resource, _ in roles], named, label)
    rights = frozenset[Right]().union(*(role.rights for found, role in roles if found.id == resource.id))
    return Caller(resource=resource, actor=f"entra {principal.id}", rights=rights)


def _meant(connection: Connection, known: list[Resource], named: str | None, label: str | None) -> Resource:
    """Which of the resources that the principal has roles in it means; one that it has none in stays unconfirmed."""
    if named is None and label is not None and directory.by_name(connection, label) is not None:
        named = label
    if named is not None:
        for resource in known:
            if named in {resource.id, resource.name}:
                return resource
        raise Forbidden(f"The token's principal has no role in a resource {named[:80]!r}. An operator may grant one.")
    choices = {resource.id: resource for resource in known}
    if len(choices) == 1:
        return next(iter(choices.values()))
    if not choices:
        raise Forbidden("The token's principal has no role in any resource. An operator may grant one.")
    raise Forbidden(
        "The token's principal has roles in several resources. Name one: 'Authorization: Bearer aad#RESOURCE#TOKEN', "
        "or a host name that begins with the resource's name."
    )
