"""What one pass over a segment made of it, worked out in the worker's thread so that the event loop stays free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auricle.audio.samples import SAMPLE_RATE_HZ
from auricle.engine.recogniser import Hypothesis, Recognition, Utterance
from auricle.recognition.events import Alternative
from auricle.recognition.partials import StablePartials
from auricle.text.formatter import TextFormatter, TextOptions
from auricle.text.words import Word

SENTENCE_ENDS = (".", "?", "!", "。", "？", "！", "؟", "।")  # noqa: RUF001  # full-width marks are meant


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One pass's result in the session's terms."""

    end: int  # the sample up to which the pass heard
    partial: str  # what may be shown while the segment is open
    alternatives: tuple[Alternative, ...] = ()  # of a final pass
    any_words: bool = False
    whole_sentence: bool = False


class Reader:
    """Reads the passes over one segment, one at a time."""

    def __init__(self, *, formatter: TextFormatter, text: TextOptions, threshold: int) -> None:
        self._formatter = formatter
        self._text = text
        self._stable = StablePartials(threshold)
        self._partial = ""

    def read_partial(self, start: int, utterance: Utterance, recognition: Recognition) -> Reading:
        """A pass over a segment that goes on."""
        return self._read(start, utterance, recognition, speaking=True)

    def read_final(self, start: int, utterance: Utterance, recognition: Recognition) -> Reading:
        """A pass over what may be the whole segment."""
        reading = self._read(start, utterance, recognition, speaking=False)
        return replace(reading, alternatives=self._alternatives(recognition.hypotheses, start / SAMPLE_RATE_HZ))

    def _read(self, start: int, utterance: Utterance, recognition: Recognition, *, speaking: bool) -> Reading:
        best = recognition.hypotheses[0].text if recognition.hypotheses else ""
        if self._stable.push(best.split(), speaking=speaking):
            self._partial = self._formatter.partial(" ".join(self._stable.shown), self._text)
        return Reading(
            end=start + len(utterance.samples),
            partial=self._partial,
            any_words=bool(best.strip()),
            whole_sentence=best.rstrip().endswith(SENTENCE_ENDS),
        )

    def _alternatives(self, hypotheses: Sequence[Hypothesis], start_s: float) -> tuple[Alternative, ...]:
        distinct: dict[str, Alternative] = {}
        for hypothesis in hypotheses:
            text = self._formatter.format([_later(word, start_s) for word in hypothesis.words], self._text)
            if text.lexical:
                distinct.setdefault(text.lexical, Alternative(confidence=hypothesis.confidence, text=text))
        return tuple(distinct.values())


def _later(word: Word, by_s: float) -> Word:
    return replace(word, start_s=word.start_s + by_s, end_s=word.end_s + by_s)
