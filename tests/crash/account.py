"""The table of a storm, as benchmarks/README.md shows it."""

from collections import Counter
from collections.abc import Iterator

from tests.crash.claims import match
from tests.crash.storm import CHANNELS, Storm


def table(storm: Storm) -> Iterator[str]:
    ledger = storm.ledger
    deliveries = match(ledger)
    yield "| channel | accepted | sent for them | arrived | twice | in doubt: arrived | did not |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for channel in CHANNELS:
        rows = [row for row in ledger.outbound if row.channel == channel and not row.deletes]
        times = {row.id: len(deliveries.of_row.get(row.id, ())) for row in rows}
        doubt = [row for row in rows if row.status == "unknown"]
        cells = (
            sum(said.channel == channel for said in ledger.said),
            len(rows),
            sum(count > 0 for count in times.values()),
            sum(count > 1 for count in times.values()),
            sum(times[row.id] > 0 for row in doubt),
            sum(times[row.id] == 0 for row in doubt),
        )
        yield f"| {channel} | " + " | ".join(map(str, cells)) + " |"
    yield ""
    kills = Counter(kill.program for kill in ledger.kills)
    faults = Counter(fault.kind for fault in ledger.faults)
    yield f"seed {storm.plan.seed}: {len(ledger.kills)} kills ({_counted(kills)})"
    yield f"platforms failed {len(ledger.faults)} times ({_counted(faults)})"
    yield f"reports {len(ledger.codes)}; deliveries repeated by platforms {storm.post.repeated}"
    settled = "never" if storm.settled_after is None else f"{storm.settled_after:.0f} s later"
    longest = f"longest until somebody's message was taken {storm.post.longest:.0f} s"
    yield f"storm {storm.lasted:.0f} s, settled {settled}; {longest}"


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())
