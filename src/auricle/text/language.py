"""What a locale knows about its writing: read once from the data files of its language.

A language without a folder under `data/` still works: its text is split, lower-cased and stripped of punctuation.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any


@dataclass(frozen=True, kw_only=True)
class SpokenMark:
    """A punctuation mark that can be said, and how it stands among words: close, open, join, alone or line."""

    mark: str
    stance: str


@dataclass(frozen=True, kw_only=True)
class Language:
    """The word lists of one language."""

    code: str
    common: frozenset[str] = frozenset()  # words that carry a capital only where a sentence starts
    capitals: Mapping[str, str] = field(default_factory=dict)  # lower case → as always written
    question_words: frozenset[str] = frozenset()
    contracted_questions: frozenset[str] = frozenset()
    auxiliaries: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    symbols: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[tuple[str, ...], SpokenMark] = field(default_factory=dict)
    profanities: frozenset[str] = frozenset()
    decimal_comma: bool = False
    number_words: str = ""  # the name that num2words has for the language


@cache
def language_of(locale: str) -> Language:
    """The language of a locale such as `en-US`; an unknown one has empty lists."""
    code = locale.replace("_", "-").split("-")[0].lower()
    folder = files("auricle.text").joinpath("data", code)
    if not code.isalpha() or not folder.is_dir():
        return Language(code=code)
    table = read_toml(code, "language")
    return Language(
        code=code,
        common=frozenset(word for line in _lines(folder, "common.txt") for word in line.split()),
        capitals={word.lower(): word for word in table.get("capitals", ())},
        question_words=frozenset(table.get("question_words", ())),
        contracted_questions=frozenset(table.get("contracted_questions", ())),
        auxiliaries=frozenset(table.get("auxiliaries", ())),
        subjects=frozenset(table.get("subjects", ())),
        symbols=table.get("symbols", {}),
        marks=dict(_spoken_mark(line) for line in _lines(folder, "dictation.tsv")),
        profanities=frozenset(form for line in _lines(folder, "profanity.txt") for form in _inflected(line)),
        decimal_comma=table.get("decimal_comma", False),
        number_words=table.get("number_words", ""),
    )


def read_toml(code: str, name: str) -> dict[str, Any]:
    """One data file of a language."""
    return tomllib.loads(files("auricle.text").joinpath("data", code, f"{name}.toml").read_text("utf-8"))


def _lines(folder: Traversable, name: str) -> list[str]:
    path = folder.joinpath(name)
    if not path.is_file():
        return []
    return [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("# ")]


def _spoken_mark(line: str) -> tuple[tuple[str, ...], SpokenMark]:
    spoken, mark, stance = line.split("\t")
    return tuple(spoken.split()), SpokenMark(mark=mark.replace("\\n", "\n"), stance=stance)


def _inflected(line: str) -> list[str]:
    stem, *endings = line.split()
    return [stem, *(stem + ending for ending in endings)]
