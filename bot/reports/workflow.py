"""The life of a report: in which state what may be done to it, and which state comes then.

`MOVES` is the whole of it. What is not in it is refused, and `refusal` says why. Nothing else sets
a report's status.

new          nobody has it yet: it came in, or other hands got it
acknowledged an officer has it
in_progress  he and the reporter have talked
waiting      for the reporter's answer
transferred  another body deals with it; its officer hears from there and ends it
closed       it has ended, with an outcome
reopened     it goes on after all
"""

from collections.abc import Mapping
from enum import StrEnum

from bot.console.permissions import Permission
from bot.console.permissions import may as permitted
from bot.db import now
from bot.groups.models import Officer
from bot.reports.errors import NotAllowed
from bot.reports.models import Report, Status


class Move(StrEnum):
    ACCEPT = "accept"
    ASSIGN = "assign"  # a manager gives it to an officer
    REPLY = "reply"
    WAIT = "wait"  # for what the reporter is asked
    RESUME = "resume"  # without waiting longer
    HEAR = "hear"  # the reporter adds something
    TRANSFER_HAMLET = "transfer_hamlet"
    TRANSFER_MANAGERS = "transfer_managers"
    TRANSFER_OUT = "transfer_out"
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"  # by the reporter, before any officer has looked


BEGINS_AS = Status.NEW

OPEN = tuple(status for status in Status if status is not Status.CLOSED)

_UNDER_WAY = (Status.NEW, Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.REOPENED)

MOVES: Mapping[tuple[Status, Move], Status] = {
    (Status.NEW, Move.ACCEPT): Status.ACKNOWLEDGED,
    (Status.NEW, Move.WITHDRAW): Status.CLOSED,
    **{(status, Move.ASSIGN): status for status in OPEN},
    **{(status, Move.REPLY): Status.IN_PROGRESS for status in _UNDER_WAY},
    (Status.WAITING, Move.REPLY): Status.WAITING,  # one more word does not end the waiting
    (Status.TRANSFERRED, Move.REPLY): Status.TRANSFERRED,
    **{(status, Move.WAIT): Status.WAITING for status in (*_UNDER_WAY, Status.WAITING)},
    (Status.WAITING, Move.RESUME): Status.IN_PROGRESS,
    # What arrives while it ends stays with it; later words make a report of their own.
    **{(status, Move.HEAR): status for status in Status},
    (Status.WAITING, Move.HEAR): Status.IN_PROGRESS,
    **{(status, Move.TRANSFER_HAMLET): Status.NEW for status in OPEN},
    **{(status, Move.TRANSFER_MANAGERS): Status.NEW for status in OPEN},
    **{(status, Move.TRANSFER_OUT): Status.TRANSFERRED for status in OPEN},
    **{(status, Move.CLOSE): Status.CLOSED for status in OPEN},
    (Status.CLOSED, Move.REOPEN): Status.REOPENED,
    (Status.TRANSFERRED, Move.REOPEN): Status.REOPENED,  # it came back
}


def may(report: Report, move: Move) -> bool:
    """Whether the report's state allows the move."""
    return (report.status, move) in MOVES


def must(report: Report, move: Move) -> None:
    """Raises: NotAllowed where the report's state does not allow the move."""
    if not may(report, move):
        raise NotAllowed(refusal(report, move))


def make(report: Report, move: Move) -> None:
    """Bring the report into the state that comes after the move. Raises: NotAllowed."""
    must(report, move)
    before, report.status = report.status, MOVES[report.status, move]
    if report.status is not Status.CLOSED:
        report.closed_at = None
    elif before is not Status.CLOSED:
        report.closed_at = now()


def offered(report: Report, officer: Officer) -> frozenset[Move]:
    """What the page of a report offers this officer, who may read it."""
    moves = {move for move in Move if may(report, move)} - {Move.HEAR, Move.WITHDRAW}
    if report.managers_only:
        moves.discard(Move.TRANSFER_MANAGERS)
    if not permitted(officer, Permission.READ_ALL_REPORTS):
        moves.discard(Move.ASSIGN)
    if not may_accept(report, officer):
        moves.discard(Move.ACCEPT)
    if report.conversation_id is None:
        moves -= {Move.REPLY, Move.WAIT}
    return frozenset(moves)


def may_accept(report: Report, officer: Officer) -> bool:
    """Whether it was given to nobody else, who is to accept it; a manager steps in for anybody."""
    given_to_other = report.officer_id not in (None, officer.id)
    return not given_to_other or permitted(officer, Permission.READ_ALL_REPORTS)


REFUSALS = {
    Move.RESUME: "Phản ánh này không chờ người báo.",
    Move.WAIT: "Phản ánh đã chuyển cơ quan khác. Đồng chí nhận lại rồi hỏi người báo.",
    Move.REOPEN: "Phản ánh này đang mở.",
    Move.WITHDRAW: "Phản ánh đã có cán bộ nhận nên không rút lại được.",
}


def refusal(report: Report, move: Move) -> str:
    """Why the report's state does not allow the move, for the officer."""
    if report.status is Status.CLOSED and move is Move.CLOSE:
        return "Phản ánh đã kết thúc rồi."
    if report.status is Status.CLOSED and move is not Move.WITHDRAW:
        return "Phản ánh đã kết thúc. Muốn làm tiếp, đồng chí mở lại trước."
    if move is Move.ACCEPT:
        if report.officer is None:
            return "Phản ánh này đã có người tiếp nhận."
        return f"Đồng chí {report.officer.name} đã tiếp nhận phản ánh này."
    return REFUSALS[move]
