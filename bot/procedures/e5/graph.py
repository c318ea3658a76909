"""The sentence model as a graph for ONNX Runtime.

A BERT encoder, from the sum of the embeddings to the last layer, of one text at a time. Its
matrices stay in four bits; MatMulNBits multiplies them with eight-bit activations.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bot.procedures.e5.weights import IN_A_BLOCK, Array, Weights, in_four_bits

INPUT, OUTPUT = "embedded", "encoded"
INT8 = 4  # the accuracy level of MatMulNBits
CONTRIB = "com.microsoft"


class Graph:
    """From `INPUT`, 1 by tokens by the model's width, to `OUTPUT` of the same shape."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._fresh = count()

    def model(self) -> onnx.ModelProto:
        last = self._layers(self._normalised("emb.ln", INPUT))
        self._nodes.append(helper.make_node("Identity", [last], [OUTPUT]))
        shape = (1, "tokens", self._weights.width)
        ends = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name in (INPUT, OUTPUT)
        ]
        graph = helper.make_graph(self._nodes, "e5", ends[:1], ends[1:], self._constants)
        versions = [helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=8)

    def _layers(self, x: str) -> str:
        for n in range(self._weights.layers):
            qkv = [self._dense(f"l{n}.{each}", x) for each in "qkv"]
            heads = self._weights.heads
            context = self._node("MultiHeadAttention", qkv, CONTRIB, num_heads=heads)
            x = self._normalised(f"l{n}.aln", x, self._dense(f"l{n}.ao", context))
            inner = self._node("Gelu", [self._dense(f"l{n}.fi", x)], CONTRIB)
            x = self._normalised(f"l{n}.oln", x, self._dense(f"l{n}.fo", inner))
        return x

    def _dense(self, name: str, x: str) -> str:
        """x times the matrix, plus the bias."""
        blocks = self._weights.blocks(f"{name}.w")
        weights = in_four_bits(blocks)
        packed = weights[..., 0::2] | weights[..., 1::2] << 4  # neighbours in one byte
        scales = blocks["scale"].astype(np.float32).ravel()
        constants = [self._constant(each) for each in (packed, scales)]
        bias = self._constant(self._weights.array(f"{name}.b"))
        outputs, in_a_row = blocks.shape
        return self._node(
            "MatMulNBits",
            [x, *constants, "", "", bias],
            CONTRIB,
            K=in_a_row * IN_A_BLOCK,
            N=outputs,
            bits=4,
            block_size=IN_A_BLOCK,
            accuracy_level=INT8,
        )

    def _normalised(self, name: str, *sum_of: str) -> str:
        """The sum, each token's numbers made to have the mean 0 and the variance 1, then scaled."""
        kind, domain = ("Skip", CONTRIB) if len(sum_of) > 1 else ("", "")
        how = [self._constant(self._weights.array(f"{name}.{each}")) for each in "wb"]
        inputs = [*sum_of, *how]
        epsilon = self._weights.epsilon
        return self._node(f"{kind}LayerNormalization", inputs, domain, epsilon=epsilon)

    def _constant(self, array: Array) -> str:
        name = f"c{next(self._fresh)}"
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def _node(self, kind: str, inputs: Sequence[str], domain: str = "", **how: Any) -> str:
        name = f"x{next(self._fresh)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **how))
        return name
