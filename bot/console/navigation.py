"""The pages of the console that have a place in its menu, and who is shown each.

An entry is shown to those whom its page lets in; a test opens every one for every role.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.console.permissions import Permission, may
from bot.console.times import today
from bot.groups.models import Officer
from bot.procedures import upkeep
from bot.procedures.catalogue import catalogue

ON_PHONE = 3
"""So many entries stand at the bottom of a phone; the others are behind “Thêm”."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`key` is what a page gives as `nav`."""

    key: str
    address: str
    icon: str
    name: str
    permission: Permission


P = Permission
ENTRIES = (
    Entry("home", "/console", "inbox", "Phản ánh", P.READ_REPORTS),
    Entry("figures", "/console/so-lieu", "chart-bar", "Số liệu", P.FIGURES),
    Entry("accounts", "/console/tai-khoan", "users", "Tài khoản", P.ACCOUNTS),
    Entry("troubles", "/console/su-co", "mailbox-off", "Sự cố", P.TROUBLES),
    Entry("procedures", "/console/thu-tuc", "clipboard-list", "Thủ tục", P.READ_PROCEDURES),
    Entry("gaps", "/console/cau-hoi", "message-question", "Câu hỏi chưa trả lời được", P.GAPS),
    Entry("accuracy", "/console/hieu-dung", "chart-line", "Trợ lý hiểu đúng", P.ACCURACY),
    Entry("canned", "/console/cau-mau", "message-dots", "Câu trả lời mẫu", P.CANNED_REPLIES),
    Entry("deadlines", "/console/thoi-han", "clock", "Thời hạn", P.DEADLINES),
    Entry("retention", "/console/luu-giu", "trash", "Lưu giữ và xóa", P.RETENTION),
    Entry("audit", "/console/nhat-ky", "history", "Nhật ký", P.AUDIT),
)
HOME = Entry("home", "/console", "home", "Trang chính", P.OWN_ACCOUNT)


def menu(officer: Officer) -> Sequence[Entry]:
    """Whoever reads no reports begins on a page that says what he may do."""
    shown = [entry for entry in ENTRIES if may(officer, entry.permission)]
    return shown if may(officer, P.READ_REPORTS) else [HOME, *shown]


def counts(officer: Officer) -> dict[str, int]:
    """How much waits behind an entry, by its key."""
    if not may(officer, P.EDIT_PROCEDURES):
        return {}
    return {"procedures": upkeep.to_look_at(catalogue().values(), today())}
