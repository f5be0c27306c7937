"""WordPiece tokens of uncased BERT vocabularies, with the standard library and numpy only.

1. Clean: drop control characters, turn every white space into a space, put spaces around CJK characters.
2. Normalise: decompose (NFD), drop combining marks, lower each character.
3. Split at spaces; every punctuation character stands alone.
4. Cut each word greedily into the longest vocabulary pieces, `##` before continuations; a word
   with no such cut is `[UNK]`.
5. `encode` frames a sentence with `[CLS]` and `[SEP]` and pads a batch to one length.
"""

import pathlib
import unicodedata

import numpy as np

LONGEST_WORD = 100

CJK = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
       (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F))


def is_punctuation(character):
    code = ord(character)
    ascii_marks = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return ascii_marks or unicodedata.category(character).startswith("P")


def clean(character):
    """What stands for one character of the text: nothing, a space, or itself (spaced when CJK)."""
    if character in "\t\n\r" or character.isspace():
        return " "
    code = ord(character)
    if code in (0, 0xFFFD) or unicodedata.category(character) in ("Cc", "Cf", "Co"):
        return ""
    if any(low <= code <= high for low, high in CJK):
        return f" {character} "
    return character


def normalise(text):
    """Cleaned, unaccented, lower-case text."""
    decomposed = unicodedata.normalize("NFD", "".join(map(clean, text)))
    return "".join(c.lower() for c in decomposed if unicodedata.category(c) != "Mn")


def words(text):
    """The words and punctuation marks of a text, in order."""
    spaced = "".join(f" {c} " if is_punctuation(c) else c for c in normalise(text))
    return spaced.split()


class WordPiece:
    """A vocabulary file (one piece a line, the line number is the id) and what it makes of text."""

    def __init__(self, vocabulary_file):
        lines = pathlib.Path(vocabulary_file).read_text(encoding="utf-8").split("\n")
        self.ids = {piece.rstrip("\r"): number for number, piece in enumerate(lines) if piece}
        missing = [piece for piece in ("[PAD]", "[UNK]", "[CLS]", "[SEP]") if piece not in self.ids]
        if missing:
            raise ValueError(f"'{vocabulary_file}': expected a BERT vocabulary, got one without {missing}")

    def pieces(self, word):
        """The pieces of one word; ["[UNK]"] when the vocabulary cannot spell it."""
        if len(word) > LONGEST_WORD:
            return ["[UNK]"]
        found, start = [], 0
        while start < len(word):
            mark = "##" if start else ""
            end = next((e for e in range(len(word), start, -1) if mark + word[start:e] in self.ids), None)
            if end is None:
                return ["[UNK]"]
            found.append(mark + word[start:end])
            start = end
        return found

    def tokens(self, text):
        return [piece for word in words(text) for piece in self.pieces(word)]

    def encode(self, texts, longest=128, multiple=8):
        """(input_ids, attention_mask), both int64 [batch, sequence].

        A text is cut to `longest` tokens, frame included; the sequence is the longest text rounded
        up to a `multiple`.
        """
        rows = [["[CLS]", *self.tokens(text)[:longest - 2], "[SEP]"] for text in texts]
        length = -(-max(map(len, rows)) // multiple) * multiple
        ids = np.full((len(rows), length), self.ids["[PAD]"], np.int64)
        mask = np.zeros((len(rows), length), np.int64)
        for row, pieces in enumerate(rows):
            ids[row, :len(pieces)] = [self.ids[piece] for piece in pieces]
            mask[row, :len(pieces)] = 1
        return ids, mask
