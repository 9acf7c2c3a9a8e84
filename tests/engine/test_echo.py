"""The recogniser without a model counts what is audible."""

from __future__ import annotations

import numpy as np
import pytest

from auricle.audio.samples import Samples
from auricle.engine.echo import EchoRecogniser
from auricle.engine.recogniser import Draft, Utterance


def tone(duration_s: float) -> Samples:
    return np.full(int(duration_s * 16_000), 0.1, dtype=np.float32)


def silence(duration_s: float) -> Samples:
    return np.zeros(int(duration_s * 16_000), dtype=np.float32)


def test_it_counts_half_seconds_of_signal_and_leaves_silence_out() -> None:
    heard = EchoRecogniser().recognise(
        [Utterance(samples=np.concatenate([silence(1), tone(1), silence(1), tone(0.5)]))]
    )
    words = heard[0].hypotheses[0].words
    assert heard[0].hypotheses[0].text == "one two three"
    assert [(round(word.start_s, 2), round(word.end_s, 2)) for word in words] == [(1.0, 1.5), (1.5, 2.0), (3.0, 3.5)]


def test_silence_and_nothing_at_all_hold_no_words() -> None:
    heard = EchoRecogniser().recognise([Utterance(samples=silence(2)), Utterance(samples=silence(0))])
    assert [recognition.hypotheses for recognition in heard] == [(), ()]


def test_the_variants_are_distinct_and_ordered_by_confidence() -> None:
    (heard,) = EchoRecogniser().recognise([Utterance(samples=tone(1), nbest=3)])
    assert [hypothesis.text for hypothesis in heard.hypotheses] == ["one two", "one three", "one four"]
    confidences = [hypothesis.confidence for hypothesis in heard.hypotheses]
    assert confidences == sorted(confidences, reverse=True)


def test_a_draft_remembers_how_many_passes_it_saw() -> None:
    draft = Draft()
    for _ in range(3):
        EchoRecogniser().recognise([Utterance(samples=tone(1), draft=draft)])
    assert draft.state == 3


def test_a_closed_recogniser_hears_no_more() -> None:
    echo = EchoRecogniser()
    echo.close()
    with pytest.raises(RuntimeError, match="closed"):
        echo.recognise([])
