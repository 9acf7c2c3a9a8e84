"""Heard words taken apart: the core of each, and the punctuation around it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

SENTENCE_ENDS = frozenset(
    ".?!\N{HORIZONTAL ELLIPSIS}\N{IDEOGRAPHIC FULL STOP}\N{FULLWIDTH QUESTION MARK}\N{FULLWIDTH EXCLAMATION MARK}"
)
HARD_MARKS = SENTENCE_ENDS | {";", ":", "\N{FULLWIDTH SEMICOLON}", "\N{FULLWIDTH COLON}"}
DASHES = frozenset("-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}")
APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_SIGNS = frozenset("$€£¥₹%°+&@=*#")  # said as words when they stand alone
_SIGNS_BEFORE_DIGITS = "$€£¥₹#+-\N{MINUS SIGN}"
_SIGNS_AFTER = "%°+#"
_PLAIN_WORD = re.compile(r"""(["'(\[]*)([A-Za-z0-9](?:[A-Za-z0-9'.,:$-]*[A-Za-z0-9])?)([.,?!;:"')\]]*)""")
_DOTTED_LETTERS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One heard word, or a few that say one thing ("$5 million")."""

    lead: str
    core: str
    trail: str
    first: int  # index of the first heard word
    last: int  # index of the last
    abbreviated: bool = False  # the core ends in a period that is part of its spelling

    @property
    def ends_sentence(self) -> bool:
        """Whether a sentence may end behind this word."""
        return any(mark in HARD_MARKS for mark in self.trail)


def is_word_character(character: str) -> bool:
    """Letters, combining marks and numerals; everything else is punctuation."""
    return character.isalnum() or unicodedata.category(character)[0] in "LMN"


def bare_words(text: str) -> list[str]:
    """The words of a text, small and without punctuation other than apostrophes inside them."""
    if text.isascii() and text.isalnum():
        return [text.lower()]
    plain = unicodedata.normalize("NFKC", text).replace(APOSTROPHE, "'").lower()
    kept = [
        c
        if is_word_character(c) or (c == "'" and 0 < i < len(plain) - 1 and plain[i - 1 : i + 2 : 2].isalpha())
        else " "
        for i, c in enumerate(plain)
    ]
    return "".join(kept).split()


def split(heard: Sequence[str], abbreviations: frozenset[str], common: frozenset[str]) -> list[Token]:
    """A token for each heard word; periods of known abbreviations and of dotted letters belong to the core."""
    tokens = [_token(word, index) for index, word in enumerate(heard)]
    for index, token in enumerate(tokens):
        if token.trail.startswith(".") and _is_abbreviation(token.core, abbreviations):
            follower = tokens[index + 1].core if index + 1 < len(tokens) else ""
            ends = not follower or (follower[:1].isupper() and follower.lower() in common)
            trail = token.trail if ends else token.trail[1:]
            tokens[index] = replace(token, core=token.core + ".", trail=trail, abbreviated=True)
    return tokens


def _is_abbreviation(core: str, abbreviations: frozenset[str]) -> bool:
    return core.lower() + "." in abbreviations or _DOTTED_LETTERS.fullmatch(core) is not None


def _token(word: str, index: int) -> Token:
    plain = _PLAIN_WORD.fullmatch(word)
    if plain:
        return Token(lead=plain[1], core=plain[2], trail=plain[3], first=index, last=index)
    start, end = 0, len(word)
    while start < end and not is_word_character(word[start]):
        start += 1
    while end > start and not is_word_character(word[end - 1]):
        end -= 1
    if start == end:
        core = word[:1] if word[:1] in _SIGNS else ""
        return Token(lead="", core=core, trail=word[len(core) :], first=index, last=index)
    while start and word[start - 1] in _SIGNS_BEFORE_DIGITS and word[start : start + 2].strip(".$€£¥₹ ")[:1].isdigit():
        start -= 1
    while end < len(word) and word[end] in _SIGNS_AFTER:
        end += 1
    if end < len(word) and word[end - 1] == "°":
        end = len(word.rstrip(".,?!;:"))
    return Token(lead=word[:start], core=word[start:end], trail=word[end:], first=index, last=index)
