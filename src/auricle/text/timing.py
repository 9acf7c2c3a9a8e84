"""Time shared out: an interval among the words that were said in it."""

from __future__ import annotations

from collections.abc import Sequence

from auricle.text.words import Word


def orderly(words: Sequence[Word]) -> list[Word]:
    """The words with times that never run backwards."""
    ordered: list[Word] = []
    now = words[0].start_s if words else 0.0
    for word in words:
        start = max(word.start_s, now)
        now = max(word.end_s, start)
        ordered.append(word if (start, now) == (word.start_s, word.end_s) else _moved(word, start, now))
    return ordered


def shared_out(texts: Sequence[str], span: Sequence[Word]) -> list[Word]:
    """The interval of `span` among `texts` in proportion to their letters, without gaps; the confidence is the lowest."""
    start, end = span[0].start_s, span[-1].end_s
    confidence = min(word.confidence for word in span)
    if len(texts) == 1:
        return [Word(text=texts[0], start_s=start, end_s=end, confidence=confidence)]
    total = sum(len(text) for text in texts)
    words, said = [], 0
    at = start
    for text in texts:
        said += len(text)
        until = end if said == total else min(end, start + (end - start) * said / total)
        words.append(Word(text=text, start_s=at, end_s=max(at, until), confidence=confidence))
        at = words[-1].end_s
    return words


def _moved(word: Word, start_s: float, end_s: float) -> Word:
    return Word(text=word.text, start_s=start_s, end_s=end_s, confidence=word.confidence)
