"""Counters for /metrics. Labels are channels and kinds of outcome, never people or places."""

from prometheus_client import Counter, Histogram

RECEIVED = Counter("binhyen_received_total", "Events stored, by channel", ["channel"])
REFUSED = Counter("binhyen_refused_total", "Deliveries refused, by reason", ["channel", "reason"])
HANDLED = Counter("binhyen_handled_total", "Messages handled, by decision", ["decision"])
FAILED = Counter("binhyen_handling_failed_total", "Messages given up, by kind of error", ["kind"])
DELIVERED = Counter("binhyen_delivered_total", "Outbound, by outcome", ["channel", "outcome"])
HANDLED_SECONDS = Histogram(
    "binhyen_handled_seconds",
    "From a message's arrival until it is handled",
    buckets=(0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1, 2, 5, 15, 60, 300),
)
