"""The accounting can fail: a ledger in which one thing is wrong breaks the claim it belongs to."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.crash import claims
from tests.crash.ledger import (
    Arrived,
    Entry,
    Fault,
    Filed,
    Inbound,
    Kill,
    Ledger,
    Line,
    Outbound,
    Said,
)

LAN, LEADER = "chat of Lan", "chat of the leader"


def true_ledger() -> Ledger:
    """Lan reports and adds to it, and her leader answers; one reply was in doubt."""
    opens = Line("mất xe ở ấp 1", Filed.OPENS, 1)
    adds = Line("xe màu xanh", Filed.ADDS, 1)
    thanks = Line("cảm ơn", answers=1)
    answer = Line("Đã nhận tin số 7.", answers=1, relayed=True)
    return Ledger(
        said=[
            Said("k1", "telegram", "lan", 1, opens),
            Said("k2", "telegram", "lan", 2, adds),
            Said("k3", "telegram", "lan", 3, thanks),
            Said("k4", "telegram", "leader", 1, answer, to=LAN),
        ],
        inbound=[Inbound(f"m{n}", f"k{n}", handled=True) for n in range(1, 5)],
        entries=[
            Entry("r1", "m1", "created", opens.text),
            Entry("r1", "m2", "from_reporter", adds.text),
        ],
        codes={"r1": "PA-7K2QX"},
        officers=frozenset({LEADER}),
        outbound=[
            row("o1", "m1:reply:0", number="101"),
            row("o2", "m2:reply:0", number="103"),
            row("o3", "m3:reply:0", status="unknown", error="timeout", text="Không có chi."),
            row("o4", "tell:PA-7K2QX:1", LEADER, number="102", urgent=True),
            row("o5", "event:9", number="105"),
            row("o6", "m4:officer", LEADER, number="106"),
            row("o7", "m2:delete", deletes=True),
            row("o8", "deleted:o7", number="107"),
        ],
        arrived=[
            Arrived(LAN, "101", "Đã nhận phản ánh PA-7K2QX."),
            Arrived(LEADER, "102", "KHẨN: phản ánh mới PA-7K2QX"),
            Arrived(LAN, "103", "Đã ghi thêm."),
            Arrived(LAN, "104", "Không có chi."),
            Arrived(LAN, "105", "Cán bộ: Đã nhận tin số 7."),
            Arrived(LEADER, "106", "Đã chuyển."),
            Arrived(LAN, "107", "Đã gỡ tin."),
        ],
        faults=[Fault("lost_answer", LAN, 5.0)],
        kills=[Kill("rasa", 5.0), Kill("gateway", 500.0)],
    )


def row(
    name: str,
    key: str,
    target: str = LAN,
    status: str = "sent",
    *,
    error: str | None = None,
    number: str | None = None,
    text: str = "",
    urgent: bool = False,
    deletes: bool = False,
) -> Outbound:
    return Outbound(
        name, key, "telegram", target, status, 1.0, 9.0, deletes, error, number, text, urgent
    )


Doctor = Callable[[Ledger], None]
DOCTORED: list[tuple[str, Callable[..., object], Doctor]] = []


def breaks(claim: Callable[..., object]) -> Callable[[Doctor], Doctor]:
    def note(doctor: Doctor) -> Doctor:
        DOCTORED.append((doctor.__name__, claim, doctor))
        return doctor

    return note


def change(ledger: Ledger, name: str, **values: object) -> None:
    ledger.outbound = [
        replace(each, **values) if each.id == name else each  # type: ignore[arg-type]
        for each in ledger.outbound
    ]


@breaks(claims.every_accepted_message_is_stored_once)
def a_message_was_lost(ledger: Ledger) -> None:
    del ledger.inbound[2]


@breaks(claims.every_accepted_message_is_stored_once)
def a_message_was_stored_twice(ledger: Ledger) -> None:
    ledger.inbound.append(Inbound("m9", "k1", handled=True))


@breaks(claims.every_accepted_message_is_stored_once)
def a_message_was_stored_that_nobody_sent(ledger: Ledger) -> None:
    ledger.inbound.append(Inbound("m9", "k9", handled=True))


@breaks(claims.every_stored_message_is_handled)
def a_message_still_waits(ledger: Ledger) -> None:
    ledger.inbound[1] = replace(ledger.inbound[1], handled=False)


@breaks(claims.every_stored_message_is_handled)
def a_message_was_given_up(ledger: Ledger) -> None:
    ledger.inbound[1] = replace(ledger.inbound[1], failed="RasaRefused")


@breaks(claims.every_message_is_filed_once_with_its_words)
def words_are_missing_in_the_report(ledger: Ledger) -> None:
    del ledger.entries[1]


@breaks(claims.every_message_is_filed_once_with_its_words)
def words_are_in_two_reports(ledger: Ledger) -> None:
    ledger.entries.append(replace(ledger.entries[1], report="r2"))


@breaks(claims.every_message_is_filed_once_with_its_words)
def words_were_changed(ledger: Ledger) -> None:
    ledger.entries[1] = replace(ledger.entries[1], text="xe màu đỏ")


@breaks(claims.every_message_is_filed_once_with_its_words)
def more_words_made_a_report_of_their_own(ledger: Ledger) -> None:
    ledger.entries[1] = replace(ledger.entries[1], report="r2", kind="created")


@breaks(claims.every_message_is_filed_once_with_its_words)
def thanks_became_a_report(ledger: Ledger) -> None:
    ledger.entries.append(Entry("r2", "m3", "created", "cảm ơn"))


@breaks(claims.every_report_was_told_by_somebody)
def a_report_came_from_nowhere(ledger: Ledger) -> None:
    ledger.codes["r2"] = "PA-22222"


@breaks(claims.officers_hear_of_every_report)
def no_officer_was_told(ledger: Ledger) -> None:
    del ledger.arrived[1]


@breaks(claims.every_message_is_answered_as_it_must)
def a_message_is_not_answered(ledger: Ledger) -> None:
    del ledger.outbound[1]


@breaks(claims.every_message_is_answered_as_it_must)
def a_message_is_answered_twice(ledger: Ledger) -> None:
    ledger.outbound.append(row("o9", "m1:reply:1", number="101"))


@breaks(claims.what_was_deleted_is_spoken_of)
def nobody_says_that_a_message_was_deleted(ledger: Ledger) -> None:
    del ledger.outbound[7]


@breaks(claims.every_row_has_its_last_word)
def a_reply_still_waits(ledger: Ledger) -> None:
    change(ledger, "o1", status="pending")


@breaks(claims.every_row_has_its_last_word)
def a_reply_was_given_up(ledger: Ledger) -> None:
    change(ledger, "o1", status="dead")


@breaks(claims.what_was_sent_has_arrived)
def a_reply_that_was_sent_never_arrived(ledger: Ledger) -> None:
    del ledger.arrived[2]


@breaks(claims.what_was_sent_has_arrived)
def a_reply_arrived_twice(ledger: Ledger) -> None:
    ledger.arrived.append(Arrived(LAN, "108", "Đã ghi thêm."))


@breaks(claims.what_was_sent_has_arrived)
def a_doubtful_reply_arrived_twice(ledger: Ledger) -> None:
    ledger.arrived.append(Arrived(LAN, "108", "Không có chi."))


@breaks(claims.what_was_sent_has_arrived)
def an_urgent_notice_arrived_three_times(ledger: Ledger) -> None:
    ledger.arrived.append(replace(ledger.arrived[1], number="108"))
    ledger.arrived.append(replace(ledger.arrived[1], number="109"))


@breaks(claims.what_was_sent_has_arrived)
def a_reply_arrived_that_nobody_wrote(ledger: Ledger) -> None:
    ledger.arrived.append(Arrived(LAN, "108", "Xin chào."))


@breaks(claims.doubt_has_a_cause)
def a_reply_is_in_doubt_for_no_reason(ledger: Ledger) -> None:
    ledger.faults.clear()


@breaks(claims.doubt_has_a_cause)
def a_sending_was_cut_off_though_nobody_was_killed(ledger: Ledger) -> None:
    change(ledger, "o3", error="interrupted")


@breaks(claims.reports_keep_the_order_in_which_it_was_told)
def a_report_tells_the_end_first(ledger: Ledger) -> None:
    ledger.entries.reverse()


@breaks(claims.answers_keep_the_order_of_what_was_said)
def the_second_is_answered_first(ledger: Ledger) -> None:
    ledger.arrived[0], ledger.arrived[2] = ledger.arrived[2], ledger.arrived[0]


@breaks(claims.answers_keep_the_order_of_what_was_said)
def a_doubtful_answer_came_too_early(ledger: Ledger) -> None:
    ledger.arrived.insert(0, ledger.arrived.pop(3))


@breaks(claims.officers_words_reach_the_reporter_once)
def an_officers_words_were_lost(ledger: Ledger) -> None:
    del ledger.arrived[4]


@breaks(claims.officers_words_reach_the_reporter_once)
def an_officers_words_came_twice(ledger: Ledger) -> None:
    ledger.arrived.append(replace(ledger.arrived[4], number="108"))


def test_a_true_ledger_breaks_nothing() -> None:
    assert claims.broken(true_ledger()) == []


def test_an_urgent_notice_may_come_once_more() -> None:
    ledger = true_ledger()
    ledger.arrived.append(replace(ledger.arrived[1], number="108"))
    assert claims.broken(ledger) == []


def test_an_alarm_may_go_before_what_was_said_earlier() -> None:
    ledger = true_ledger()
    adds = Line("cháy nhà rồi", Filed.ADDS, 1)
    ledger.said.append(Said("k5", "telegram", "lan", 4, adds))
    ledger.inbound.append(Inbound("m5", "k5", handled=True))
    ledger.entries.insert(1, Entry("r1", "m5", "from_reporter", adds.text))
    ledger.outbound.append(row("o9", "m5:reply:0", number="99", text="Gọi 114."))
    ledger.arrived.insert(0, Arrived(LAN, "99", "Gọi 114."))
    assert claims.broken(ledger) == []


def test_of_two_doubtful_answers_alike_nobody_knows_which_has_arrived() -> None:
    """Two people ask the same in a group; what arrived early may answer the other one."""
    ledger = true_ledger()
    a_doubtful_answer_came_too_early(ledger)
    ledger.outbound.append(row("o9", "m9:reply:0", status="unknown", text="Không có chi."))
    assert not list(claims.answers_keep_the_order_of_what_was_said(claims.Accounts(ledger)))


@pytest.mark.parametrize(
    ("claim", "doctor"), [d[1:] for d in DOCTORED], ids=[d[0] for d in DOCTORED]
)
def test_a_doctored_ledger_breaks_its_claim(
    claim: Callable[[claims.Accounts], object], doctor: Doctor
) -> None:
    ledger = true_ledger()
    doctor(ledger)
    assert list(claim(claims.Accounts(ledger)))  # type: ignore[call-overload]
    assert claims.broken(ledger)


def test_every_claim_is_shown_to_fail() -> None:
    assert {claim for _, claim, _ in DOCTORED} == set(claims.CLAIMS)
