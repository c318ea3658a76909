"""What goes out as several messages: a long text, or a file with a long text."""

from collections.abc import Awaitable, Callable, Sequence

from bot.channels.base import OutcomeUnknown, Permanent, Retryable

Step = Callable[[], Awaitable[str]]


async def send_in_order(steps: Sequence[Step]) -> str:
    """Send one message after the other; returns the last one's id.

    When a later one may be tried again the first ones have arrived already, so the whole must
    not be: that is an unknown outcome.

    Raises: DeliveryError.
    """
    if not steps:
        raise Permanent("empty")
    sent = ""
    for index, step in enumerate(steps):
        try:
            sent = await step()
        except Retryable:
            if index == 0:
                raise
            raise OutcomeUnknown("partly_sent") from None
    return sent
