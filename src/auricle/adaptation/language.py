"""Plain text: an utterance a line."""

from __future__ import annotations

from dataclasses import dataclass

from auricle.adaptation.findings import Rejected, Warn
from auricle.adaptation.wording import (
    check_characters,
    check_repetition,
    check_wording,
    plain,
    warn_of_special_characters,
)


@dataclass(frozen=True, kw_only=True)
class UtteranceRule:
    """How one utterance is judged, here and in transcripts and structured text."""

    locale: str
    normalise: bool
    may_repeat: bool = False  # repetition is only warned of

    def __call__(self, text: str, warn: Warn) -> str:
        check_characters(text)
        kept = plain(text) if self.normalise else text
        if kept != text:
            check_characters(kept)  # plain forms may be longer
        check_wording(kept)
        self._check_repetition(kept, warn)
        warn_of_special_characters(kept, self.locale, warn)
        return kept

    def _check_repetition(self, text: str, warn: Warn) -> None:
        try:
            check_repetition(text)
        except Rejected as rejected:
            if not self.may_repeat:
                raise
            warn(rejected.problem)
