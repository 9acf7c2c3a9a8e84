"""Listed phrases are written the way they were listed: "comfyui", heard, becomes "ComfyUI"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auricle.engine.recogniser import Phrase


class ListedSpelling:
    """Knows how a list's phrases are written. A phrase all in lower case asks for nothing: the sentence decides."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_first: dict[str, list[tuple[list[str], list[str]]]] = {}  # first word: whole phrase, as listed
        for phrase in phrases:
            listed = phrase.text.split()
            if listed and phrase.text != phrase.text.lower():
                keys = [_key(word) for word in listed]
                self._by_first.setdefault(keys[0], []).append((keys, listed))

    def of(self, words: Sequence[str]) -> list[str]:
        """The words of a transcript, those of a listed phrase in its capitals; punctuation around them stays."""
        written = list(words)
        keys = [_key(word) for word in words]
        for at, key in enumerate(keys):
            for wanted, listed in self._by_first.get(key, ()):
                if keys[at : at + len(wanted)] == wanted:
                    written[at : at + len(wanted)] = map(_recased, written[at : at + len(wanted)], listed)
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
