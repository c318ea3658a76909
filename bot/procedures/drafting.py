"""What an officer writes on a procedure before he proposes it: one draft of each, begun from what
is told now."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.groups.models import Officer
from bot.procedures import publishing
from bot.procedures.catalogue import catalogue
from bot.procedures.entry import Topic
from bot.procedures.entry_form import Content
from bot.procedures.models import Origin, Procedure, ProcedureVersion, Status
from bot.procedures.publishing import Refused

ID = r"[a-z][a-z0-9_]{2,63}"
MAX_ASKED = 20
"""So many of residents' questions are taken into a draft at once."""
MAX_QUESTION = 600
"""Characters that an entry takes."""


class SavedElsewhere(Refused):
    """Nothing was saved: the officer's draft is another one than the form began with."""

    def __init__(self) -> None:
        super().__init__(
            "Bản đang soạn của đồng chí vừa được lưu ở một cửa sổ khác nên lần này chưa lưu. Bấm "
            "lưu lần nữa thì nội dung dưới đây thay cho bản kia."
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """What an officer finds when he opens a procedure: its versions, the newest first, and what he
    goes on with."""

    id: str
    officer: Officer
    standing: int | None
    versions: Sequence[ProcedureVersion]

    @property
    def draft(self) -> ProcedureVersion | None:
        """His own."""
        own = (v for v in self.versions if v.author_id == self.officer.id)
        return next((v for v in own if v.status is Status.DRAFT), None)

    @property
    def content(self) -> Content:
        """His draft; else what is told, or was last."""
        last = self.draft or self.version(self.standing) or self.versions[0]
        return dict(last.content)

    @property
    def name(self) -> str:
        return str(self.told.get("name") or "Thủ tục chưa đặt tên")

    @property
    def told(self) -> Content:
        """What residents hear; where nothing is told, what was last."""
        standing = self.version(self.standing)
        return dict(standing.content) if standing else self.content

    @property
    def based_on(self) -> int | None:
        return self.draft.based_on if self.draft else self.standing

    @property
    def seen(self) -> str:
        """Tells one state of his draft from another; empty without one."""
        return self.draft.made_at.isoformat() if self.draft else ""

    @property
    def overtaken(self) -> bool:
        """Whether something else stands by now than when he began."""
        return self.draft is not None and self.draft.based_on != self.standing

    @property
    def waiting(self) -> list[ProcedureVersion]:
        return [v for v in self.versions if v.status is Status.PROPOSED]

    @property
    def of_others(self) -> list[ProcedureVersion]:
        """What colleagues are writing or have proposed."""
        under_way = (Status.DRAFT, Status.PROPOSED)
        return [
            v for v in self.versions if v.author_id != self.officer.id and v.status in under_way
        ]

    def version(self, number: int | None) -> ProcedureVersion | None:
        return next((v for v in self.versions if v.number == number), None)


async def desk(session: AsyncSession, officer: Officer, procedure_id: str) -> Desk | None:
    """None where there is no such procedure."""
    if not re.fullmatch(ID, procedure_id):
        return None
    procedure = await session.get(Procedure, procedure_id, populate_existing=True)
    versions = await publishing.history(session, procedure_id) if procedure else ()
    if procedure is None or not versions:
        return None
    return Desk(procedure_id, officer, procedure.standing_version, versions)


async def keep(
    session: AsyncSession,
    officer: Officer,
    procedure_id: str,
    content: Content,
    *,
    seen: str,
    based_on: int | None,
) -> ProcedureVersion:
    """Save his draft, where it is still the one that he saw. Raises: SavedElsewhere, Refused."""
    found = await _locked_desk(session, officer, procedure_id)
    if found and found.seen != seen:
        raise SavedElsewhere
    number = found.draft.number if found and found.draft else None
    content = {**content, "id": procedure_id}
    return await publishing.save_draft(session, officer, content, based_on=based_on, number=number)


async def begin(
    session: AsyncSession, officer: Officer, content: Content, origin: Origin = Origin.CONSOLE
) -> ProcedureVersion:
    """A draft of a procedure that there was not."""
    wish = content.get("name") or f"thu tuc {content.get('topic', 'moi')}"
    procedure_id = await publishing.free_id(session, wish)
    content = {**content, "id": procedure_id}
    return await publishing.save_draft(session, officer, content, based_on=None, origin=origin)


async def begin_with_questions(
    session: AsyncSession, officer: Officer, questions: Sequence[str], topic: str | None
) -> ProcedureVersion:
    """A draft with what residents asked."""
    content: Content = {"asked": _asked(questions)}
    if topic in set(Topic):
        content["topic"] = topic
    return await begin(session, officer, content, Origin.GAP)


async def add_questions(
    session: AsyncSession, officer: Officer, procedure_id: str, questions: Sequence[str]
) -> ProcedureVersion:
    """What residents asked, in his draft of a procedure that there is. Raises: Refused."""
    found = await _locked_desk(session, officer, procedure_id)
    if found is None:
        raise Refused("Không còn thủ tục này.")
    content = found.content
    known = list(content.get("asked") or ())
    content["asked"] = known + [each for each in _asked(questions) if each not in known]
    return await keep(
        session, officer, procedure_id, content, seen=found.seen, based_on=found.based_on
    )


async def take_over(
    session: AsyncSession, officer: Officer, procedure_id: str, number: int
) -> ProcedureVersion:
    """His draft from any version: an earlier one, one that was refused, a colleague's.

    Raises: Refused.
    """
    found = await desk(session, officer, procedure_id)
    version = found and found.version(number)
    if found is None or version is None:
        raise Refused("Không còn bản này.")
    if found.draft:
        raise Refused(
            "Đồng chí đang có một bản soạn dở của thủ tục này. Hãy gửi duyệt hoặc bỏ bản ấy trước."
        )
    return await keep(
        session, officer, procedure_id, dict(version.content), seen="", based_on=found.standing
    )


async def recheck(
    session: AsyncSession,
    officer: Officer,
    procedure_id: str,
    today: date,
    check_by: str,
    how: str,
) -> ProcedureVersion:
    """Propose that what is told still holds.

    It takes the second officer like any edit: it lifts the warning under the answer, and he is
    told with what it was compared. Raises: Refused.
    """
    entry = catalogue().get(procedure_id)
    found = await desk(session, officer, procedure_id)
    if entry is None or found is None:
        raise Refused("Thủ tục này hiện không được trả lời.")
    if found.waiting:
        raise Refused("Thủ tục này đang có bản chờ duyệt. Hãy để bản ấy được duyệt trước.")
    if not _later(check_by, today):
        raise Refused("Đồng chí chọn ngày kiểm tra lại sau hôm nay.")
    if not how:
        raise Refused("Đồng chí ghi đã đối chiếu với văn bản, trang nào.")
    if entry.fees and not entry.fee(today):
        raise Refused("Mức lệ phí đã hết hạn: cần sửa lệ phí, không chỉ kiểm tra lại.")
    content = found.told | {
        "checked_on": today.isoformat(),
        "check_by": check_by,
        "verified_on": " ".join(how.split()),
    }
    draft = await publishing.save_draft(session, officer, content, based_on=found.standing)
    return await publishing.propose(session, officer, procedure_id, draft.number)


async def _locked_desk(session: AsyncSession, officer: Officer, procedure_id: str) -> Desk | None:
    """The same for whoever changes something."""
    if re.fullmatch(ID, procedure_id):
        lock = select(Procedure.id).where(Procedure.id == procedure_id).with_for_update()
        await session.execute(lock)
    return await desk(session, officer, procedure_id)


def _later(day: str, today: date) -> bool:
    try:
        return date.fromisoformat(day) > today
    except ValueError:
        return False


def _asked(questions: Sequence[str]) -> list[str]:
    """Each once, on one line."""
    lines = (" ".join(question.split())[:MAX_QUESTION].strip() for question in questions)
    return list(dict.fromkeys(filter(None, lines)))[:MAX_ASKED]
