"""Display format rules: sections #itn, #rewrite, #profanity, and #test for what they should make of a sentence."""

from __future__ import annotations

import re
from collections import Counter
from enum import Enum

from auricle.adaptation.findings import Rejected, Warn
from auricle.adaptation.itn_pattern import parse_pattern
from auricle.adaptation.pronunciation import columns
from auricle.adaptation.wording import check_characters, plain

GRAMMAR_PUNCTUATION = ".,?、!:;？。，¿¡।؟،"  # noqa: RUF001 - the marks as they are documented
_ENGLISH = re.compile("[A-Za-z]")
_UNSPACED_LOCALES = ("zh-cn", "ja-jp")


class Section(Enum):
    """A kind of rule."""

    ITN = "itn"
    REWRITE = "rewrite"
    PROFANITY = "profanity"
    TEST = "test"


MAX_LINES = {Section.ITN: 200, Section.REWRITE: 1_000, Section.PROFANITY: 1_000}


class DisplayFormatRule:
    """Judges one line after the other."""

    def __init__(self, *, locale: str) -> None:
        self.rules = 0  # tests are none
        self._unspaced = locale.replace("_", "-").lower() in _UNSPACED_LOCALES
        self._section: Section | None = None
        self._refused = False
        self._counts: Counter[Section] = Counter()
        self._seen: set[tuple[Section, str]] = set()

    def __call__(self, text: str, warn: Warn) -> str | None:
        if text.startswith("//"):
            return None
        check_characters(text)
        if text.startswith("#"):
            return self._heading(text)
        section = self._open_section()
        limit = MAX_LINES.get(section)
        if limit is not None and self._counts[section] >= limit:
            reason = f"there are more than {limit} lines in #{section.value}"
            raise Rejected("tooManyRules", reason, "keep the rules that matter most")
        kept = self._judged(section, text)
        self._counts[section] += 1
        self.rules += section is not Section.TEST
        return kept

    def _heading(self, text: str) -> str:
        self._section = None
        name = text[1:].strip().lower()
        sections = {section.value: section for section in Section}
        if name not in sections:
            self._refused = True
            raise Rejected("unknownSection", "the section is not known", "use #itn, #rewrite, #profanity or #test")
        self._section, self._refused = sections[name], False
        return f"#{name}"

    def _open_section(self) -> Section:
        if self._section:
            return self._section
        if self._refused:
            raise Rejected("refusedHeading", "the heading above was rejected", "correct the heading")
        raise Rejected("noHeading", "there is no section above this rule", "begin with #itn, #rewrite or #profanity")

    def _judged(self, section: Section, text: str) -> str:
        match section:
            case Section.ITN:
                parse_pattern(text)
                return self._once(section, text, text)
            case Section.REWRITE:
                return self._rewrite(text)
            case Section.PROFANITY:
                return self._profanity(text)
            case Section.TEST:
                return "\t".join(columns(text, "the lexical form, a tab and the expected display"))

    def _rewrite(self, text: str) -> str:
        old, new = columns(text, "the old phrase, a tab and the new phrase")
        matched = _without_punctuation(old)
        if not matched:
            raise Rejected(
                "noWords", "the old phrase has only punctuation, which is ignored", "write the words to replace"
            )
        return self._once(Section.REWRITE, matched, f"{old}\t{new}")

    def _profanity(self, text: str) -> str:
        phrase = " ".join(text.split())
        if any(char in GRAMMAR_PUNCTUATION for char in phrase):
            raise Rejected("punctuation", "a profanity phrase cannot have punctuation", "write only its words")
        if not any(char.isalnum() for char in phrase):
            raise Rejected("noWords", "there are no words", "write the word to mask")
        if self._unspaced and sum(bool(_ENGLISH.search(word)) for word in phrase.split()) > 1:
            raise Rejected("englishPhrase", "English phrases cannot be masked in this locale", "list single words")
        return self._once(Section.PROFANITY, plain(phrase), phrase)

    def _once(self, section: Section, key: str, kept: str) -> str:
        """Matching ignores case, so a rule is known by its key in lower case."""
        known = (section, key.casefold())
        if known in self._seen:
            raise Rejected("duplicate", f"#{section.value} has a rule for this already", "keep one of the two lines")
        self._seen.add(known)
        return kept


def _without_punctuation(phrase: str) -> str:
    """As it is matched: marks at the start, and those that a space or the end follows, are ignored."""
    words = (word.rstrip(GRAMMAR_PUNCTUATION) for word in phrase.lstrip(GRAMMAR_PUNCTUATION + " ").split())
    return plain(" ".join(words))
