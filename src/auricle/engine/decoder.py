"""The one decoder: batched beam search over an acoustic model, with scorers, drafts, N-best and word times.

The search of all segments of a batch advances together, one model step at a time. Every beam is a query of its segment
that sees only its own ancestors in the segment's cache, so branching copies nothing and beams share their past.

A growing utterance is decoded again and again while it is spoken. Its last transcript serves as a draft that the first
step checks whole: the longest prefix that greedy search would have chosen itself is kept, so the answer is the same as
without a draft and costs a few steps (speculative decoding; Leviathan et al. 2023). A wider beam takes the prefix that
the model has no doubt of, and branches after it.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auricle.audio.samples import SAMPLE_RATE_HZ
from auricle.engine.acoustic import AcousticModel, Feed, StepInput, StepScores
from auricle.engine.alignment import loudness, token_spans
from auricle.engine.recogniser import Draft, Hypothesis, Phrase, Recognition, Utterance
from auricle.engine.scorers import NO_TOKENS, PhraseScorer, Scorer, State, Tokens
from auricle.engine.spelling import ListedSpelling
from auricle.text.words import Word

PHRASE_LISTS_KEPT = 64  # made ready, as every pass over a session's speech comes with the same list


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """What governs the search; the defaults were chosen on the development sets (see docs/models.md)."""

    phrase_boost: float = 3.0  # nats a token that goes on spelling a listed phrase
    greedy_boost: float = 0.5  # of that without a beam, where a false start cannot be undone
    proposal_gate: float = 9.0  # nats below the likeliest token at which a scorer's proposal is not believed
    doubtless: float = 0.9  # the probability from which a drafted token is taken without looking for alternatives
    length_power: float = 1.0  # a finished transcript's score is divided by its length to this power
    extra_tokens: int = 10  # allowed beyond the speaking rate, for very short segments
    longest_loop: int = 8  # tokens of a repeating unit that is watched for
    loop_repeats: int = 4  # so many in a row is a loop, not speech
    reject_below: float = 0.35  # mean token probability under which nothing was said
    stock: frozenset[str] = frozenset({"you", "thank you", "thank you for watching", "thanks for watching", "bye"})
    reject_stock_below: float = 0.65  # the same for what models make of noise, learnt from subtitles of silence
    shortest_s: float = 0.05  # less holds no word
    silent_above: float = 0.9  # probability of an end before any word; below it Moonshine may have missed the speech
    reread_tokens: int = 2  # a run of so many tokens said before, attending to the same frames, is a second reading
    reread_likeness: float = 0.75  # how alike the attention must be, as a cosine
    compact_from: int = 24  # cached positions worth a clean-up


@dataclass(frozen=True, slots=True, eq=False)
class _Token:
    """The end of a path of tokens."""

    number: int
    logp: float
    total: float  # of the beam, this token included
    attention: NDArray[np.float32]  # [T] where in the speech the model looked when it chose this token
    before: _Token | None
    length: int

    def path(self) -> list[_Token]:
        tokens: list[_Token] = []
        at: _Token | None = self
        while at is not None:
            tokens.append(at)
            at = at.before
        return tokens[::-1]


@dataclass(slots=True, eq=False)
class _Beam:
    """A transcript still being written."""

    last: _Token | None
    next_token: int  # chosen, not yet read by the model
    next_logp: float
    next_attention: NDArray[np.float32]
    score: float  # acoustic log-probability of everything chosen
    bonus: float  # what the scorers added
    states: tuple[State, ...]
    slots: list[int]  # cached positions of its ancestors

    @property
    def total(self) -> float:
        return self.score + self.bonus

    @property
    def length(self) -> int:
        return (self.last.length if self.last else 0) + 1

    def read(self) -> _Token:
        """The chosen token as the end of the path."""
        return _Token(self.next_token, self.next_logp, self.total, self.next_attention, self.last, self.length)


@dataclass(frozen=True, slots=True)
class _Finished:
    """A whole transcript."""

    last: _Token | None
    value: float  # what readings are ranked by
    belief: float  # the mean probability of its tokens, bonuses included


class BeamSearchRecogniser:
    """The decoder over one acoustic model."""

    def __init__(self, model: AcousticModel, settings: SearchSettings | None = None) -> None:
        self._model = model
        self._settings = settings or SearchSettings()
        self._scorer = functools.lru_cache(PHRASE_LISTS_KEPT)(self._scorer_of)
        self._spelling = functools.lru_cache(PHRASE_LISTS_KEPT)(ListedSpelling)

    def _scorer_of(self, phrases: tuple[Phrase, ...], greedy: bool) -> PhraseScorer:
        boost = self._settings.phrase_boost * (self._settings.greedy_boost if greedy else 1.0)
        return PhraseScorer(phrases, self._model.vocabulary, boost=boost)

    def _search(self, utterance: Utterance) -> _Search:
        phrases = utterance.phrases
        scorers = (self._scorer(phrases, utterance.beam == 1),) if phrases else ()
        return _Search(self._model, utterance, self._settings, scorers, self._spelling(phrases))

    @property
    def languages(self) -> frozenset[str]:
        return self._model.languages

    def recognise(self, batch: Sequence[Utterance]) -> list[Recognition]:
        if not batch:
            return []
        encoded = self._model.encode([utterance.samples for utterance in batch])
        searches = [self._search(utterance) for utterance in batch]
        cache = self._model.empty_cache(len(batch))
        rows = list(range(len(batch)))  # which searches the batch still holds
        while any(not searches[row].done for row in rows):
            live = [row for row in rows if not searches[row].done]
            if len(live) <= len(rows) // 2:
                kept = [rows.index(row) for row in live]
                encoded = encoded.take(kept)
                cache = {name: array[kept] for name, array in cache.items()}
                rows = live
            cache = self._compacted(cache, [searches[row] for row in rows])
            step = _gather([searches[row] for row in rows], _cached(cache), self._model.end_token)
            scores, cache = self._model.step(encoded, cache, step)
            for place, row in enumerate(rows):
                searches[row].advance(place, scores, step.wanted[place])
        return [search.recognition() for search in searches]

    def close(self) -> None:
        self._model.close()

    def _compacted(self, cache: Feed, searches: Sequence[_Search]) -> Feed:
        """Drop cached positions that no live beam descends from, when there are many."""
        held = _cached(cache)
        kept = [search.slots_in_use() for search in searches]
        needed = max(map(len, kept))
        if held < self._settings.compact_from or held < 2 * needed:
            return cache
        index = np.zeros((len(searches), needed), np.int64)
        for row, (search, slots) in enumerate(zip(searches, kept, strict=True)):
            index[row, : len(slots)] = slots
            search.renumber({slot: place for place, slot in enumerate(slots)})
        rows = np.arange(len(searches))[:, None]
        return {name: np.ascontiguousarray(_pick(array, rows, index)) for name, array in cache.items()}


def _pick(array: NDArray[np.float32], rows: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.float32]:
    """[S, heads, P, head] with each row's positions [S, P'] chosen."""
    return array.transpose(0, 2, 1, 3)[rows, index].transpose(0, 2, 1, 3)


def _cached(cache: Feed) -> int:
    return int(next(iter(cache.values())).shape[2])


def _gather(searches: Sequence[_Search], cached: int, filler: int) -> StepInput:
    """The queries of all searches, padded to the busiest one."""
    asked = [search.queries(cached) for search in searches]
    width = max(len(queries.tokens) for queries in asked)
    wants = max(1, max((len(w) for queries in asked for w in queries.wanted), default=1))
    shape = (len(searches), width)
    tokens = np.full(shape, filler, np.int64)
    positions = np.zeros(shape, np.int64)
    visible = np.zeros((*shape, cached + width), np.bool_)
    wanted = np.zeros((*shape, wants), np.int64)
    for row, queries in enumerate(asked):
        count = len(queries.tokens)
        tokens[row, :count] = queries.tokens
        positions[row, :count] = queries.positions
        for q, slots in enumerate(queries.visible):
            visible[row, q, slots] = True
        for q, proposals in enumerate(queries.wanted):
            wanted[row, q, : len(proposals)] = proposals
        visible[row, count:, 0] = True  # padding sees something, so that its softmax is finite
    top = max(search.top_count for search in searches)
    return StepInput(tokens=tokens, positions=positions, visible=visible, wanted=wanted, top_count=top)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Queries:
    """What one search asks in one step."""

    tokens: list[int]
    positions: list[int]
    visible: list[list[int]]  # for each query, the cache positions it sees, its own included
    wanted: list[Tokens]


@dataclass(slots=True, eq=False)
class _Choice:
    """A beam and a token that may follow it."""

    beam: _Beam
    token: int
    logp: float
    attention: NDArray[np.float32]
    states: tuple[State, ...]
    bonus: float
    value: float
    settled: float  # the value without the part of the bonus that a scorer may take back


class _Search:
    """The search of one utterance."""

    def __init__(
        self,
        model: AcousticModel,
        utterance: Utterance,
        settings: SearchSettings,
        scorers: tuple[Scorer, ...],
        spelling: ListedSpelling,
    ) -> None:
        self._model = model
        self._utterance = utterance
        self._settings = settings
        self._scorers = scorers
        self._spelling = spelling
        self._prompt = model.prompt(utterance.language)
        duration_s = len(utterance.samples) / SAMPLE_RATE_HZ
        self._longest = int(duration_s * model.tokens_per_second) + settings.extra_tokens
        self._draft = _draft_of(utterance)[: self._longest]
        self._started = False
        self._beams: list[_Beam] = []
        self._finished: list[_Finished] = []
        self._since_finished = 0
        self._loudness: NDArray[np.float64] | None = None  # worked out once, for every reading alike
        self.done = duration_s < settings.shortest_s
        self.top_count = 2 * utterance.beam + 1

    def slots_in_use(self) -> list[int]:
        return sorted({slot for beam in self._beams for slot in beam.slots})

    def renumber(self, places: dict[int, int]) -> None:
        for beam in self._beams:
            beam.slots = [places[slot] for slot in beam.slots]

    def queries(self, cached: int) -> _Queries:
        """What to ask next; `cached` positions are already in the cache."""
        if self.done:
            return _Queries(tokens=[], positions=[], visible=[], wanted=[])
        if not self._started:
            return self._opening(cached)
        tokens, positions, visible, wanted = [], [], [], []
        for q, beam in enumerate(self._beams):
            beam.slots = [*beam.slots, cached + q]
            tokens.append(beam.next_token)
            positions.append(len(self._prompt) + beam.length - 1)
            visible.append(beam.slots)
            wanted.append(self._proposals(beam.states))
        return _Queries(tokens=tokens, positions=positions, visible=visible, wanted=wanted)

    def _opening(self, cached: int) -> _Queries:
        """The prompt and the draft, each token seeing what comes before it."""
        chain = [*self._prompt, *self._draft]
        states = self._start_states()
        wanted = [NO_TOKENS] * (len(self._prompt) - 1)
        wanted.append(self._proposals(states))
        for token in self._draft:
            states, _ = self._advanced(states, token)
            wanted.append(self._proposals(states))
        places = list(range(cached, cached + len(chain)))
        return _Queries(
            tokens=chain,
            positions=list(range(len(chain))),
            visible=[places[: i + 1] for i in range(len(chain))],
            wanted=wanted,
        )

    def advance(self, row: int, scores: StepScores, wanted: NDArray[np.int64]) -> None:
        """Take the step's scores (this search's are in `row`) and choose how to go on."""
        if self.done:
            return
        if not self._started:
            self._open(row, scores, wanted)
            return
        choices: list[_Choice] = []
        for q, beam in enumerate(self._beams):
            beam.last = beam.read()
            if not self._rereads(beam.last):
                choices += self._choices(beam, row, q, scores, wanted[q])
        self._choose(choices)

    def _rereads(self, last: _Token) -> bool:
        """Whether the last tokens read the same speech again; if so, the transcript is finished without them.

        They spell what was spelled before, looking at the same frames. Somebody who truly repeats himself does so
        later, and the attention moves on.
        """
        run, likeness = self._settings.reread_tokens, self._settings.reread_likeness
        if last.length <= run:
            return False
        path = last.path()
        numbers = [token.number for token in path]
        again = last.length - run
        for start in range(again - 1, -1, -1):
            if numbers[start : start + run] != numbers[again:]:
                continue
            shift = again - start
            if sum(_likeness(path, i, shift) for i in range(again, last.length)) > likeness * run:
                while again > shift and _likeness(path, again - 1, shift) > likeness:
                    again -= 1  # spelled another way, with a capital perhaps
                self._finish(path[again - 1], path[again - 1].total)
                return True
        return False

    def _open(self, row: int, scores: StepScores, wanted: NDArray[np.int64]) -> None:
        """Follow the draft as far as greedy search would have (and without doubt, if there are beams), then branch."""
        self._started = True
        at = len(self._prompt) - 1
        nowhere = np.zeros(0, np.float32)
        beam = _Beam(None, 0, 0.0, nowhere, 0.0, 0.0, self._start_states(), list(range(at + 1)))
        least = math.log(self._settings.doubtless) if self._utterance.beam > 1 else -math.inf
        for token in self._draft:
            best = max(self._choices(beam, row, at, scores, wanted[at]), key=lambda choice: choice.value, default=None)
            if best is None or best.token != token or best.logp < least:
                break
            at += 1
            beam = self._extended(best)
            beam.last = beam.read()
            beam.slots = [*beam.slots, at]
            if self._rereads(beam.last):
                self.done = True
                return
        self._choose(self._choices(beam, row, at, scores, wanted[at]))

    def _choices(self, beam: _Beam, row: int, q: int, scores: StepScores, wanted: NDArray[np.int64]) -> list[_Choice]:
        """Every token worth considering after a beam."""
        candidates: dict[int, float] = dict(
            zip(scores.top_tokens[row, q].tolist(), scores.top_scores[row, q].tolist(), strict=True)
        )
        if self._scorers:
            floor = float(scores.top_scores[row, q, 0]) - self._settings.proposal_gate
            asked = scores.wanted_scores[row, q]
            believed = np.flatnonzero(asked > floor)  # of a long list, few
            candidates.update(zip(wanted[believed].tolist(), asked[believed].tolist(), strict=True))
        looped = self._looped(beam.last)
        attention = scores.attention[row, q]
        choices = []
        for token, logp in candidates.items():
            if token in looped:
                continue
            states, bonus = self._judged(beam.states, token)
            value = beam.total + logp + bonus
            settled = value + self._refund(states, token)
            choices.append(_Choice(beam, token, logp, attention, states, bonus, value, settled))
        return choices

    def _refund(self, states: tuple[State, ...], token: int) -> float:
        if token == self._model.end_token:
            return 0.0  # already settled
        return sum(s.finish(state) for s, state in zip(self._scorers, states, strict=True))

    def _judged(self, states: tuple[State, ...], token: int) -> tuple[tuple[State, ...], float]:
        if token == self._model.end_token:
            return states, sum(s.finish(state) for s, state in zip(self._scorers, states, strict=True))
        return self._advanced(states, token)

    def _choose(self, choices: list[_Choice]) -> None:
        """Keep the best choices as beams; those that end the transcript are finished.

        Half of the beams are the best by what they have for certain, so that phrases which only might be on their way
        never crowd out what was said.
        """
        choices.sort(key=lambda choice: -choice.value)
        width = self._utterance.beam
        going_on = []
        for choice in choices:
            if choice.token != self._model.end_token:
                going_on.append(choice)
            elif len(going_on) < width:
                self._finish(choice.beam.last, choice.value)
        chosen = going_on[:width]
        if self._scorers and width > 1:
            certain = sorted(going_on, key=lambda choice: -choice.settled)[: (width + 1) // 2]
            others = [choice for choice in going_on if choice not in certain]
            chosen = sorted([*certain, *others[: width - len(certain)]], key=lambda choice: -choice.value)
        self._beams = [self._extended(choice) for choice in chosen]
        self._stop_when_settled()

    def _extended(self, choice: _Choice) -> _Beam:
        beam = choice.beam
        score, bonus = beam.score + choice.logp, beam.bonus + choice.bonus
        return _Beam(beam.last, choice.token, choice.logp, choice.attention, score, bonus, choice.states, beam.slots)

    def _finish(self, last: _Token | None, total: float) -> None:
        length = (last.length if last else 0) + 1
        value = total / length**self._settings.length_power
        self._finished.append(_Finished(last, value, math.exp(min(0.0, total / length))))

    def _stop_when_settled(self) -> None:
        """Stop once nothing that is still being written could be among the readings wanted."""
        if not self._beams:
            self.done = True
            return
        if self._beams[0].length > self._longest:
            for beam in self._beams:
                self._finish(beam.last, beam.total)
            self.done = True
            return
        sure = self._settings.silent_above
        settled = [finished.value for finished in self._finished if finished.last or finished.belief >= sure]
        if not settled:
            return
        self._since_finished += 1
        best = max(settled)
        hope = max(beam.total / (beam.length + 1) ** self._settings.length_power for beam in self._beams)
        enough = len(self._finished) >= self._utterance.nbest or self._since_finished > self._utterance.beam
        self.done = best >= hope and enough

    def _looped(self, last: _Token | None) -> set[int]:
        """Tokens that would carry a loop on: the unit of n tokens said `loop_repeats` times in a row."""
        if last is None or last.length < self._settings.loop_repeats:
            return set()
        reach = self._settings.longest_loop * self._settings.loop_repeats
        tokens: list[int] = []
        at: _Token | None = last
        while at is not None and len(tokens) < reach:
            tokens.append(at.number)
            at = at.before
        looped = set()
        for unit in range(1, self._settings.longest_loop + 1):
            span = unit * self._settings.loop_repeats
            if len(tokens) >= span and all(tokens[i] == tokens[i % unit] for i in range(span)):
                looped.add(tokens[unit - 1])
        return looped

    def _start_states(self) -> tuple[State, ...]:
        return tuple(scorer.start() for scorer in self._scorers)

    def _proposals(self, states: tuple[State, ...]) -> Tokens:
        proposed = [s.proposals(state) for s, state in zip(self._scorers, states, strict=True)]
        return np.concatenate(proposed) if proposed else NO_TOKENS

    def _advanced(self, states: tuple[State, ...], token: int) -> tuple[tuple[State, ...], float]:
        after, bonus = [], 0.0
        for scorer, state in zip(self._scorers, states, strict=True):
            moved, gained = scorer.advance(state, token)
            after.append(moved)
            bonus += gained
        return tuple(after), bonus

    def recognition(self) -> Recognition:
        """The readings, best first; none when the best is not believable."""
        ranked = sorted(self._finished, key=lambda finished: -finished.value)
        readings: dict[str, Hypothesis] = {}
        for finished in ranked:
            path = finished.last.path() if finished.last else []
            text = self._model.vocabulary.decode([token.number for token in path])
            key = _plain(text)
            if key and key not in readings:
                readings[key] = self._hypothesis(text, path)
            if not readings or len(readings) == self._utterance.nbest:
                break  # silence, or stray punctuation, came first: nothing was said
        self._leave_draft(ranked[0].last if ranked else None)
        if not readings or ranked[0].belief < self._least_belief(next(iter(readings))):
            return Recognition()
        return Recognition(hypotheses=tuple(readings.values()))

    def _least_belief(self, plain_text: str) -> float:
        stock = plain_text in self._settings.stock
        return self._settings.reject_stock_below if stock else self._settings.reject_below

    def _leave_draft(self, best: _Token | None) -> None:
        if self._utterance.draft is not None:
            self._utterance.draft.state = tuple(token.number for token in best.path()) if best else ()

    def _hypothesis(self, text: str, path: list[_Token]) -> Hypothesis:
        groups = _word_groups(path, self._model)
        spans = self._spans(path, {first for first, _ in groups})
        decoded = [self._model.vocabulary.decode([token.number for token in path[a:b]]) for a, b in groups]
        written = self._spelling.of(decoded)
        text = text if written == decoded else " ".join(filter(None, written))
        words = []
        for (first, last), spelled in zip(groups, written, strict=True):
            if not spelled:
                continue
            start_s, end_s = spans[first][0], spans[last - 1][1]
            confidence = _mean_probability(path[first:last])
            words.append(Word(text=spelled, start_s=start_s, end_s=end_s, confidence=confidence))
        return Hypothesis(text=text, confidence=_mean_probability(path), words=tuple(words))

    def _spans(self, path: list[_Token], openings: set[int]) -> list[tuple[float, float]]:
        """Start and end of each token in seconds; words open at the `openings`."""
        samples, frame_s = self._utterance.samples, self._model.frame_s
        duration_s = len(samples) / SAMPLE_RATE_HZ
        frames = max(1, min(int(duration_s / frame_s), len(path[0].attention)))
        if self._loudness is None:
            self._loudness = loudness(samples, frames, frame_s)
        rows = np.stack([token.attention[:frames] for token in path])
        spans = token_spans(rows, self._loudness, [i in openings for i in range(len(path))])
        return [(min(first * frame_s, duration_s), min(last * frame_s, duration_s)) for first, last in spans]


def _likeness(path: list[_Token], at: int, shift: int) -> float:
    """How alike a token and the one `shift` before it look at the speech: the cosine of their attentions."""
    a, b = path[at].attention, path[at - shift].attention
    return float(a @ b / math.sqrt(float(a @ a) * float(b @ b) + 1e-12))


def _draft_of(utterance: Utterance) -> tuple[int, ...]:
    """What an earlier pass left."""
    draft: Draft | None = utterance.draft
    return tuple(draft.state) if draft is not None and draft.state else ()


def _word_groups(path: list[_Token], model: AcousticModel) -> list[tuple[int, int]]:
    """Ranges of tokens that make up one whitespace-separated word each."""
    starts = [i for i, token in enumerate(path) if i == 0 or model.vocabulary.begins_word(token.number)]
    return list(zip(starts, [*starts[1:], len(path)], strict=True))


def _mean_probability(path: Sequence[_Token]) -> float:
    return math.exp(sum(token.logp for token in path) / len(path)) if path else 0.0


def _plain(text: str) -> str:
    """A text without what does not make it another reading: capitals and punctuation."""
    return " ".join("".join(c for c in text.lower() if c in " '" or unicodedata.category(c)[0] in "LMN").split())
