"""Final texts of real recordings against what was said, set by set and language by language."""

from __future__ import annotations

import pytest

from .python_client import PythonClient
from .recordings import Recordings
from .scoring import character_error_rate, word_error_rate

READ = ("arctic_b0032", "arctic_b0052", "arctic_b0057", "arctic_b0098", "arctic_b0126", "arctic_b0206")
NOVEL = ("0870", "0880", "0890", "0920", "0930")
PROMPTS = ("cannot-complete-as-dialed", "queue-youarenext", "conf-adminmenu-menu8", "vm-msginstruct", "ss-noservice")
ORDERS = ("613fe9bc", "63011534", "789fdd07", "7abfc788", "7efe9d68", "92657dad")
ACCENTED = ("001570024", "001570072", "001570290", "004820119", "004820268", "005750300", "005940142")


@pytest.mark.parametrize(
    ("of", "names", "most_wrong"),
    [
        ("jfk_en", ["jfk"], 0.05),
        ("general_read_en", READ, 0.03),
        ("librivox_sense_sensibility_en", [f"sense_and_sensibility_01_austen_64kb-{n}" for n in NOVEL], 0.03),
        ("telephony_prompts_en", PROMPTS, 0.06),
        ("coffee_orders_en", ORDERS, 0.12),
        ("mandarin_accent_en", ACCENTED, 0.35),
    ],
)
def test_english_is_understood(
    python: PythonClient, recordings: Recordings, of: str, names: list[str], most_wrong: float
) -> None:
    pairs = [(recordings.said(of, name), python.hear(recordings.samples(of, name)).text) for name in names]

    assert word_error_rate(pairs) <= most_wrong, pairs


@pytest.mark.parametrize(
    ("name", "language", "most_wrong"),
    [
        ("de_leopard", "de-DE", 0.1),
        ("de_leopard", "de-CH", 0.1),
        ("es_leopard", "es-ES", 0.1),
        ("es-us_riva", "es-MX", 0.1),
        ("fr_leopard", "fr-FR", 0.15),
        ("it_leopard", "it-IT", 0.2),
        ("nl_pim", "nl-NL", 0.1),
        ("pt_leopard", "pt-BR", 0.05),
        ("pl_gosia", "pl-PL", 0.15),
        ("ru_dmitri", "ru-RU", 0.15),
        ("ja_leopard", "ja-JP", 0.25),
        ("ko_leopard", "ko-KR", 0.5),
    ],
)
def test_other_languages_are_understood(
    python: PythonClient, recordings: Recordings, name: str, language: str, most_wrong: float
) -> None:
    heard = python.hear(recordings.samples("multilingual_short", name), language=language).text

    assert character_error_rate(recordings.said("multilingual_short", name), heard) <= most_wrong, heard


def test_a_text_begins_with_a_capital_and_ends_with_a_mark(python: PythonClient, recordings: Recordings) -> None:
    for name in READ:
        heard = python.hear(recordings.samples("general_read_en", name)).text
        assert heard[0].isupper()
        assert heard[-1] in ".?!"
