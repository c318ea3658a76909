"""What an installer is told when something cannot go on."""


class OperationError(Exception):
    """The message is one Vietnamese line for the person at the terminal; it holds no secret."""
