"""Languages without a grammar of their own: punctuation dropped, numbers said by num2words where it knows the language.

What the model wrote stays as it is in the ITN: models for these languages write digits themselves.
"""

from __future__ import annotations

import re
from functools import lru_cache

from auricle.text.language import Language
from auricle.text.tokens import Token, bare_words

_LONGEST_SAID = 9  # digits; longer ones are codes and stay digits


def say(token: Token, language: Language) -> tuple[str, ...]:
    """The words of a token as they are said."""
    core = token.core
    if not is_written(core, language):
        return tuple(bare_words(core))
    pieces = re.findall(_number_pattern(decimal_comma=language.decimal_comma) + r"|\d+|[^\W\d]+|\S", core)
    return tuple(word for piece in pieces for word in _said(piece, language))


def is_written(core: str, language: Language) -> bool:
    """Whether the model wrote digits or signs."""
    return any(c.isdecimal() or c in language.symbols for c in core)


def _number_pattern(*, decimal_comma: bool) -> str:
    return (
        r"\d{1,3}(?:\.\d{3})+(?!\d)|\d+,\d+|\d+(?![^\W\d])"
        if decimal_comma
        else r"\d{1,3}(?:,\d{3})+(?!\d)|\d+\.\d+|\d+(?![^\W\d])"
    )


def _said(piece: str, language: Language) -> list[str]:
    if piece in language.symbols:
        return language.symbols[piece].split()
    if not piece[0].isdecimal() or not language.number_words:
        return bare_words(piece)
    if language.decimal_comma:
        piece = piece.replace(".", "").replace(",", ".")
    piece = piece if language.decimal_comma else piece.replace(",", "")
    return list(_number_words(piece, language.number_words)) or bare_words(piece)


@lru_cache(maxsize=4096)
def _number_words(number: str, name: str) -> tuple[str, ...]:
    """The number said, or nothing when it is too long or starts with a zero like a code."""
    whole = number.partition(".")[0]
    if len(number) > _LONGEST_SAID or not number.isascii() or (len(whole) > 1 and whole.startswith("0")):
        return ()
    from num2words import num2words  # noqa: PLC0415 - only speakers of these languages pay for it

    said = num2words(float(number) if "." in number else int(number), lang=name)
    return tuple(bare_words(said.replace("-", " ")))
