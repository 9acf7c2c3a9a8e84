"""The tokenizers of the model families, read from their `tokenizer.json`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

# Thai, Lao, Tibetan, Burmese, Khmer; kana and Chinese characters.
_UNSPACED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


class TokenizerVocabulary:
    """A vocabulary over a Hugging Face tokenizer file (SentencePiece-style or byte-level BPE)."""

    def __init__(self, path: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(path))
        size = self._tokenizer.get_vocab_size()
        pieces = [self._tokenizer.id_to_token(i) or "" for i in range(size)]
        self._begins_word = [piece.startswith(("▁", "Ġ")) for piece in pieces]
        self._blank = {i for i, piece in enumerate(pieces) if piece and not piece.strip("▁")}
        self._byte_level = any(piece.startswith("Ġ") for piece in pieces)

    def encode(self, text: str) -> list[int]:
        spaced = f" {text}" if self._byte_level else text
        tokens = list(self._tokenizer.encode(spaced, add_special_tokens=False).ids)
        while tokens and tokens[0] in self._blank:  # SentencePiece's leading space, which speech never spells
            tokens.pop(0)
        return tokens

    def decode(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens))).strip()

    def begins_word(self, token: int) -> bool:
        return token < len(self._begins_word) and self._begins_word[token]

    def continues_word(self, token: int) -> bool:
        if self.begins_word(token):
            return False
        first = str(self._tokenizer.decode([token]))[:1]
        return first.isalnum() and not _UNSPACED.match(first)

    def token(self, piece: str) -> int:
        """The number of one exact piece, such as a special token."""
        number = self._tokenizer.token_to_id(piece)
        if number is None:
            raise KeyError(piece)
        return int(number)
