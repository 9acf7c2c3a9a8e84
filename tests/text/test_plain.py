from __future__ import annotations

import pytest

from auricle.text.formatter import TextFormatter, TextOptions
from tests.text.heard_words import formatted

PAIRS = [
    ("fr-FR", "Et c'est la dictée numéro 1.", "et c'est la dictée numéro un"),
    ("fr-FR", "Il a 91 ans.", "il a quatre vingt onze ans"),
    ("de-DE", "Der Preis: 1.000 Euro, also 12,5 %.", "der preis eintausend euro also zwölf komma fünf prozent"),
    ("es-MX", "¿Cómo estás? Tengo 1,000 pesos.", "cómo estás tengo mil pesos"),
    ("it-IT", "Ho 21 anni.", "ho ventuno anni"),
    ("nl-NL", "Een kat hoort immers te miauwen.", "een kat hoort immers te miauwen"),
    ("de-DE", "Code 007", "code 007"),
    ("ja-JP", "客観的実在の判断、である。", "客観的実在の判断 である"),
    ("hi-IN", "मैं ठीक हूँ। 25", "मैं ठीक हूँ 25"),
    ("xx", "Foo, 5!", "foo 5"),
]


@pytest.mark.parametrize(("locale", "heard", "lexical"), PAIRS)
def test_other_languages_are_lower_cased_stripped_and_said(locale: str, heard: str, lexical: str) -> None:
    assert formatted(heard, locale).lexical == lexical


def test_other_languages_keep_the_models_digits_in_itn_and_display() -> None:
    text = formatted("Der Preis: 1.000 Euro, also 12,5 %.", "de-DE")
    assert text.itn == "der preis 1.000 euro also 12,5 %"
    assert text.display == "Der Preis: 1.000 Euro, also 12,5 %."


@pytest.mark.parametrize("locale", ["de-DE", "es-ES", "fr-FR", "it-IT", "nl-NL", "pt-BR"])
@pytest.mark.parametrize(
    "number", ["0", "1", "16", "21", "99", "100", "1234", "999999", "123456789", "1234567890", "3,5"]
)
def test_every_number_is_said_without_digits_or_left_alone(locale: str, number: str) -> None:
    lexical = TextFormatter(locale).partial(number, TextOptions())
    assert lexical
    assert len(number) > 9 or locale == "es-ES" or not any(c.isdigit() for c in lexical)


@pytest.mark.parametrize("locale", ["", "-", "../../etc/passwd", "EN_us", "zz-ZZ"])
def test_an_unknown_locale_still_works(locale: str) -> None:
    assert formatted("Hello, World!", locale).lexical == "hello world"
