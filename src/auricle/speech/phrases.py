"""A final result in Azure's JSON: `RecognitionStatus`, `DisplayText`, `NBest`; live and short audio share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from auricle.recognition.events import Alternative, Final, Outcome
from auricle.speech.messages import ceil_ms_ticks, ticks
from auricle.text.words import Word

_STATUS = {
    Outcome.SUCCESS: "Success",
    Outcome.NO_MATCH: "NoMatch",
    Outcome.INITIAL_SILENCE: "InitialSilenceTimeout",
    Outcome.BABBLE: "BabbleTimeout",
    Outcome.FAILED: "Error",
}


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """What a client wants to see of a result."""

    detailed: bool = False
    word_times: bool = False
    word_confidences: bool = False


def phrase(final: Final, output: OutputOptions) -> dict[str, Any]:
    """The JSON of a final result.

    Words that the profanity filter left nothing of are no result: the status becomes NoMatch.
    """
    said = final.outcome is Outcome.SUCCESS and any(a.text.display for a in final.alternatives)
    outcome = final.outcome if said or final.outcome is not Outcome.SUCCESS else Outcome.NO_MATCH
    result: dict[str, Any] = {
        "RecognitionStatus": _STATUS[outcome],
        "DisplayText": final.alternatives[0].text.display if said else "",
        "Offset": ticks(final.offset_s),
        "Duration": ticks(final.duration_s),
    }
    if said and output.detailed:
        result["NBest"] = [_alternative(a, output) for a in final.alternatives]
    if final.commit_tokens:
        result["clientAudioMetadata"] = {"X-Client-Commit-Token": final.commit_tokens[-1]}
    return result


def end_of_dictation(duration_s: float) -> dict[str, Any]:
    """The JSON that says all audio has been heard."""
    return {"RecognitionStatus": "EndOfDictation", "Offset": ceil_ms_ticks(duration_s), "Duration": 0}


def failure(status: str, reason: str) -> dict[str, Any]:
    """The JSON that ends a turn which cannot go on; native clients show all of it to a person."""
    return {"RecognitionStatus": status, "DisplayText": "", "Offset": 0, "Duration": 0, "Message": reason}


def _alternative(alternative: Alternative, output: OutputOptions) -> dict[str, Any]:
    text = alternative.text
    entry: dict[str, Any] = {
        "Confidence": round(alternative.confidence, 6),
        "Lexical": text.lexical,
        "ITN": text.itn,
        "MaskedITN": text.masked_itn,
        "Display": text.display,
    }
    if output.word_times or output.word_confidences:
        entry["Words"] = [_word("Word", word, output) for word in text.words]
    if output.word_times:
        entry["DisplayWords"] = [_timed("DisplayText", word) for word in text.display_words]
    return entry


def _word(name: str, word: Word, output: OutputOptions) -> dict[str, Any]:
    entry = _timed(name, word)
    if output.word_confidences:
        entry["Confidence"] = round(word.confidence, 6)
    return entry


def _timed(name: str, word: Word) -> dict[str, Any]:
    return {name: word.text, "Offset": ticks(word.start_s), "Duration": ticks(word.end_s) - ticks(word.start_s)}
