"""Chat platforms behind one protocol (`base.Channel`); `registry.open_channels` builds them.

Nothing is imported here, so that who needs only the vocabulary of `base` loads no client.
"""
