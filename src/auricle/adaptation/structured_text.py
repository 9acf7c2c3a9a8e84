"""Structured text: lists of items, a phonetic lexicon, and sections of sentences that refer to the lists.

A list may stand after the sentences that use it, and one without a usable item is no list; so the file is read twice:
`Lists` is filled first, `StructuredTextRule` judges the lines then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from itertools import count

from auricle.adaptation.findings import Problem, Rejected, Warn
from auricle.adaptation.language import UtteranceRule
from auricle.adaptation.phones import read_phones
from auricle.adaptation.wording import check_characters, plain

MAX_LISTS = 20
MAX_ITEMS = 35_000  # of one list
MAX_LEXICON_ENTRIES = 15_000
MAX_PRONUNCIATIONS = 2  # of one word

_COMMENT = re.compile(r"(?:^|\s)//.*")
_LIST = re.compile(r"@\s*list\b(?P<name>[^=]*)(?P<rest>=.*)?", re.IGNORECASE)
_LEXICON = re.compile(r"@\s*speech\s*:\s*phoneticlexicon\s*=?", re.IGNORECASE)
_NAME = re.compile(r"\w[\w.-]{0,63}")
_SECTION = re.compile(r"#+\s*(?P<name>.*)")
_ENTRY = re.compile(r"[-*+]\s+(?P<text>.+)|-(?P<tight>[^\s-].*)")
_REFERENCE = re.compile(r"\{\s*@(?P<name>[^{}@]*)\}")
_HOW_TO_REFER = "refer to a list as {@name}, and keep braces for that"


class _Place(Enum):
    """What the entries below a heading are."""

    NOWHERE = "nowhere"
    LIST = "list"
    LEXICON = "lexicon"
    SECTION = "section"
    REFUSED = "refused"  # below a heading that was rejected


@dataclass(kw_only=True)
class Lists:
    """The lists of a file by name (case does not matter) and how many usable items each has."""

    items: dict[str, int] = field(default_factory=dict)

    def usable(self, name: str) -> bool:
        return self.items.get(name.casefold(), 0) > 0


class StructuredTextRule:
    """Judges one line after the other. With `known` None the file is only searched for lists, which come to `lists`."""

    def __init__(self, *, locale: str, normalise: bool, known: Lists | None = None) -> None:
        self.lists = Lists()
        self.learnable = 0  # items, lexicon entries and sentences
        self._locale = locale
        self._normalise = normalise
        self._utterance = UtteranceRule(locale=locale, normalise=normalise, may_repeat=True)
        self._known = known
        self._place = _Place.NOWHERE
        self._list = ""
        self._entries = 0  # of the lexicon
        self._pronunciations: dict[str, set[tuple[str, ...]]] = {}

    def __call__(self, text: str, warn: Warn) -> str | None:
        text = _without_comment(text)
        if not text:
            return None
        check_characters(text)
        if self._normalise and not (text := _without_comment(plain(text))):
            return None
        if text.startswith("@"):
            return self._entity(text)
        if text.startswith("#"):
            return self._section(text, warn)
        entry = _ENTRY.fullmatch(text)
        if not entry:
            raise Rejected(
                "unexpectedLine",
                "the line is neither a heading nor an entry",
                "begin entries with '- ', comments with //",
            )
        kept = self._entry(entry["text"] or entry["tight"], warn)
        self.learnable += 1
        return f"- {kept}"

    def _entity(self, text: str) -> str:
        self._place = _Place.REFUSED
        if _LEXICON.fullmatch(text):
            self._place = _Place.LEXICON
            return "@ speech:phoneticlexicon"
        found = _LIST.fullmatch(text)
        if not found:
            raise Rejected(
                "unknownEntity",
                "only lists and the phonetic lexicon can be used",
                "write '@ list name =' or '@ speech:phoneticlexicon'",
            )
        name = found["name"].strip()
        self._open_list(name, (found["rest"] or "=")[1:].strip())
        if self._known and not self._known.usable(name):
            raise Rejected("emptyList", "the list has no usable item", "add items, one '- item' a line")
        return f"@ list {name} ="

    def _open_list(self, name: str, rest: str) -> None:
        if not _NAME.fullmatch(name) or rest:
            raise Rejected(
                "listHeading", "the list's heading is malformed", "write '@ list name =' and one '- item' a line"
            )
        key = name.casefold()
        if key in self.lists.items:
            raise Rejected("duplicateList", f"there is a list {name!r} already", "put all items under one heading")
        if len(self.lists.items) >= MAX_LISTS:
            raise Rejected(
                "tooManyLists", f"there are more than {MAX_LISTS} lists", "merge lists, or use another dataset"
            )
        self.lists.items[key] = 0
        self._place, self._list = _Place.LIST, key

    def _section(self, text: str, warn: Warn) -> str:
        found = _SECTION.fullmatch(text)
        name = found["name"].strip() if found else ""
        kept = re.sub(r"\W+", "_", name).strip("_")[:64] or "Sentences"
        if kept != name:
            reason = f"a section's name has only letters, digits and underscores; it is read as {kept!r}"
            warn(Problem(code="sectionName", reason=reason, advice="rename the section"))
        self._place = _Place.SECTION
        return f"# {kept}"

    def _entry(self, text: str, warn: Warn) -> str:
        match self._place:
            case _Place.LIST:
                return self._item(text, warn)
            case _Place.LEXICON:
                return self._lexicon_entry(text)
            case _Place.SECTION:
                return self._sentence(text, warn)
            case _Place.REFUSED:
                raise Rejected("refusedHeading", "the heading above was rejected", "correct the heading")
            case _Place.NOWHERE:
                raise Rejected(
                    "noHeading", "there is no heading above this entry", "write '# SectionName' above sentences"
                )

    def _item(self, text: str, warn: Warn) -> str:
        if "{" in text or "}" in text:
            raise Rejected("braces", "an item of a list has braces", "write the item out; lists do not refer to lists")
        if self.lists.items[self._list] >= MAX_ITEMS:
            raise Rejected("tooManyItems", f"the list has more than {MAX_ITEMS} items", "split it into several lists")
        kept = self._utterance(text, warn)
        self.lists.items[self._list] += 1
        return kept

    def _lexicon_entry(self, text: str) -> str:
        word, slash, spelled = text.rpartition("/")
        word = plain(word)
        if not slash or not word or " " in word or word.startswith("/"):
            raise Rejected("lexiconEntry", "expected one word, a slash and phones", "write '- word/PH O N Z'")
        phones = read_phones(spelled, self._locale)
        self._check_lexicon_room(word, phones)
        self._pronunciations.setdefault(word.casefold(), set()).add(phones)
        self._entries += 1
        return f"{word}/{' '.join(phones)}"

    def _check_lexicon_room(self, word: str, phones: tuple[str, ...]) -> None:
        known = self._pronunciations.get(word.casefold(), set())
        if phones in known:
            raise Rejected("duplicate", f"{word!r} has this pronunciation already", "delete one of the two lines")
        if len(known) >= MAX_PRONUNCIATIONS:
            reason = f"{word!r} has more than {MAX_PRONUNCIATIONS} pronunciations"
            raise Rejected("tooManyPronunciations", reason, "keep the most common ones")
        if self._entries >= MAX_LEXICON_ENTRIES:
            reason = f"the lexicon has more than {MAX_LEXICON_ENTRIES} entries"
            raise Rejected("tooManyEntries", reason, "keep the words that are misheard without an entry")

    def _sentence(self, text: str, warn: Warn) -> str:
        names = [found["name"].strip() for found in _REFERENCE.finditer(text)]
        places = count()
        spoken = _REFERENCE.sub(lambda _: f" item{next(places)} ", text).strip()
        if "{" in spoken or "}" in spoken:
            raise Rejected("braces", "the sentence has braces that refer to no list", _HOW_TO_REFER)
        for name in names:
            if self._known and not self._known.usable(name):
                raise Rejected("undefinedList", f"there is no usable list {name!r}", f"define it as '@ list {name} ='")
        kept = self._utterance(spoken, warn)
        return _REFERENCE.sub(lambda found: f"{{@{found['name'].strip()}}}", text) if names else kept


def _without_comment(text: str) -> str:
    return _COMMENT.sub("", text, count=1).rstrip()
