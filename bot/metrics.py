"""What this process counts, for /metrics. Labels are channels, parts of the service and kinds of
outcome, never people or places.

Each gateway counts for itself: over several, counters and histograms are added up. What is read
from the database or the machine at the moment is in bot/gateway/gauges.py.
"""

from collections.abc import Iterable

from prometheus_client import Counter, Histogram

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.4, 0.7, 1, 2, 5, 20, 60)  # seconds

RECEIVED = Counter("binhyen_received_total", "Events stored, by channel", ["channel"])
REFUSED = Counter("binhyen_refused_total", "Deliveries refused, by reason", ["channel", "reason"])
HANDLED = Counter("binhyen_handled_total", "Messages handled, by decision", ["decision"])
FAILED = Counter("binhyen_handling_failed_total", "Messages given up, by kind of error", ["kind"])
DELIVERED = Counter("binhyen_delivered_total", "Outbound, by outcome", ["channel", "outcome"])
SIGN_INS_FAILED = Counter("binhyen_sign_ins_failed_total", "Sign-ins to the console that failed")
BY_WORDS = Counter(
    "binhyen_searched_by_words_total",
    "Questions on procedures answered from their words alone, as nobody said what they mean",
)
HANDLED_SECONDS = Histogram(
    "binhyen_handled_seconds",
    "From a message's arrival until it is handled",
    buckets=(0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1, 2, 5, 15, 60, 300),
)
PART_SECONDS = Histogram(
    "binhyen_part_seconds",
    "One part of handling a message: parse, dialogue, search, transaction (all transactions of "
    "the process), delivery; waiting for whoever is away is in it",
    ["part"],
    buckets=QUICK,
)
PARTS = ("parse", "dialogue", "search", "transaction", "delivery")


def begin(channels: Iterable[str], decisions: Iterable[str]) -> None:
    """Have each series there from the start: the first of something is a rise, not a beginning."""
    for part in PARTS:
        PART_SECONDS.labels(part)
    for decision in decisions:
        HANDLED.labels(decision)
    for channel in channels:
        RECEIVED.labels(channel)
        for reason in ("unauthorised", "malformed"):
            REFUSED.labels(channel, reason)
        for outcome in ("sent", "dead", "unknown"):
            DELIVERED.labels(channel, outcome)
