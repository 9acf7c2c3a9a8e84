"""The phones of the Universal Phone Set that a lexicon may use.

For English the published set is enforced. No set is published for other languages, so there the labels are checked for
their form alone.
"""

from __future__ import annotations

import re

from auricle.adaptation.findings import Rejected
from auricle.adaptation.wording import is_english

MAX_PHONES = 100  # of one word

_CONSONANTS = "B CH D DH F G H JH K L M N NG P R S SH T TH V W J Z ZH"
_VOWELS = "AA AE AH AO AOX AU AX AI EH EHX ER EI IH I O OI OWX Q UH U UWX"
ENGLISH = frozenset(f"{_CONSONANTS} {_VOWELS}".split())
_STRESS_AND_SYLLABLES = frozenset(("S1", "S2", "."))
_LABEL = re.compile(r"[A-Z][A-Z0-9]{0,3}|\+")
_FROM_ARPABET = {"HH": "H", "IY": "I", "UW": "U", "OW": "O", "EY": "EI", "AY": "AI", "AW": "AU", "OY": "OI", "Y": "J"}


def read_phones(text: str, locale: str) -> tuple[str, ...]:
    """The phones of one pronunciation, in capitals. Raises Rejected for one that is not in the set."""
    phones = tuple(text.upper().split())
    if not any(phone not in _STRESS_AND_SYLLABLES for phone in phones):
        raise Rejected("noPhones", "there are no phones", "write the phones after the slash, such as 'cat/K AE T'")
    if len(phones) > MAX_PHONES:
        raise Rejected("tooManyPhones", f"there are {len(phones)} phones", f"keep to {MAX_PHONES} phones a word")
    for phone in phones:
        if not _is_known(phone, locale):
            raise Rejected("unknownPhone", f"{phone[:16]!r} is no phone of the Universal Phone Set", _advice(phone))
    return phones


def _is_known(phone: str, locale: str) -> bool:
    if phone in _STRESS_AND_SYLLABLES:
        return True
    return phone in ENGLISH if is_english(locale) else _LABEL.fullmatch(phone) is not None


def _advice(phone: str) -> str:
    if better := _FROM_ARPABET.get(phone.rstrip("012")):
        return f"write {better}"
    return "separate the phones by spaces and use the labels of the Universal Phone Set"
