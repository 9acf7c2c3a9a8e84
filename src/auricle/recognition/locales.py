"""The locales a language is offered in, as clients name them; any other region of a language is heard just as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

M = TypeVar("M")

# ISO 639-1 (as the models name languages) -> regions
REGIONS = {
    "af": "ZA", "am": "ET", "ar": "AE BH DZ EG IQ JO KW LB LY MA OM PS QA SA SY TN YE", "as": "IN", "az": "AZ",
    "bg": "BG", "bn": "IN", "bs": "BA", "ca": "ES", "cs": "CZ", "cy": "GB", "da": "DK", "de": "AT CH DE", "el": "GR",
    "en": "AU CA GB GH HK IE IN KE NG NZ PH SG TZ US ZA",
    "es": "AR BO CL CO CR CU DO EC ES GQ GT HN MX NI PA PE PR PY SV US UY VE",
    "et": "EE", "eu": "ES", "fa": "IR", "fi": "FI", "fr": "BE CA CH FR", "gl": "ES", "gu": "IN", "he": "IL", "hi": "IN",
    "hr": "HR", "hu": "HU", "hy": "AM", "id": "ID", "is": "IS", "it": "CH IT", "ja": "JP", "jw": "ID", "ka": "GE",
    "kk": "KZ", "km": "KH", "kn": "IN", "ko": "KR", "lo": "LA", "lt": "LT", "lv": "LV", "mk": "MK", "ml": "IN",
    "mn": "MN", "mr": "IN", "ms": "MY", "mt": "MT", "my": "MM", "ne": "NP", "nl": "BE NL", "no": "NO", "pa": "IN",
    "pl": "PL", "ps": "AF", "pt": "BR PT", "ro": "RO", "ru": "RU", "si": "LK", "sk": "SK", "sl": "SI", "so": "SO",
    "sq": "AL", "sr": "RS", "sv": "SE", "sw": "KE TZ", "ta": "IN", "te": "IN", "th": "TH", "tr": "TR", "uk": "UA",
    "ur": "IN", "uz": "UZ", "vi": "VN", "yue": "CN HK", "zh": "CN HK TW",
}  # fmt: skip
ALIASES = {"nb": "no", "fil": "tl", "jv": "jw", "wuu": "zh"}  # as clients write it -> as models name it
SPELLINGS = {"no": "nb", "jw": "jv"}  # and back


def language_of(locale: str) -> str:
    """The language, as models name it, of a locale such as `en-US`, `nb-NO` or `zh-CN`; case does not matter."""
    language = locale.strip().replace("_", "-").split("-")[0].lower()
    return ALIASES.get(language, language)


def locales_of(languages: Iterable[str]) -> list[str]:
    """The usual locales of these languages, in alphabetical order."""
    return sorted(
        f"{SPELLINGS.get(language, language)}-{region}"
        for language in languages
        for region in REGIONS.get(language, "").split()
    )


def by_preference(locale: str, models: Sequence[M]) -> Sequence[M]:
    """The models in the order in which they are asked to hear a locale: the first one is there for English."""
    return models if language_of(locale) == "en" else models[::-1]
