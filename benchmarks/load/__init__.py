"""How much the whole service bears, side by side with stock Rasa: `python -m benchmarks`."""
