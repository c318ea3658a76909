"""What officers see for statuses, events and kinds of files (bot.wording is for residents)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.base import AttachmentKind
from bot.console.pages import CHANNEL_NAMES
from bot.console.times import clock
from bot.reports.bodies import BODIES, OTHER
from bot.reports.due import TO_DO
from bot.reports.learning import Reading
from bot.reports.models import DueKind, EventType, Report, ReportEvent, Status
from bot.reports.outcomes import OUTCOMES
from bot.triage.understanding import Category
from bot.wording import CATEGORY_NAMES

STATUS_LABELS = {
    Status.NEW: "Mới",
    Status.ACKNOWLEDGED: "Đã tiếp nhận",
    Status.IN_PROGRESS: "Đang xử lý",
    Status.WAITING: "Chờ người báo",
    Status.CLOSED: "Đã kết thúc",
    Status.REOPENED: "Mở lại",
    Status.TRANSFERRED: "Đã chuyển",
}
STATUS_COLOURS = {
    Status.NEW: "blue",
    Status.ACKNOWLEDGED: "cyan",
    Status.IN_PROGRESS: "teal",
    Status.WAITING: "yellow",
    Status.CLOSED: "secondary",
    Status.REOPENED: "orange",
    Status.TRANSFERRED: "purple",
}
ATTACHMENT_LABELS = {
    AttachmentKind.PHOTO: ("photo", "Hình ảnh"),
    AttachmentKind.VOICE: ("microphone", "Tin thoại"),
    AttachmentKind.FILE: ("file", "Tệp"),
    AttachmentKind.VIDEO: ("video", "Video"),
}

BUBBLES = {
    EventType.CREATED: "theirs",
    EventType.FROM_REPORTER: "theirs",
    EventType.TO_REPORTER: "ours",
    EventType.INTERNAL_NOTE: "internal",
}
"""Events that are somebody speaking, and on which side of the page they stand."""

LINES = {
    EventType.ACKNOWLEDGED: ("circle-check", "đã tiếp nhận"),
    EventType.WAITING: ("clock", "chờ người báo trả lời"),
    EventType.RESUMED: ("refresh", "không chờ người báo nữa, xử lý tiếp"),
    EventType.REOPENED: ("lock-open", "mở lại phản ánh"),
    EventType.TRANSFERRED_MANAGERS: ("shield-check", "chuyển lên Tổ quản lý; từ đây chỉ Tổ đọc"),
    EventType.URGENCY_RAISED: ("flame", "Người báo nhắn thêm: việc khẩn"),
    EventType.CONVERSATION_JOINED: ("messages", "Người báo đã mở kênh riêng"),
    EventType.GROUP_MESSAGE_DELETED: ("trash", "Trợ lý đã gỡ tin trong nhóm"),
    EventType.RECALL_ASKED: ("arrow-back-up", "Trợ lý đã nhờ người gửi thu hồi tin trong nhóm"),
    EventType.OFFICERS_TOLD: ("bell-ringing", "Trợ lý đã báo cho cán bộ phụ trách"),
    EventType.ATTACHMENT: ("paperclip", "Đã nhận tệp đính kèm"),
    EventType.LEARNING_ALLOWED: (
        "school",
        "cho trợ lý học từ tin này, sau khi che thông tin riêng",
    ),
    EventType.LEARNING_REFUSED: ("school", "không cho trợ lý học từ tin này"),
    EventType.LEARNING_WITHDRAWN: ("school", "rút lại, không cho trợ lý học từ tin này nữa"),
    EventType.CALLED_FOR: ("phone", "Người báo xin gặp cán bộ"),
    EventType.CALL_UNANSWERED: (
        "clock",
        "Chưa ai trả lời người báo: trợ lý đã báo lãnh đạo trực và nhắn lại cho người báo",
    ),
    EventType.ATTACHMENT_LOST: ("alert-triangle", "Không tải được tệp đính kèm"),
    EventType.MOVED: ("arrow-back-up", "Người báo cho biết một tin ở đây thuộc việc khác"),
    EventType.HANDED_BACK: ("message-circle", "giao lại cho trợ lý"),
    EventType.ANONYMITY_ASKED: ("lock", "Người báo xin ẩn danh, từ đây chỉ hiện bí danh"),
    EventType.ANONYMITY_LIFTED: ("lock-open", "Người báo cho cán bộ biết tên"),
    EventType.IDENTITY_REVEALED: ("eye", "đã xem danh tính người báo"),
    EventType.IDENTITY_ERASED: ("trash", "Tên và số điện thoại đã xóa theo yêu cầu của người báo"),
    EventType.EXPIRED: ("trash", "Lời kể và tệp đính kèm đã xóa vì hết thời hạn lưu giữ"),
    EventType.WITHDRAWN: ("arrow-back-up", "Người báo rút lại"),
    EventType.WORDS_ERASED: ("trash", "Lời kể và tệp đính kèm đã xóa theo yêu cầu của người báo"),
}

FROM_OFFICERS = {
    EventType.ATTACHMENT: ("paperclip", "gửi người báo một tệp"),
    EventType.ATTACHMENT_LOST: ("alert-triangle", "gửi một tệp mà không chuyển được"),
}
"""What is said of such events where an officer is behind them."""

FLAGS = {
    EventType.URGENT_CHANGED: ("flame", "khẩn"),
    EventType.SENSITIVE_CHANGED: ("lock", "nhạy cảm"),
}
"""Marks that an officer sets or takes away."""

HANDED_ON = {
    EventType.ASSIGNED: ("user", "giao cho đồng chí"),
    EventType.TRANSFERRED_HAMLET: ("send", "chuyển cho cán bộ phụ trách"),
}
"""What is said before the name of whom, or of which hamlet, got the report."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A text that officers write for each other with what they do."""

    what: str
    managers: bool = False  # only they read it


