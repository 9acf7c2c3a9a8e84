"""An acoustic model without weights, whose every probability is known: what comes next depends on what came before.

It keeps tokens and positions in its cache and insists that a query sees exactly its own past, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from auricle.audio.samples import Samples
from auricle.engine.acoustic import Encoded, Feed, StepInput, StepScores

START, END = 0, 1
PIECES = ("<s>", "</s>", "_ant", "_bee", "_cat", "_dog", "s", ".", "_elk", "_fox", "?")
FRAME_S = 0.02
Past = tuple[int, ...]
Chances = Callable[[int, Past], Mapping[int, float]]  # of each token after a past, in a segment of this voice


class PieceVocabulary:
    """Spells by the pieces above, and a question mark for any other letter; an underscore is a space."""

    def encode(self, text: str) -> list[int]:
        rest = "_" + text.replace(" ", "_") if text else ""
        tokens: list[int] = []
        while rest:
            piece = max((piece for piece in PIECES if rest.startswith(piece)), key=len, default="?")
            tokens.append(PIECES.index(piece))
            rest = rest[len(piece) :]
        return tokens

    def decode(self, tokens: Sequence[int]) -> str:
        return "".join(PIECES[token] for token in tokens if token > END).replace("_", " ").strip()

    def begins_word(self, token: int) -> bool:
        return PIECES[token].startswith("_")

    def continues_word(self, token: int) -> bool:
        return PIECES[token].isalpha()


class InventedModel:
    """Says what `chances` tells; the attention moves on by `frames_per_token`, or stays where it is with 0."""

    vocabulary = PieceVocabulary()
    languages = frozenset({"en"})
    end_token = END
    frame_s = FRAME_S
    tokens_per_second = 8.0

    def __init__(self, chances: Chances, *, frames_per_token: int = 10) -> None:
        self._chances = chances
        self._frames_per_token = frames_per_token
        self.steps = 0

    def prompt(self, language: str) -> tuple[int, ...]:
        return (START,)

    def encode(self, segments: Sequence[Samples]) -> Encoded:
        frames = tuple(int(len(samples) / 16_000 / FRAME_S) for samples in segments)
        voices = [round(float(samples[0]) * 1000) if len(samples) else 0 for samples in segments]
        longest = np.zeros((len(segments), max(frames)), np.float32)
        return Encoded(feed={"voices": np.array(voices), "frames": longest}, frames=frames)

    def empty_cache(self, segments: int) -> Feed:
        return {"past": np.zeros((segments, 1, 0, 2), np.float32)}

    def step(self, encoded: Encoded, cache: Feed, step: StepInput) -> tuple[StepScores, Feed]:
        self.steps += 1
        read = np.stack([step.tokens, step.positions], axis=-1)[:, None].astype(np.float32)
        grown = np.concatenate([cache["past"], read], axis=2)
        shape = step.tokens.shape
        logp = np.zeros((*shape, len(PIECES)), np.float32)
        attention = np.zeros((*shape, encoded.feed["frames"].shape[1]), np.float32)
        for row, query in np.ndindex(*shape):
            if step.tokens[row, query] != END:  # which pads
                past = _past(grown[row, 0], step.visible[row, query])
                logp[row, query] = self.log_probabilities(int(encoded.feed["voices"][row]), past)
                frames = encoded.frames[row]
                attention[row, query, :frames] = self._attention(len(past), frames)
        top = np.argsort(-logp, axis=2, kind="stable")[..., : step.top_count]
        scores = StepScores(
            top_scores=np.take_along_axis(logp, top, 2),
            top_tokens=top,
            wanted_scores=np.take_along_axis(logp, step.wanted, 2),
            attention=attention,
        )
        return scores, {"past": grown}

    def log_probabilities(self, voice: int, past: Past) -> NDArray[np.float32]:
        """Of every token; what is not mentioned shares a thousandth."""
        chances = np.full(len(PIECES), 0.001 / len(PIECES))
        for token, chance in self._chances(voice, past).items():
            chances[token] += chance
        return np.asarray(np.log(chances / chances.sum()), np.float32)

    def close(self) -> None:
        pass

    def _attention(self, place: int, frames: int) -> NDArray[np.float32]:
        looking_at = min(place * self._frames_per_token, max(frames - 1, 0))
        near: NDArray[np.float32] = np.exp(-np.abs(np.arange(frames) - looking_at) / 2).astype(np.float32)
        return near / max(float(near.sum()), 1e-9)


def _past(held: NDArray[np.float32], visible: NDArray[np.bool_]) -> Past:
    """The tokens that a query sees, itself included, without the prompt."""
    tokens, positions = held[visible].astype(int).T
    assert sorted(positions) == list(range(len(positions))), "a query must see its own past, once and whole"
    in_order = [int(token) for _, token in sorted(zip(positions, tokens, strict=True))]
    assert in_order[0] == START
    return tuple(in_order[1:])


def invented(seed: int, *, likely_end: float = 1.0) -> Chances:
    """Other chances after every past and for every voice, always the same for the same seed."""

    @cache
    def chances(voice: int, past: Past) -> dict[int, float]:
        drawn = np.random.default_rng([seed, voice, *past]).gamma(0.5, size=len(PIECES))
        drawn[START] = 0.0
        drawn[END] *= likely_end
        return dict(enumerate((drawn / drawn.sum()).tolist()))

    return chances


def told(*texts: tuple[str, float]) -> Chances:
    """Whole texts with the chance of each."""
    known = [((*PieceVocabulary().encode(text), END), chance) for text, chance in texts]

    def chances(voice: int, past: Past) -> dict[int, float]:
        shared = [(tokens, chance) for tokens, chance in known if tokens[: len(past)] == past]
        total = sum(chance for _, chance in shared)
        following: dict[int, float] = {}
        for tokens, chance in shared:
            if len(tokens) > len(past):
                following[tokens[len(past)]] = following.get(tokens[len(past)], 0.0) + chance / total
        return following

    return chances


def speech(duration_s: float = 2.0, voice: int = 1) -> Samples:
    """Samples that the invented model takes for this voice."""
    return np.full(int(duration_s * 16_000), voice / 1000, np.float32)
