"""What must be true of a ledger. Each claim gives one sentence for everything that breaks it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bot.triage.danger import in_danger
from tests.crash.ledger import CODE, Arrived, Entry, Filed, Inbound, Ledger, Outbound, Said

DOUBTFUL = frozenset({"lost_answer", "reset", "reset_after"})
"""Faults after which nobody can say whether the platform has the message."""
RETURN = 30.0  # seconds; a database that is back has the gateway begin anew
KINDS = {Filed.OPENS: ("created",), Filed.ADDS: ("from_reporter",)}
EITHER = ("created", "from_reporter")


@dataclass
class Deliveries:
    """Which message a platform received stands for which row."""

    of_row: dict[str, list[Arrived]] = field(default_factory=lambda: defaultdict(list))
    guessed: set[str] = field(default_factory=set)
    """Rows in doubt with the same words: one of them has arrived, and nobody can say which."""
    nobodys: list[Arrived] = field(default_factory=list)


class Accounts:
    """A ledger, with what belongs together put together."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.inbound: dict[str, list[Inbound]] = _grouped(ledger.inbound, "key")
        self.entries: dict[str, list[Entry]] = _grouped(ledger.entries, "inbound")
        self.rows: dict[str, list[Outbound]] = defaultdict(list)
        for row in ledger.outbound:
            self.rows[row.key.partition(":")[0]].append(row)
        self.deliveries = match(ledger)

    def answers(self, said: Said) -> list[Outbound]:
        """The rows that were made because of a message, what it had deleted among them."""
        return [row for taken in self.inbound.get(said.key, ()) for row in self.rows[taken.id]]

    def entries_of(self, said: Said) -> list[Entry]:
        return [
            e for taken in self.inbound.get(said.key, ()) for e in self.entries.get(taken.id, ())
        ]


def broken(ledger: Ledger) -> list[str]:
    """Everything that is not as it must be; nothing when all claims hold."""
    accounts = Accounts(ledger)
    return [sentence for claim in CLAIMS for sentence in claim(accounts)]


def match(ledger: Ledger) -> Deliveries:
    """By the platform's id; what no row knows the id of, by its words in the same chat."""
    found = Deliveries()
    rows = {(r.target, r.number): r for r in ledger.outbound if r.number and not r.deletes}
    texts: dict[tuple[str, str], list[Outbound]] = defaultdict(list)
    rest = []
    for arrived in ledger.arrived:
        if row := rows.get((arrived.target, arrived.number)):
            found.of_row[row.id].append(arrived)
            texts[row.target, arrived.text].append(row)
        else:
            rest.append(arrived)
    for row in ledger.outbound:
        if row.status != "sent" and not row.deletes:
            texts[row.target, row.text].append(row)
    for arrived in rest:
        candidates = texts[arrived.target, arrived.text]
        if candidates:
            fewest = min(candidates, key=lambda row: (len(found.of_row[row.id]), not row.urgent))
            found.of_row[fewest.id].append(arrived)
            in_doubt = {row.id for row in candidates if row.status != "sent"}
            found.guessed |= in_doubt if len(in_doubt) > 1 else set()
        else:
            found.nobodys.append(arrived)
    return found


def every_accepted_message_is_stored_once(a: Accounts) -> Iterator[str]:
    for said in a.ledger.said:
        if (times := len(a.inbound.get(said.key, ()))) != 1:
            yield f"stored {times} times: {_name(said)}"
    known = {said.key for said in a.ledger.said}
    for row in a.ledger.inbound:
        if row.key not in known:
            yield f"nobody sent inbound {row.id}"


def every_stored_message_is_handled(a: Accounts) -> Iterator[str]:
    for row in a.ledger.inbound:
        if not row.handled or row.failed:
            yield f"not handled ({row.failed or 'waiting'}): inbound {row.id}"


def every_message_is_filed_once_with_its_words(a: Accounts) -> Iterator[str]:
    for said in a.ledger.said:
        entries = [e for e in a.entries_of(said) if e.kind in EITHER]
        wanted = 0 if said.line.filed is Filed.NOWHERE else 1
        if len(entries) != wanted:
            yield f"filed {len(entries)} times, not {wanted}: {_name(said)}"
        for entry in entries:
            if entry.kind not in KINDS.get(said.line.filed, EITHER):
                yield f"filed as {entry.kind}, which it is not: {_name(said)}"
            if entry.text != said.line.text:
                yield f"filed with other words: {_name(said)}"


def every_report_was_told_by_somebody(a: Accounts) -> Iterator[str]:
    opened = Counter(e.report for e in a.ledger.entries if e.kind == "created")
    for report, code in a.ledger.codes.items():
        if opened[report] != 1:
            yield f"{code} was opened {opened[report]} times"


def officers_hear_of_every_report(a: Accounts) -> Iterator[str]:
    heard = {code for x in a.ledger.arrived if x.target in a.ledger.officers for code in _codes(x)}
    shown = {
        code
        for row in a.ledger.outbound
        if row.target in a.ledger.officers and row.status == "unknown"
        for code in CODE.findall(row.text)
    }
    for code in a.ledger.codes.values():
        if code not in heard | shown:
            yield f"no officer heard of {code}"


def _codes(arrived: Arrived) -> list[str]:
    return CODE.findall(arrived.text)


