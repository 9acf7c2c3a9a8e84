from __future__ import annotations

import pytest

from auricle.text.formatter import Profanity, Punctuation, TextFormatter, TextOptions
from tests.text.heard_words import formatted

SENTENCE = "What the fuck, man."


@pytest.mark.parametrize(
    ("profanity", "masked_itn", "display"),
    [
        (Profanity.MASKED, "what the **** man", "What the ****, man."),
        (Profanity.REMOVED, "what the man", "What the man."),
        (Profanity.RAW, "what the fuck man", "What the fuck, man."),
        (Profanity.TAGS, "what the <profanity>fuck</profanity> man", "What the <profanity>fuck</profanity>, man."),
    ],
)
def test_profanity_is_treated_as_asked(profanity: Profanity, masked_itn: str, display: str) -> None:
    text = formatted(SENTENCE, profanity=profanity)
    assert (text.masked_itn, text.display) == (masked_itn, display)


@pytest.mark.parametrize("profanity", Profanity)
def test_lexical_and_itn_are_never_treated(profanity: Profanity) -> None:
    text = formatted(SENTENCE, profanity=profanity)
    assert text.lexical == text.itn == "what the fuck man"


@pytest.mark.parametrize(
    "word", ["Fucking", "fucked", "SHITTY", "bitches", "bullshit", "assholes", "motherfucker", "goddamn"]
)
def test_inflections_and_capitals_are_known(word: str) -> None:
    assert formatted(f"That {word} thing.").display == f"That {'*' * len(word)} thing."


@pytest.mark.parametrize(
    "word", ["Scunthorpe", "assess", "cockpit", "shitake", "Dick", "classic", "hello", "pricked", "hell", "sex"]
)
def test_innocent_words_are_left_alone(word: str) -> None:
    assert formatted(f"See {word} now.").display == f"See {word} now."


def test_the_profane_part_of_a_compound_is_masked() -> None:
    assert formatted("You mother-fucker!").display == "You mother-******!"


def test_a_removed_opening_hands_its_capital_on() -> None:
    assert formatted("Fucking great. Shit!", profanity=Profanity.REMOVED).display == "Great."


def test_only_profanity_removed_leaves_nothing() -> None:
    text = formatted("Fuck!", profanity=Profanity.REMOVED)
    assert (text.display, text.masked_itn, text.display_words) == ("", "", ())
    assert text.lexical == "fuck"


@pytest.mark.parametrize(
    ("profanity", "partial"),
    [
        (Profanity.MASKED, "what the **** man"),
        (Profanity.REMOVED, "what the man"),
        (Profanity.RAW, "what the fuck man"),
    ],
)
def test_running_text_is_treated_too(profanity: Profanity, partial: str) -> None:
    assert TextFormatter("en-US").partial(SENTENCE, TextOptions(profanity=profanity)) == partial


@pytest.mark.parametrize(
    ("locale", "text", "masked"),
    [
        ("de-DE", "So eine Scheiße!", "So eine *******!"),
        ("fr-FR", "Merde alors.", "***** alors."),
        ("es-ES", "¡Qué mierda!", "¡Qué ******!"),
        ("it-IT", "Che cazzo.", "Che *****."),
    ],
)
def test_other_languages_have_lists_of_their_own(locale: str, text: str, masked: str) -> None:
    assert formatted(text, locale).display == masked


def test_masks_survive_where_punctuation_is_switched_off() -> None:
    assert formatted(SENTENCE, punctuation=Punctuation.NONE).display == "What the **** man"
