"""A text as the numbers of vocabulary pieces, as SentencePiece's unigram model cuts it: of all ways
the likeliest (Viterbi).
"""

import math
import re
from array import array

import numpy as np
from marisa_trie import Trie

from bot.procedures.e5.weights import Vocabulary

_SPACES = re.compile(" +")
SPACE = "\u2581"
RARER = 10.0
"""How much less likely than the rarest piece a character is that no piece has."""


class Tokenizer:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._pieces = Trie(vocabulary.pieces)  # which numbers them otherwise
        ours = np.fromiter(map(self._pieces.key_id, vocabulary.pieces), np.int32)
        theirs = np.argsort(ours)
        self._numbers, self._scores = array("i", theirs), array("f", vocabulary.scores[theirs])
        self._rewritten = vocabulary.rewritten
        self._begin, self._end = vocabulary.begin, vocabulary.end
        self._unknown = vocabulary.unknown
        self._unknown_score = min(self._scores) - RARER

    def tokens(self, text: str, at_most: int) -> list[int]:
        """The pieces' numbers between begin and end; what is too long is cut at the end."""
        pieces = self._cut(SPACE + self._normalised(text).removeprefix(" ").replace(" ", SPACE))
        return [self._begin, *pieces[: at_most - 2], self._end]

    def _normalised(self, text: str) -> str:
        return _SPACES.sub(" ", text.translate(self._rewritten))

    def _cut(self, text: str) -> list[int]:
        # Of the likeliest way to each place: its score, where its last piece begins, which it is.
        best = [0.0] + [-math.inf] * len(text)
        last = [(0, self._unknown)] * (len(text) + 1)
        for start in range(len(text)):
            score = best[start] + self._unknown_score
            if score > best[start + 1]:
                best[start + 1], last[start + 1] = score, (start, self._unknown)
            for piece, n in self._pieces.iter_prefixes_with_ids(text[start:]):
                score, end = best[start] + self._scores[n], start + len(piece)
                if score > best[end]:
                    best[end], last[end] = score, (start, self._numbers[n])
        pieces, end = [], len(text)
        while end:
            end, piece = last[end]
            pieces.append(piece)
        return pieces[::-1]