REASONS = {
    EventType.TRANSFERRED_HAMLET: Reason("Ghi cho cán bộ nhận"),
    EventType.TRANSFERRED_MANAGERS: Reason("Lý do chuyển", managers=True),
    EventType.REOPENED: Reason("Lý do mở lại"),
    EventType.IDENTITY_REVEALED: Reason("Lý do xem danh tính", managers=True),
}

TOGETHER = {
    EventType.MERGED: ("gộp vào phản ánh khác cùng việc", "gộp thêm một phản ánh cùng việc"),
    EventType.UNMERGED: ("tách ra khỏi phản ánh đã gộp", "tách ra một phản ánh đã gộp"),
}
"""On the page of the report that follows, and of the one that leads. The other's code stands where
it is known that the reader may read it, and not here."""

LOST = {
    "gone": "Không nhắn được cho người báo nữa: họ đã chặn trợ lý hoặc bỏ tài khoản",
    "window": "Chưa nhắn được cho người báo: đã quá hạn ứng dụng chat cho phép, tính từ tin của họ",
    "quota": "Chưa nhắn được cho người báo: ứng dụng chat đã hết lượt gửi",
}
"""Why a reporter cannot be written to."""

UNVERIFIED = (
    "Có người mở kênh riêng bằng mã. Ứng dụng chat không cho biết có đúng người báo không, "
    "đồng chí hỏi lại cho chắc"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A small line of the timeline."""

    icon: str
    text: str


def line(event: ReportEvent) -> Line:
    """What happened, in a few words. A new type of event is shown, if plainly."""
    who = event.officer.name if event.officer else ""
    if event.type in TOGETHER:
        follows, leads = TOGETHER[event.type]
        return Line("users", f"{who} {leads if event.data.get('leads') else follows}")
    if event.type is EventType.CATEGORY_CHANGED:
        return Line("tag", f"{who or 'Trợ lý'} {_category_line(event.data)}")
    if event.type is EventType.CLOSED:
        outcome = OUTCOMES.get(event.data.get("outcome", ""), "")
        return Line("lock", f"{who} kết thúc: {outcome}{_along(event)}")
    if event.type in HANDED_ON:
        icon, words = HANDED_ON[event.type]
        return Line(icon, f"{who} {words} {event.data.get('to', '')}{_along(event)}")
    if event.type is EventType.TRANSFERRED_OUT:
        body = BODIES.get(event.data.get("body", ""), BODIES[OTHER])
        return Line("external-link", f"{who} chuyển tới {body}{_along(event)}")
    if event.type is EventType.UNREACHABLE:
        return Line("mailbox-off", LOST.get(event.data.get("why", ""), LOST["gone"]))
    if event.type is EventType.REACHABLE:
        channel = CHANNEL_NAMES.get(event.data.get("channel", ""), "")
        return Line("messages", f"Lại nhắn được cho người báo, qua {channel}")
    if event.type is EventType.DEADLINE_MISSED:
        return Line("alert-triangle", _missed_line(event.data))
    if event.type in FLAGS:
        icon, mark = FLAGS[event.type]
        return Line(icon, f"{who} {'đánh dấu' if event.data.get('to') else 'bỏ dấu'} {mark}")
    if event.type is EventType.CONVERSATION_JOINED and not event.data.get("verified", True):
        return Line("messages", UNVERIFIED)
    known = LINES | FROM_OFFICERS if who else LINES
    icon, text = known.get(event.type, ("message-dots", "Có cập nhật"))
    return Line(icon, (f"{who} {text}" if who else text) + _along(event))


def _along(event: ReportEvent) -> str:
    """What happened to the report because it happened to the one it follows."""
    return ", cùng phản ánh chính" if "with" in event.data else ""


def _missed_line(data: dict[str, Any]) -> str:
    what, due = TO_DO[DueKind(data["kind"])], datetime.fromisoformat(data["due"])
    return f"Quá hạn {what}, hạn là {clock(due)}"


def _category_line(data: dict[str, Any]) -> str:
    before, after = (category_name(data.get(side, "")) for side in ("from", "to"))
    words = f"xác nhận loại: {after}" if before == after else f"đổi loại: {before} → {after}"
    readers = {True: "; từ đây chỉ Tổ quản lý đọc", False: "; từ đây cán bộ phụ trách ấp đọc được"}
    return words + readers.get(data.get("managers_only", ""), "")


def category_name(value: str) -> str:
    try:
        return CATEGORY_NAMES[Category(value)]
    except ValueError:
        return "loại khác"


def read_as(category: Category) -> str:
    """A category as an officer's word on a message, also where it is no report at all."""
    return CATEGORY_NAMES[category] if category.is_report else "Không phải phản ánh"


def reading_line(reading: Reading) -> str:
    """A reading in one line: what, and which marks it has or has not."""
    marks = ((reading.sensitive, "nhạy cảm"), (reading.urgent, "khẩn"))
    said = [mark if value else f"không {mark}" for value, mark in marks if value is not None]
    return " · ".join((read_as(reading.category), *said))


def channel_of(report: Report) -> str:
    """Where the report came from. `group` must be loaded."""
    if report.conversation is not None:
        return report.conversation.channel
    return report.group.channel if report.group is not None else ""
