"""An utterance on its way from heard words to texts: what each heard word says, and which words are written together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from auricle.text import plain
from auricle.text.english import spoken, written
from auricle.text.english.passage import Passage
from auricle.text.language import Language
from auricle.text.tokens import Token, split


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A token and the words that it says."""

    token: Token
    spoken: tuple[str, ...]
    itn: str  # how the ITN writes it when no rule joins it with its neighbours

    @property
    def shown(self) -> str:
        """How the model wrote it."""
        return self.token.core


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """Units that are written together: lexical words `start` to `end` of the utterance."""

    units: Sequence[Unit]
    start: int
    end: int
    itn: str
    shown: str
    mark: str = ""  # a spoken punctuation mark
    stance: str = ""  # how the mark stands


def units_of(heard: Sequence[str], language: Language) -> list[Unit]:
    """What each heard word says; words that say nothing (lone punctuation) come along with no words."""
    if language.code != "en":
        tokens = split(heard, frozenset(), language.common)
        return [_plain_unit(token, language) for token in tokens]
    tokens = spoken.merge(split(heard, spoken.ABBREVIATIONS, language.common))
    cores = ["", *(token.core for token in tokens), ""]
    return [_english_unit(token, cores[i], cores[i + 2]) for i, token in enumerate(tokens)]


def _plain_unit(token: Token, language: Language) -> Unit:
    said = plain.say(token, language)
    return Unit(token=token, spoken=said, itn=token.core if plain.is_written(token.core, language) else " ".join(said))


def _english_unit(token: Token, before: str, after: str) -> Unit:
    said = spoken.say(token, before, after)
    if token.core and spoken.is_written(token.core):
        return Unit(token=token, spoken=said, itn=token.core)
    if len(said) == 1 and token.core.isalpha():
        return Unit(token=token, spoken=said, itn=token.core.lower())
    if token.abbreviated or _is_spelled(token, said):
        letters = token.core.replace(".", "")
        return Unit(token=token, spoken=said, itn=letters.upper() if _is_spelled(token, said) else letters.lower())
    return Unit(token=token, spoken=said, itn=" ".join(said))


def _is_spelled(token: Token, said: Sequence[str]) -> bool:
    """U.S., p.m., PM: said letter by letter."""
    return len(said) > 1 and all(len(word) == 1 for word in said) and token.core.replace(".", "").isalpha()


def segments_of(units: Sequence[Unit], language: Language, *, dictated: bool, pounds_are_money: bool) -> list[Segment]:
    """The units grouped by how they are written: spoken marks, rewritten numbers, single words."""
    words = [word for unit in units for word in unit.spoken]
    starts = list(accumulate((len(unit.spoken) for unit in units), initial=0))
    unit_ends = {starts[i + 1]: i + 1 for i, unit in enumerate(units) if unit.spoken}  # word index → unit index
    passage = _passage(units, words, pounds_are_money=pounds_are_money) if language.code == "en" else None

    segments: list[Segment] = []
    index = 0
    while index < len(units):
        unit, start = units[index], starts[index]
        grouped = _mark(words, start, unit_ends, language) if dictated and unit.spoken else None
        if grouped is None and passage is not None and unit.spoken:
            grouped = _rewritten(passage, start, unit_ends)
        if grouped is None:
            grouped = Segment(units=(unit,), start=start, end=starts[index + 1], itn=unit.itn, shown=unit.shown)
            index += 1
        else:
            last = unit_ends[grouped.end]
            grouped = _with_units(grouped, units[index:last])
            index = last
        segments.append(grouped)
    return segments


def _passage(units: Sequence[Unit], words: Sequence[str], *, pounds_are_money: bool) -> Passage:
    soft: list[bool] = []
    hard: list[bool] = []
    shown: list[str] = []
    for unit in units:
        inside = len(unit.spoken) - 1
        if inside < 0:
            if soft:
                soft[-1] = True
            continue
        soft += [False] * inside + [bool(unit.token.trail)]
        hard += [False] * inside + [unit.token.ends_sentence]
        shown += [unit.shown] if not inside else unit.spoken
        if unit.token.lead and len(soft) > inside + 1:
            soft[-inside - 2] = True
    return Passage(words=words, soft=soft, hard=hard, shown=shown, pounds_are_money=pounds_are_money)


def _rewritten(passage: Passage, start: int, unit_ends: dict[int, int]) -> Segment | None:
    """What a rule writes here, when it takes heard words whole."""
    spelling = written.write(passage, start)
    if spelling is None or spelling.end not in unit_ends:
        return None
    return Segment(units=(), start=start, end=spelling.end, itn=spelling.itn, shown=spelling.shown)


def _mark(words: Sequence[str], start: int, unit_ends: dict[int, int], language: Language) -> Segment | None:
    """The longest spoken mark that starts here."""
    for length in (3, 2, 1):
        found = language.marks.get(tuple(words[start : start + length]))
        if found is not None and start + length in unit_ends:
            text = " ".join(words[start : start + length])
            return Segment(
                units=(), start=start, end=start + length, itn=text, shown=text, mark=found.mark, stance=found.stance
            )
    return None


def _with_units(segment: Segment, units: Sequence[Unit]) -> Segment:
    """The segment with its units; what the model itself wrote in digits, it keeps."""
    first = units[0]
    if segment.mark:
        return replace(segment, units=units)
    if len(units) == 1 and (first.itn != " ".join(first.spoken) or segment.itn == " ".join(first.spoken)):
        return replace(segment, units=units, itn=first.itn, shown=first.shown)
    if segment.itn == " ".join(word for unit in units for word in unit.spoken):
        shown = " ".join(unit.shown for unit in units)
        return replace(segment, units=units, shown=shown)
    if ":" in first.token.core and " " in segment.itn:
        text = f"{first.token.core} {segment.itn.split()[-1]}"
        return replace(segment, units=units, itn=text, shown=text)
    return replace(segment, units=units)
