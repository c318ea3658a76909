"""What is measured: something with a Telegram webhook."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from benchmarks.load.telegram import Outcome, Webhook


class System(Protocol):
    """One system, running."""

    name: str
    webhook: Webhook
    pid: int
    """Of the process that started all others."""

    def handled(self, outcomes: Sequence[Outcome], within: float) -> Mapping[int, float]:
        """When each message was handled, by number; waits for the last `within` seconds.

        What is not in it was not handled by then.
        """

    def rest(self, within: float) -> None:
        """Wait until nothing is left to say to residents, `within` seconds at most."""
