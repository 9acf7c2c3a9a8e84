from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.text.formatter import Profanity, Punctuation, TextFormatter, TextOptions
from auricle.text.words import Word
from tests.text.heard_words import formatted, heard

OPTIONS = st.builds(
    TextOptions, profanity=st.sampled_from(list(Profanity)), punctuation=st.sampled_from(list(Punctuation))
)
LOCALES = st.sampled_from(["en-US", "en-GB", "de-DE", "fr-FR", "es-MX", "ja-JP", "hi-IN", "xx"])
TELLING = st.sampled_from(
    [
        "twenty",
        "five",
        "hundred",
        "thousand",
        "million",
        "and",
        "a",
        "half",
        "point",
        "oh",
        "o'clock",
        "p",
        "m",
        "dollars",
        "cents",
        "percent",
        "may",
        "fifth",
        "of",
        "one",
        "first",
        "second",
        "third",
        "double",
        "dot",
        "com",
        "at",
        "mister",
        "comma",
        "period",
        "new",
        "line",
        "open",
        "quote",
        "close",
        "hyphen",
        "dash",
        "fuck",
        "$5",
        "3:30",
        "U.S.",
        "Mr.",
        "1st",
        "12-ounce",
        "50%",
        "&",
        "%",
        "-",
        "...",
        "1990s",
        "555-1234",
        "(555)",
        "million.",
        "Hello,",
        "I",
        "don't",
        "½",
        "№",
        "١٢",
        "ⅷ",
    ]
)
ANY_WORD = st.text(min_size=0, max_size=12) | TELLING


def timed(texts: list[str]) -> list[Word]:
    return [Word(text=text, start_s=i * 0.3, end_s=i * 0.3 + 0.25) for i, text in enumerate(texts)]


@settings(max_examples=400)
@given(st.lists(ANY_WORD, max_size=12), OPTIONS, LOCALES)
def test_any_words_make_texts_that_agree_with_their_words(texts: list[str], options: TextOptions, locale: str) -> None:
    words = timed(texts)

    text = TextFormatter(locale).format(words, options)

    assert [word.text for word in text.words] == text.lexical.split()
    assert " ".join(word.text for word in text.display_words) == text.display
    assert text.itn == " ".join(text.itn.split())
    assert text.masked_itn == " ".join(text.masked_itn.split())
    for timeline in (text.words, text.display_words):
        assert all(0 <= word.start_s <= word.end_s <= words[-1].end_s for word in timeline)
        assert all(one.end_s <= other.start_s for one, other in pairwise(timeline))


@settings(max_examples=400)
@given(st.lists(ANY_WORD, max_size=12), OPTIONS)
def test_lexical_english_is_small_and_has_no_punctuation(texts: list[str], options: TextOptions) -> None:
    lexical = TextFormatter("en-US").format(timed(texts), options).lexical
    assert lexical == lexical.lower()
    assert re.fullmatch(r"[\w' \u0300-\U0010ffff]*", lexical)
    assert not any(mark in lexical for mark in '.,?!;:"()[]$€%&@#-\u2013\u2014\u2026')


@settings(max_examples=300)
@given(st.lists(ANY_WORD, max_size=12))
def test_running_text_is_the_lexical_text(texts: list[str]) -> None:
    raw = TextOptions(profanity=Profanity.RAW)
    formatter = TextFormatter("en-US")
    assert formatter.partial(" ".join(texts), raw) == formatter.format(timed(texts), raw).lexical


def test_nothing_heard_is_nothing_written() -> None:
    text = TextFormatter("en-US").format([], TextOptions())
    assert (text.lexical, text.itn, text.masked_itn, text.display) == ("", "", "", "")
    assert text.words == text.display_words == ()


def test_an_utterance_has_its_four_texts() -> None:
    text = formatted("I'd like a twelve ounce shitty latte, Mr. Smith, at 3 PM.")
    assert text.lexical == "i'd like a twelve ounce shitty latte mister smith at three p m"
    assert text.itn == "i'd like a 12 ounce shitty latte mr smith at 3 PM"
    assert text.masked_itn == "i'd like a 12 ounce ****** latte mr smith at 3 PM"
    assert text.display == "I'd like a 12 ounce ****** latte, Mr. Smith, at 3 PM."


def test_names_acronyms_and_i_keep_their_capitals() -> None:
    display = "Then I saw Philip MacDougall at NASA."
    assert formatted(display).display == display


def references(shared: Path) -> list[str]:
    files = sorted((shared / "data").glob("*/transcripts.tsv"))
    lines = [line.split("\t", 1)[1] for file in files for line in file.read_text("utf-8").splitlines() if "\t" in line]
    return [line for line in lines if "||" not in line and any(c.isupper() for c in line)]


def test_display_like_transcripts_come_through_unless_they_hold_numbers(shared: Path) -> None:
    numbers = re.compile(r"\b(ten|\w+teen|\w+ty|hundred|thousand|twent\w+|one|zero|pounds)\b", re.IGNORECASE)
    plain = [line for line in references(shared) if not numbers.search(line)]
    assert len(plain) > 200
    for line in plain:
        assert formatted(line).display == line


def test_formatting_display_again_changes_nothing(shared: Path) -> None:
    for line in references(shared):
        once = formatted(line).display
        assert formatted(once).display == once


@pytest.mark.parametrize(
    "sentence", ["I have $25.50 and was born on May 5th, 1984 in New York, at three thirty p m or so."]
)
def test_formatting_is_fast_enough_for_every_result(sentence: str) -> None:
    formatter, words, options = TextFormatter("en-US"), heard(sentence), TextOptions()
    assert best_of(lambda: formatter.format(words, options)) < 0.003
    assert best_of(lambda: formatter.partial(sentence, options)) < 0.001


def best_of(work: object, rounds: int = 20) -> float:
    assert callable(work)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
