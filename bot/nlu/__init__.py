"""What a message means: the components that Rasa trains and runs.

The only package that the Rasa environment imports. `text` and `thresholds` import neither Rasa
nor anything installed, so the app may use them too.
"""
