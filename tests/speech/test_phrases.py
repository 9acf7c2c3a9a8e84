from __future__ import annotations

import pytest

from auricle.recognition.events import Alternative, Final, Outcome
from auricle.speech.phrases import OutputOptions, end_of_dictation, phrase
from auricle.text.formatter import FormattedText
from auricle.text.words import Word


def heard(display: str) -> Final:
    word = Word(text="hello", start_s=0.5, end_s=1.0, confidence=0.87654321)
    text = FormattedText(
        lexical="hello", itn="hello", masked_itn="hello", display=display, words=(word,), display_words=(word,)
    )
    return Final(
        outcome=Outcome.SUCCESS, offset_s=0.5, duration_s=0.5, alternatives=(Alternative(confidence=0.9, text=text),)
    )


def test_a_simple_phrase_has_no_alternatives() -> None:
    assert phrase(heard("Hello."), OutputOptions()) == {
        "RecognitionStatus": "Success",
        "DisplayText": "Hello.",
        "Offset": 5_000_000,
        "Duration": 5_000_000,
    }


def test_a_detailed_phrase_shows_words_only_when_asked() -> None:
    plain = phrase(heard("Hello."), OutputOptions(detailed=True))["NBest"][0]
    timed = phrase(heard("Hello."), OutputOptions(detailed=True, word_times=True))["NBest"][0]
    sure = phrase(heard("Hello."), OutputOptions(detailed=True, word_times=True, word_confidences=True))["NBest"][0]

    assert set(plain) == {"Confidence", "Lexical", "ITN", "MaskedITN", "Display"}
    assert timed["Words"] == [{"Word": "hello", "Offset": 5_000_000, "Duration": 5_000_000}]
    assert timed["DisplayWords"] == [{"DisplayText": "hello", "Offset": 5_000_000, "Duration": 5_000_000}]
    assert sure["Words"][0]["Confidence"] == 0.876543


def test_words_of_which_the_filter_left_nothing_are_no_match() -> None:
    result = phrase(heard(""), OutputOptions(detailed=True))

    assert result["RecognitionStatus"] == "NoMatch"
    assert "NBest" not in result


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.NO_MATCH, "NoMatch"),
        (Outcome.INITIAL_SILENCE, "InitialSilenceTimeout"),
        (Outcome.BABBLE, "BabbleTimeout"),
        (Outcome.FAILED, "Error"),
    ],
)
def test_every_outcome_has_a_status_and_always_an_offset_and_a_duration(outcome: Outcome, status: str) -> None:
    result = phrase(Final(outcome=outcome, offset_s=2.0, duration_s=0.0), OutputOptions(detailed=True))

    assert result == {"RecognitionStatus": status, "DisplayText": "", "Offset": 20_000_000, "Duration": 0}


def test_the_last_of_several_commits_is_answered_as_a_text() -> None:
    final = Final(outcome=Outcome.NO_MATCH, offset_s=0.0, duration_s=0.0, commit_tokens=("1", "2"))

    assert phrase(final, OutputOptions())["clientAudioMetadata"] == {"X-Client-Commit-Token": "2"}


def test_the_end_of_dictation_covers_all_audio() -> None:
    assert end_of_dictation(1.00001) == {"RecognitionStatus": "EndOfDictation", "Offset": 10_010_000, "Duration": 0}
