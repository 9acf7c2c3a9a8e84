"""Scorers: what, besides the acoustic model, has a say in each step of the search.

`PhraseScorer` follows the spelling of listed phrases through a trie over tokens: a bonus for every token that goes on
spelling one, taken back when the phrase breaks off (contextual biasing by shallow fusion; Zhao et al. 2019).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from auricle.engine.acoustic import Vocabulary
from auricle.engine.recogniser import Phrase

State = Any
Tokens = NDArray[np.int64]
NO_TOKENS: Tokens = np.zeros(0, np.int64)


class Scorer(Protocol):
    """Judges tokens in context. States are immutable."""

    def start(self) -> State:
        """The state before the first token."""
        ...

    def proposals(self, state: State) -> Tokens:
        """Tokens that may deserve a bonus here, so that the search considers them."""
        ...

    def advance(self, state: State, token: int) -> tuple[State, float]:
        """The state after a token, and what is added to the score."""
        ...

    def finish(self, state: State) -> float:
        """What is added to the score when the transcript ends here."""
        ...


class _Node:
    """A place in the trie: the bonus that led here, and how much of it stays if the spelling breaks off."""

    __slots__ = ("boost", "children", "earned", "ends", "kept", "proposals")

    def __init__(self) -> None:
        self.children: dict[int, _Node] = {}
        self.boost = 0.0  # for the token that led here, the most that any phrase gives
        self.earned = 0.0  # since the phrase's beginning
        self.kept = 0.0  # earned by whole phrases on the way here
        self.ends = False
        self.proposals: Tokens = NO_TOKENS  # that may deserve a bonus here: those going on, those beginning a phrase


class PhraseScorer:
    """Boosts listed phrases."""

    def __init__(self, phrases: Iterable[Phrase], vocabulary: Vocabulary, *, boost: float) -> None:
        """`boost` is the bonus per token in nats, multiplied by each phrase's weight."""
        self._root = _Node()
        self._vocabulary = vocabulary
        for phrase in phrases:
            for spelling in _spellings(phrase.text):
                self._add(vocabulary.encode(spelling), boost * phrase.weight)
        self._settle()

    def _add(self, tokens: Sequence[int], boost: float) -> None:
        node = self._root
        for token in tokens:
            node = node.children.setdefault(token, _Node())
            node.boost = max(node.boost, boost)
        node.ends = node is not self._root

    def _settle(self) -> None:
        """Work out what each place earns, keeps (what the longest whole phrase before it earned) and proposes."""
        self._root.proposals = np.array(list(self._root.children), np.int64)
        places = [self._root]  # no recursion: a phrase may have a thousand tokens
        while places:
            node = places.pop()
            for token, child in node.children.items():
                child.earned = node.earned + child.boost
                child.kept = node.earned if self._whole(node, token) else node.kept
                going_on = np.array(list(child.children), np.int64)
                child.proposals = (
                    np.concatenate([going_on, self._root.proposals]) if len(going_on) else self._root.proposals
                )
                places.append(child)

    def _whole(self, node: _Node, following: int) -> bool:
        """Whether a phrase ends at `node`, and the word with it, when this token follows."""
        return node.ends and not self._vocabulary.continues_word(following)

    def start(self) -> _Node:
        return self._root

    def proposals(self, state: _Node) -> Tokens:
        return state.proposals

    def advance(self, state: _Node, token: int) -> tuple[_Node, float]:
        going_on = state.children.get(token)
        if going_on is not None:
            return going_on, going_on.earned - state.earned
        refund = 0.0 if self._whole(state, token) else state.kept - state.earned
        beginning = self._root.children.get(token)
        if beginning is None:
            return self._root, refund
        return beginning, refund + beginning.earned

    def finish(self, state: _Node) -> float:
        return 0.0 if state.ends else state.kept - state.earned


def _spellings(text: str) -> set[str]:
    """The ways a phrase may be written: as given, in lower case, with a capital."""
    clean = " ".join(text.split())
    return {spelling for spelling in (clean, clean.lower(), clean[:1].upper() + clean[1:]) if spelling}
