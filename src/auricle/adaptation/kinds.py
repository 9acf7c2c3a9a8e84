"""What a dataset may be, and what its files are."""

from __future__ import annotations

from enum import Enum


class DatasetKind(Enum):
    """How a dataset is written."""

    LANGUAGE = "Language"  # plain text, an utterance a line
    ACOUSTIC = "Acoustic"  # a zip of recordings with one transcript
    PRONUNCIATION = "Pronunciation"  # display form, tab, spoken form
    AUDIO_FILES = "AudioFiles"  # a zip of recordings alone
    LANGUAGE_MARKDOWN = "LanguageMarkdown"  # structured text: lists, lexicon and sentences
    OUTPUT_FORMATTING = "OutputFormatting"  # display rules


class FileKind(Enum):
    """What a file of a dataset holds."""

    DATASET_REPORT = "DatasetReport"
    LANGUAGE_DATA = "LanguageData"
    PRONUNCIATION_DATA = "PronunciationData"
    ACOUSTIC_DATA_ARCHIVE = "AcousticDataArchive"
    ACOUSTIC_DATA_TRANSCRIPTION = "AcousticDataTranscriptionV2"
    AUDIO = "Audio"
    OUTPUT_FORMATTING_DATA = "OutputFormattingData"
