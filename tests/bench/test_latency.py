"""Latencies, from what a stream sent and received."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.latency import first_shown, latencies, plain_words, revisions, segments, sending_time
from bench.stream_client import Heard

SENT = [0.1 * (n + 1) for n in range(100)]  # ten seconds at the pace of speech


def message(path: str, body: dict[str, Any]) -> str:
    return f"X-RequestId:1\r\nContent-Type:application/json\r\nPath:{path}\r\n\r\n{json.dumps(body)}"


def hypothesis(at: float, start_s: float, end_s: float, text: str) -> tuple[float, str]:
    body = {"Text": text, "Offset": round(start_s * 1e7), "Duration": round((end_s - start_s) * 1e7)}
    return at, message("speech.hypothesis", body)


def phrase(at: float, words: list[tuple[str, float, float]], status: str = "Success") -> tuple[float, str]:
    timed = [{"Word": w, "Offset": round(s * 1e7), "Duration": round((e - s) * 1e7)} for w, s, e in words]
    start_s, end_s = words[0][1], words[-1][2]
    body = {
        "RecognitionStatus": status,
        "DisplayText": "",
        "Offset": round(start_s * 1e7),
        "Duration": round((end_s - start_s) * 1e7),
        "NBest": [{"Lexical": " ".join(w for w, _, _ in words), "Words": timed}],
    }
    return at, message("speech.phrase", body)


WORDS = [("good", 1.0, 1.4), ("morning", 1.4, 2.0)]


def test_audio_is_sent_with_the_frame_that_it_ends_in() -> None:
    assert sending_time(SENT, 0.1) == pytest.approx(0.1)
    assert sending_time(SENT, 0.1001) == pytest.approx(0.2)
    assert sending_time(SENT, 0.3) == pytest.approx(0.3)


def test_positions_outside_the_stream_belong_to_its_ends() -> None:
    assert sending_time(SENT, 0.0) == pytest.approx(0.1)
    assert sending_time(SENT, 99.0) == pytest.approx(10.0)


def test_a_partial_counts_from_the_last_audio_that_it_covers() -> None:
    heard = Heard(sent=SENT, messages=[hypothesis(1.75, 1.0, 1.5, "good"), phrase(2.8, WORDS)])
    assert latencies(heard).partial == pytest.approx([0.25])


def test_a_final_counts_from_the_end_of_the_phrase() -> None:
    heard = Heard(sent=SENT, messages=[phrase(2.8, WORDS)])
    assert latencies(heard).final == pytest.approx([0.8])


def test_the_first_partial_counts_from_the_frame_of_the_first_words_start() -> None:
    heard = Heard(sent=SENT, messages=[hypothesis(1.75, 1.0, 1.5, "good"), phrase(2.8, WORDS)])
    assert latencies(heard).first == pytest.approx([0.65])


def test_a_word_counts_from_its_end_to_its_first_showing() -> None:
    heard = Heard(sent=SENT, messages=[hypothesis(1.75, 1.0, 1.5, "good"), phrase(2.8, WORDS)])
    assert latencies(heard).word == pytest.approx([0.35, 0.8])


def test_a_word_elsewhere_in_the_text_is_another_word() -> None:
    words = [("the", 1.0, 1.1), *((w, 1.1, 2.0) for w in ["cat", "sat", "on", "that", "and", "the"])]
    heard = Heard(sent=SENT, messages=[hypothesis(1.5, 1.0, 1.4, "the cat"), phrase(2.8, words)])
    (segment,) = segments(heard)
    assert first_shown(segment, 0, "the") == 1.5
    assert first_shown(segment, 6, "the") == 2.8


def test_partials_belong_to_the_phrase_they_precede_in_the_audio() -> None:
    later = [("bye", 3.0, 3.5)]
    messages = [
        hypothesis(1.5, 1.0, 1.4, "good"),
        phrase(2.8, WORDS),
        hypothesis(3.4, 3.0, 3.3, "by"),
        phrase(4.2, later),
    ]
    first, second = segments(Heard(sent=SENT, messages=messages))
    assert [shown.words for shown in first.hypotheses] == [["good"]]
    assert [shown.words for shown in second.hypotheses] == [["by"]]
    assert second.lexical == "bye"


def test_partials_of_a_phrase_without_words_are_not_given_to_the_next() -> None:
    nothing = phrase(2.8, WORDS, status="NoMatch")
    messages = [hypothesis(1.5, 1.0, 1.4, "good"), nothing, phrase(4.2, [("bye", 3.0, 3.5)])]
    (only,) = segments(Heard(sent=SENT, messages=messages))
    assert only.hypotheses == ()


def test_phrases_count_by_when_they_were_said_however_late_they_come() -> None:
    heard = Heard(sent=SENT, messages=[phrase(2.8, WORDS), phrase(60.0, [("bye", 3.0, 3.5)])])
    assert len(latencies(heard, since=3.0, until=5.0).final) == 1
    assert latencies(heard, since=3.0, until=5.0).final[0] == pytest.approx(56.5)


def test_a_text_that_only_grows_is_not_revised() -> None:
    assert revisions([["a"], ["a", "b"], ["a", "b"]]) == 0
    assert revisions([["a"], ["b"], ["b", "c"], ["b"]]) == 2


def test_words_are_compared_without_marks_and_capitals() -> None:
    assert plain_words("It's Four, o'clock.") == ["it's", "four", "o'clock"]
