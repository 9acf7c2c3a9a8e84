"""Locales lead to languages and back."""

from __future__ import annotations

import pytest

from auricle.recognition.locales import by_preference, language_of, locales_of


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en-US", "en"), ("EN-us", "en"), ("de", "de"), ("nb-NO", "no"), ("zh-CN", "zh"), ("pt_BR", "pt")],
)
def test_the_language_of_a_locale(locale: str, language: str) -> None:
    assert language_of(locale) == language


def test_the_locales_of_languages_lead_back_to_them() -> None:
    locales = locales_of({"en", "no", "xx"})
    assert "en-US" in locales
    assert "nb-NO" in locales
    assert {language_of(locale) for locale in locales} == {"en", "no"}
    assert locales == sorted(locales)


def test_english_is_heard_by_the_first_model_and_everything_else_by_the_last() -> None:
    assert by_preference("en-GB", ["english", "other"]) == ["english", "other"]
    assert by_preference("de-DE", ["english", "other"]) == ["other", "english"]
