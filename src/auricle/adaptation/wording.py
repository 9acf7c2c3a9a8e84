"""What every text to learn from has to keep to: words, no addresses, no endless repetition, no control characters.

Typography whose plain form is certain is made plain; case, punctuation and digits stay as they were written, because
the models write display text themselves. Lower-casing and saying numbers belong to whoever compares texts.
"""

from __future__ import annotations

import re
import unicodedata

from auricle.adaptation.encoding import MAX_LINE_CHARS
from auricle.adaptation.findings import Problem, Rejected, Warn

MAX_REPETITIONS = 3
_LONGEST_GROUP = 8  # words of a group that may be repeated

_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://|\bwww\.\w|\bmailto:\S", re.IGNORECASE)
_SAME_LETTER = re.compile(rf"([^\W\d_])\1{{{MAX_REPETITIONS}}}")
_WORD = re.compile(r"[^\W_]")
_BETWEEN_WORDS = {ord(char): " " for char in '.,;:!?"()[]…。、，！？；：¿¡'}  # noqa: RUF001 - full width is meant
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
        **dict.fromkeys("\u2014\u2015", "--"),
        **dict.fromkeys("\u200b\u200e\u200f\u2060\u00ad", ""),
        "\u2026": "...",
    }
)
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()}
_LAST_PLAIN = "\u00a1"  # in English


def check_characters(text: str) -> None:
    """Raises Rejected for what is no text: broken bytes, control characters, lines without end."""
    if len(text) > MAX_LINE_CHARS:
        raise Rejected(
            "lineTooLong", f"the line has more than {MAX_LINE_CHARS} characters", "write one utterance a line"
        )
    if "\ufffd" in text:
        raise Rejected(
            "invalidEncoding", "the line has bytes that are not text in the file's encoding", "save as UTF-8"
        )
    if found := _CONTROL.search(text):
        code = ord(found.group())
        raise Rejected("controlCharacter", f"the line has the control character U+{code:04X}", "remove it")


def check_wording(text: str) -> None:
    """Raises Rejected for what cannot be spoken or would teach nonsense."""
    if not _WORD.search(text):
        raise Rejected("noWords", "there are no words", "write what is spoken, or delete the line")
    if _ADDRESS.search(text):
        raise Rejected("address", "there is a web address", "write it as it is spoken, or remove it")


def check_repetition(text: str) -> None:
    """Raises Rejected for letters, words or groups of words that are repeated more than MAX_REPETITIONS times."""
    if found := _SAME_LETTER.search(text):
        reason = f"the letter {found.group(1)!r} is repeated more than {MAX_REPETITIONS} times"
        raise Rejected("repetition", reason, "write the word as it is spelled")
    if group := repeated_group(text):
        reason = f"{group[:40]!r} is repeated more than {MAX_REPETITIONS} times"
        raise Rejected("repetition", reason, f"keep at most {MAX_REPETITIONS} repetitions")


def warn_of_special_characters(text: str, locale: str, warn: Warn) -> None:
    """English texts are expected in plain characters; others are kept and said."""
    if text.isascii() or not is_english(locale):
        return
    special = sorted({char for char in text if char > _LAST_PLAIN})
    if special:
        reason = f"the line has characters that English texts rarely need: {' '.join(special[:8])}"
        warn(Problem(code="specialCharacter", reason=reason, advice="write them as they are spoken, if they are"))


def plain(text: str) -> str:
    """Straight quotes, plain dashes, half-width letters, composed accents, single spaces. Doing it twice changes nothing."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_HALF_WIDTH).translate(_PLAIN)
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.split())


def is_english(locale: str) -> bool:
    """Whether a locale is one of English."""
    return locale.replace("_", "-").split("-")[0].lower() == "en"


def repeated_group(text: str) -> str | None:
    """The words that are said more than MAX_REPETITIONS times in a row."""
    words = text.casefold().translate(_BETWEEN_WORDS).split()
    if len(words) - len(set(words)) < MAX_REPETITIONS:
        return None
    for size in range(1, _LONGEST_GROUP + 1):
        run = 0
        for place, (one, other) in enumerate(zip(words, words[size:], strict=False)):
            run = run + 1 if one == other else 0
            if run >= MAX_REPETITIONS * size:
                return " ".join(words[place + 1 : place + 1 + size])
    return None
