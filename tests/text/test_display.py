from __future__ import annotations

import pytest

from auricle.text.formatter import Punctuation
from tests.text.heard_words import formatted

BOTH = Punctuation.DICTATED_AND_AUTOMATIC

DICTATED = [
    ("hello comma world period", "Hello, world."),
    ("Hello, comma, world, period.", "Hello, world."),
    ("Hello. Comma. World. Period.", "Hello, World."),
    ("Hello full stop How are you question mark", "Hello. How are you?"),
    ("wait ellipsis what exclamation point", "Wait... What!"),
    ("wow exclamation mark", "Wow!"),
    ("two things colon this semicolon that period", "Two things: this; that."),
    ("Dear John comma new line thank you period", "Dear John,\nThank you."),
    ("Hello. New line. World.", "Hello.\nWorld."),
    ("Is it? New paragraph. Yes.", "Is it?\n\nYes."),
    ("he said open quote hello close quote period", 'He said "hello".'),
    ("He said, open quote, hello, close quote.", 'He said, "hello".'),
    ("one open parenthesis two close parenthesis period", "One (two)."),
    ("a well hyphen known fact period", "A well-known fact."),
    ("yes dash no period", "Yes - no."),
    ("the dog apostrophe s tail period", "The dog's tail."),
    ("The Jurassic period ended.", "The Jurassic. Ended."),
    ("what question mark exclamation mark", "What?!"),
    ("I like the U.S. period New York comma too period", "I like the U.S. New York, too."),
    ("it costs five dollars period", "It costs $5."),
    ("comma", ","),
]


@pytest.mark.parametrize(("heard", "display"), DICTATED)
def test_spoken_marks_become_marks(heard: str, display: str) -> None:
    assert formatted(heard, punctuation=BOTH).display == display


def test_lexical_and_itn_keep_the_spoken_marks() -> None:
    text = formatted("hello comma world period", punctuation=BOTH)
    assert text.lexical == text.itn == "hello comma world period"


def test_spoken_marks_stay_words_outside_dictation() -> None:
    assert formatted("The Jurassic period ended.").display == "The Jurassic period ended."


def test_dictated_punctuation_alone_drops_the_models_marks() -> None:
    text = formatted("Hello, comma, world. How are you, question mark?", punctuation=Punctuation.DICTATED)
    assert text.display == "Hello, world how are you?"


def test_without_punctuation_there_is_none_and_sentences_lose_their_capitals() -> None:
    text = formatted("Hello, Mr. Smith. How are you? It's $5.20 in the U.S. now.", punctuation=Punctuation.NONE)
    assert text.display == "Hello Mr Smith how are you it's $5.20 in the U.S. now"


@pytest.mark.parametrize(
    ("heard", "display"),
    [
        ("hello there", "Hello there."),
        ("what is your name", "What is your name?"),
        ("how are you", "How are you?"),
        ("do you know", "Do you know?"),
        ("what's the weather like", "What's the weather like?"),
        ("when i get home i'll call", "When I get home I'll call."),
        ("what a day", "What a day."),
        ("see you on monday", "See you on Monday."),
        ("had he known he might have come", "Had he known he might have come."),
    ],
)
def test_a_model_without_marks_gets_a_capital_and_an_end(heard: str, display: str) -> None:
    assert formatted(heard).display == display


def test_a_dash_that_stands_alone_stays_behind_a_rewritten_number() -> None:
    assert formatted("I have twenty - maybe more.").display == "I have 20 - maybe more."


def test_a_missing_space_between_sentences_is_two_words() -> None:
    text = formatted("Hello.There he is.")
    assert text.lexical == text.itn == "hello there he is"


def test_a_model_with_capitals_is_not_corrected() -> None:
    assert formatted("I want an iced coffee").display == "I want an iced coffee"


@pytest.mark.parametrize(
    ("locale", "heard", "display"),
    [
        ("de-DE", "Hallo Komma Welt Ausrufezeichen", "Hallo, Welt!"),
        ("fr-FR", "Bonjour virgule monde point", "Bonjour, monde."),
        ("es-ES", "Hola coma abrir interrogación qué tal cerrar interrogación", "Hola, ¿qué tal?"),
        ("it-IT", "Ciao virgola mondo punto", "Ciao, mondo."),
        ("pt-BR", "Olá vírgula mundo ponto final", "Olá, mundo."),
        ("nl-NL", "Hallo komma wereld punt", "Hallo, wereld."),
    ],
)
def test_other_languages_dictate_in_their_own_words(locale: str, heard: str, display: str) -> None:
    assert formatted(heard, locale, punctuation=BOTH).display == display
