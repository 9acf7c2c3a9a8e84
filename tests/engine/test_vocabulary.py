from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from auricle.engine.vocabulary import TokenizerVocabulary

SENTENCEPIECE = ["<unk>", "<s>", "</s>", "▁", *"▁abcdefghijklmnopqrstuvwxyz.'北京", "▁the", "▁cat", "ing"]


@pytest.fixture(scope="module")
def spaced(tmp_path_factory: pytest.TempPathFactory) -> TokenizerVocabulary:
    """A vocabulary of the kind that Moonshine has."""
    pieces = {piece: number for number, piece in enumerate(dict.fromkeys(SENTENCEPIECE))}
    merges = [("t", "h"), ("th", "e"), ("▁", "the"), ("c", "a"), ("ca", "t"), ("▁", "cat"), ("i", "n"), ("in", "g")]
    for one, other in merges:
        pieces.setdefault(one + other, len(pieces))
    tokenizer = Tokenizer(models.BPE(vocab=pieces, merges=merges, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.Fuse()])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return saved(tokenizer, tmp_path_factory.mktemp("spaced"))


@pytest.fixture(scope="module")
def byte_level(tmp_path_factory: pytest.TempPathFactory) -> TokenizerVocabulary:
    """A vocabulary of the kind that Whisper has."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pieces = {piece: number for number, piece in enumerate(alphabet)}
    merges = [("Ġ", "c"), ("a", "t"), ("Ġc", "at")]
    for one, other in merges:
        pieces.setdefault(one + other, len(pieces))
    tokenizer = Tokenizer(models.BPE(vocab=pieces, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    return saved(tokenizer, tmp_path_factory.mktemp("byte_level"))


def saved(tokenizer: Tokenizer, folder: Path) -> TokenizerVocabulary:
    tokenizer.save(str(folder / "tokenizer.json"))
    return TokenizerVocabulary(folder / "tokenizer.json")


@pytest.mark.parametrize("kind", ["spaced", "byte_level"])
def test_text_comes_back_from_its_tokens(kind: str, request: pytest.FixtureRequest) -> None:
    vocabulary: TokenizerVocabulary = request.getfixturevalue(kind)
    tokens = vocabulary.encode("the cat's meowing.")
    assert vocabulary.decode(tokens) == "the cat's meowing."
    assert [vocabulary.begins_word(token) for token in tokens].count(True) == 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=20))
def test_any_text_can_be_spelled_in_bytes(byte_level: TokenizerVocabulary, text: str) -> None:
    assert byte_level.decode(byte_level.encode(text)) == text.strip()


def test_no_word_begins_with_a_lone_space(spaced: TokenizerVocabulary) -> None:
    assert spaced.encode("xyz")[0] != spaced.token("▁")


def test_letters_continue_a_word_and_punctuation_does_not(spaced: TokenizerVocabulary) -> None:
    assert spaced.continues_word(spaced.token("ing"))
    assert not spaced.continues_word(spaced.token("▁cat"))
    assert not spaced.continues_word(spaced.token("."))
    assert not spaced.continues_word(spaced.token("'"))


def test_where_no_spaces_are_written_any_character_may_begin_a_word(spaced: TokenizerVocabulary) -> None:
    assert not spaced.continues_word(spaced.token("京"))


def test_special_tokens_are_no_text(spaced: TokenizerVocabulary) -> None:
    assert spaced.decode([1, *spaced.encode("the cat"), 2]) == "the cat"


def test_a_token_beyond_the_vocabulary_begins_no_word(spaced: TokenizerVocabulary) -> None:
    assert not spaced.begins_word(1_000_000)


def test_a_piece_that_is_not_there_is_named(spaced: TokenizerVocabulary) -> None:
    with pytest.raises(KeyError, match=r"<\|nospeech\|>"):
        spaced.token("<|nospeech|>")


def test_the_file_is_an_ordinary_tokenizer_file(tmp_path: Path, spaced: TokenizerVocabulary) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps({"version": "1.0"}))
    with pytest.raises(Exception, match="Model missing"):
        TokenizerVocabulary(tmp_path / "tokenizer.json")
