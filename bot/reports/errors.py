"""What keeps an officer from doing something to a report."""


class NotAllowed(Exception):
    """Nothing was done: the report's state or the officer's role does not allow it.

    The message is for the officer, in Vietnamese.
    """