def every_message_is_answered_as_it_must(a: Accounts) -> Iterator[str]:
    for said in a.ledger.said:
        answers = [row for row in a.answers(said) if not row.deletes]
        deleted = [row for row in a.answers(said) if row.deletes]
        wanted = said.line.answers
        if wanted is None and not answers and not deleted:
            yield f"nobody answers: {_name(said)}"
        if wanted is not None and len(answers) != wanted:
            yield f"{len(answers)} answers, not {wanted}: {_name(said)}"


def what_was_deleted_is_spoken_of(a: Accounts) -> Iterator[str]:
    spoken = Counter(row.key for row in a.ledger.outbound)
    for row in a.ledger.outbound:
        if row.deletes and spoken[f"deleted:{row.id}"] != 1:
            yield f"not said what came of deleting: outbound {row.id}"


def every_row_has_its_last_word(a: Accounts) -> Iterator[str]:
    for row in a.ledger.outbound:
        if row.status not in ("sent", "unknown"):
            yield f"{row.status} ({row.error}): outbound {_row(row)}"


def what_was_sent_has_arrived(a: Accounts) -> Iterator[str]:
    """Once; twice where a row says whom to call and its sending was cut off."""
    for row in a.ledger.outbound:
        times = len(a.deliveries.of_row.get(row.id, ()))
        if row.status == "sent" and not row.deletes and not times:
            yield f"sent, and never arrived: outbound {_row(row)}"
        if times > (2 if row.urgent else 1):
            yield f"arrived {times} times: outbound {_row(row)}"
    for arrived in a.deliveries.nobodys:
        yield f"nobody wanted this sent: {arrived.number} {arrived.text[:60]!r}"


def doubt_has_a_cause(a: Accounts) -> Iterator[str]:
    """An outcome is unknown only where a platform failed so, or the gateway was killed."""
    for row in a.ledger.outbound:
        if row.status != "unknown":
            continue
        if row.error == "interrupted":
            caused = any(
                kill.program in ("gateway", "postgres")
                and row.created - RETURN <= kill.at <= row.done
                for kill in a.ledger.kills
            )
        else:
            caused = any(
                fault.kind in DOUBTFUL
                and fault.target == row.target
                and row.created <= fault.at <= row.done
                for fault in a.ledger.faults
            )
        if not caused:
            yield f"unknown ({row.error}) without a cause: outbound {_row(row)}"


def reports_keep_the_order_in_which_it_was_told(a: Accounts) -> Iterator[str]:
    """Each person's part of it; an alarm may stand before what he wrote earlier."""
    said = _by_inbound(a)
    for report, entries in _grouped(a.ledger.entries, "report").items():
        told = [said[e.inbound] for e in entries if e.inbound in said]
        yield from _out_of_order(told, f"report {a.ledger.codes.get(report, report)}")


def answers_keep_the_order_of_what_was_said(a: Accounts) -> Iterator[str]:
    """To each person in each chat; an alarm and what is urgent go before, and may come again."""
    said = _by_inbound(a)
    place = {(x.target, x.number): at for at, x in enumerate(a.ledger.arrived)}
    answered = defaultdict(list)
    for row in a.ledger.outbound:
        source = said.get(row.key.partition(":")[0])
        if source is None or row.urgent or row.deletes or row.id in a.deliveries.guessed:
            continue
        for arrived in a.deliveries.of_row.get(row.id, ())[:1]:
            at = place[arrived.target, arrived.number]
            answered[source.conversation, row.target].append((at, source))
    for heard in answered.values():
        in_time = [source for _, source in sorted(heard, key=lambda pair: pair[0])]
        yield from _out_of_order(in_time, "answers")


def officers_words_reach_the_reporter_once(a: Accounts) -> Iterator[str]:
    for said in a.ledger.said:
        if not said.line.relayed:
            continue
        there = [x for x in a.ledger.arrived if x.target == said.to and said.line.text in x.text]
        shown = [
            row
            for row in a.ledger.outbound
            if row.target == said.to and row.status == "unknown" and said.line.text in row.text
        ]
        if len(there) > 1 or not (there or shown):
            yield f"reached the reporter {len(there)} times: {_name(said)}"


CLAIMS = (
    every_accepted_message_is_stored_once,
    every_stored_message_is_handled,
    every_message_is_filed_once_with_its_words,
    every_report_was_told_by_somebody,
    officers_hear_of_every_report,
    every_message_is_answered_as_it_must,
    what_was_deleted_is_spoken_of,
    every_row_has_its_last_word,
    what_was_sent_has_arrived,
    doubt_has_a_cause,
    reports_keep_the_order_in_which_it_was_told,
    answers_keep_the_order_of_what_was_said,
    officers_words_reach_the_reporter_once,
)


def _by_inbound(a: Accounts) -> dict[str, Said]:
    keys = {row.key: row.id for row in a.ledger.inbound}
    return {keys[said.key]: said for said in a.ledger.said if said.key in keys}


def _out_of_order(told: Sequence[Said], where: str) -> Iterator[str]:
    in_turn = [said for said in told if not in_danger(said.line.text)]
    for before, after in pairwise(in_turn):
        if before.conversation == after.conversation and before.number > after.number:
            yield f"{where} out of order: {_name(after)} after {_name(before)}"


def _grouped(rows: Sequence[object], by: str) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, by)].append(row)
    return grouped


def _name(said: Said) -> str:
    return f"{said.channel} {said.conversation}#{said.number} {said.line.text[:50]!r}"


def _row(row: Outbound) -> str:
    return f"{row.id} {row.key} on {row.channel}"
