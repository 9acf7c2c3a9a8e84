"""Listed phrases are written the way they were listed: "comfyui", heard, becomes "ComfyUI"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auricle.engine.recogniser import Phrase


def as_listed(words: Sequence[str], phrases: Iterable[Phrase]) -> list[str]:
    """The words of a transcript, those that make up a listed phrase in its capitals; punctuation around them stays.

    A phrase listed all in lower case asks for nothing: the sentence decides.
    """
    written = list(words)
    keys = [_key(word) for word in words]
    for phrase in phrases:
        listed = phrase.text.split()
        if phrase.text == phrase.text.lower() or not listed:
            continue
        wanted = [_key(word) for word in listed]
        for at in range(len(keys) - len(wanted) + 1):
            if keys[at : at + len(wanted)] == wanted:
                for offset, word in enumerate(listed):
                    written[at + offset] = _recased(written[at + offset], word)
    return written


def _recased(word: str, listed: str) -> str:
    """`listed` between the punctuation that stands around `word`."""
    core = _core(word)
    before, _, after = word.partition(core)
    return f"{before}{_core(listed)}{after}"


def _key(word: str) -> str:
    return _core(word).casefold()


def _core(word: str) -> str:
    """A word without the punctuation before and after it; the whole word if it is nothing else."""
    first = next((i for i, c in enumerate(word) if c.isalnum()), 0)
    last = next((i for i in range(len(word), 0, -1) if word[i - 1].isalnum()), len(word))
    return word[first:last] or word
