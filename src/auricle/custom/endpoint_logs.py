"""What endpoints and base models were told and understood, as far as it is logged: nothing is yet, whatever is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from auricle.custom.endpoints import Endpoints
from auricle.custom.entities import PAGE, known_locale
from auricle.custom.ground import Ground
from auricle.errors import InvalidLogDate, InvalidLogTop, InvalidSkipToken, NotFound
from auricle.identity.caller import Caller, Right
from auricle.store.records import File

MAX_TOP = 5000  # logs on a page
_TOKEN = re.compile(r"[A-Za-z0-9!._~=-]{1,1024}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class LogPage:
    """Some logs, and what to ask for the next ones with."""

    files: Sequence[File] = ()
    next_token: str | None = None


class EndpointLogs:
    """The logs of endpoints, by their ids, and of base models, by their locales."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._endpoints = Endpoints(ground)

    def list(self, caller: Caller, id: str, *, skip_token: str | None = None, top: int = PAGE) -> LogPage:
        """The logs of an endpoint. Raises NotFound, InvalidSkipToken or InvalidLogTop."""
        self._endpoints.get(caller, id)
        return _page(skip_token, top)

    def get(self, caller: Caller, id: str, log_id: str) -> File:
        """A log of an endpoint. Raises NotFound."""
        self._endpoints.get(caller, id)
        raise _not_logged(log_id)

    def delete_all(self, caller: Caller, id: str, *, end_date: str | None = None) -> None:
        """Delete the logs of an endpoint, up to the end of a day. Raises NotFound or InvalidLogDate."""
        caller.need(Right.WRITE)
        self._endpoints.get(caller, id)
        _check_day(end_date)

    def delete(self, caller: Caller, id: str, log_id: str) -> None:
        """Delete a log of an endpoint. Raises NotFound."""
        caller.need(Right.WRITE)
        self.get(caller, id, log_id)

    def list_base(self, caller: Caller, locale: str, *, skip_token: str | None = None, top: int = PAGE) -> LogPage:
        """The logs of the base models of a locale. Raises InvalidLocale, InvalidSkipToken or InvalidLogTop."""
        caller.need(Right.READ)
        known_locale(self._ground, locale)
        return _page(skip_token, top)

    def get_base(self, caller: Caller, locale: str, log_id: str) -> File:
        """A log of the base models of a locale. Raises InvalidLocale or NotFound."""
        caller.need(Right.READ)
        known_locale(self._ground, locale)
        raise _not_logged(log_id)

    def delete_all_base(self, caller: Caller, locale: str, *, end_date: str | None = None) -> None:
        """Delete the logs of the base models of a locale. Raises InvalidLocale or InvalidLogDate."""
        caller.need(Right.WRITE)
        known_locale(self._ground, locale)
        _check_day(end_date)

    def delete_base(self, caller: Caller, locale: str, log_id: str) -> None:
        """Delete a log of the base models of a locale. Raises InvalidLocale or NotFound."""
        caller.need(Right.WRITE)
        self.get_base(caller, locale, log_id)


def _page(skip_token: str | None, top: int) -> LogPage:
    if not 1 <= top <= MAX_TOP:
        raise InvalidLogTop(f"A page has 1 to {MAX_TOP} logs, got {top}.", target="top")
    if skip_token is not None and not _TOKEN.fullmatch(skip_token):
        raise InvalidSkipToken("A skip token is what the link to the next page holds.", target="skip_token")
    return LogPage()


def _not_logged(log_id: str) -> NotFound:
    return NotFound(f"There is no log {log_id[:100]!r}.")


def _check_day(text: str | None) -> None:
    if text is not None and not _is_day(text):
        raise InvalidLogDate(f"The end date is a day such as 2026-11-30, in UTC, got {text[:32]!r}.", target="end_date")


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False
