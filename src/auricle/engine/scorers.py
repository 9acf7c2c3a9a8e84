"""Scorers: what, besides the acoustic model, has a say in each step of the search.

`PhraseScorer` follows the spelling of listed phrases through a trie over tokens: a bonus for every token that goes on
spelling one, taken back when the phrase breaks off (contextual biasing by shallow fusion; Zhao et al. 2019).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from auricle.engine.acoustic import Vocabulary
from auricle.engine.recogniser import Phrase

State = Any


class Scorer(Protocol):
    """Judges tokens in context. States are immutable."""

    def start(self) -> State:
        """The state before the first token."""
        ...

    def proposals(self, state: State) -> Sequence[int]:
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

    __slots__ = ("boost", "children", "earned", "ends", "kept")

    def __init__(self) -> None:
        self.children: dict[int, _Node] = {}
        self.boost = 0.0  # for the token that led here, the most that any phrase gives
        self.earned = 0.0  # since the phrase's beginning
        self.kept = 0.0  # earned by whole phrases on the way here
        self.ends = False


class PhraseScorer:
    """Boosts listed phrases."""

    def __init__(self, phrases: Iterable[Phrase], vocabulary: Vocabulary, *, boost: float) -> None:
        """`boost` is the bonus per token in nats, multiplied by each phrase's weight."""
        self._root = _Node()
        self._vocabulary = vocabulary
        for phrase in phrases:
            for spelling in _spellings(phrase.text):
                self._add(vocabulary.encode(spelling), boost * phrase.weight)
        self._settle(self._root)

    def _add(self, tokens: Sequence[int], boost: float) -> None:
        node = self._root
        for token in tokens:
            node = node.children.setdefault(token, _Node())
            node.boost = max(node.boost, boost)
        node.ends = node is not self._root

    def _settle(self, node: _Node) -> None:
        """Work out what each place earns, and keeps: what the longest whole phrase before it earned."""
        for token, child in node.children.items():
            child.earned = node.earned + child.boost
            child.kept = node.earned if self._whole(node, token) else node.kept
            self._settle(child)

    def _whole(self, node: _Node, following: int) -> bool:
        """Whether a phrase ends at `node`, and the word with it, when this token follows."""
        return node.ends and not self._vocabulary.continues_word(following)

    def start(self) -> _Node:
        return self._root

    def proposals(self, state: _Node) -> Sequence[int]:
        if state is self._root:
            return list(self._root.children)
        return [*state.children, *self._root.children]

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
