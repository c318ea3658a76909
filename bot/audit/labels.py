"""The log in words."""

from bot.audit.models import Action, AuditEntry
from bot.console.pages import CHANNEL_NAMES, ROLE_NAMES
from bot.reports.bodies import BODIES
from bot.reports.outcomes import OUTCOMES
from bot.wording import CATEGORY_NAMES

ACTIONS = {
    Action.SIGNED_IN: "Đăng nhập",
    Action.SIGN_IN_FAILED: "Đăng nhập không thành",
    Action.CODE_REFUSED: "Mã xác nhận không đúng",
    Action.SIGNED_OUT: "Đăng xuất",
    Action.PROVED: "Xác nhận lại đúng người",
    Action.NOT_PROVED: "Xác nhận lại không thành",
    Action.SECOND_FACTOR_SET_UP: "Bật xác nhận hai bước",
    Action.SECOND_FACTOR_OFF: "Tắt xác nhận hai bước",
    Action.RECOVERY_CODES_MADE: "Cấp mã dự phòng mới",
    Action.SESSIONS_ENDED: "Kết thúc phiên đăng nhập",
    Action.ACCOUNT_CREATED: "Tạo tài khoản",
    Action.ACCOUNT_CHANGED: "Sửa tài khoản",
    Action.ACCOUNT_DISABLED: "Khóa tài khoản",
    Action.ACCOUNT_ENABLED: "Mở lại tài khoản",
    Action.PASSWORD_RESET: "Cấp lại mật khẩu",
    Action.SECOND_FACTOR_RESET: "Đặt lại xác nhận hai bước",
    Action.PASSWORD_CHANGED: "Đổi mật khẩu",
    Action.PASSWORD_NOT_CHANGED: "Đổi mật khẩu không thành",
    Action.QUEUE_SEEN: "Mở danh sách phản ánh",
    Action.SEARCHED: "Tìm trong lời kể",
    Action.REPORT_SEEN: "Mở phản ánh",
    Action.FILE_SEEN: "Xem tệp",
    Action.IDENTITY_REVEALED: "Xem danh tính người báo",
    Action.PERSONAL_SHOWN: "Hiện đầy đủ tên, số riêng",
    Action.PERSONAL_HIDDEN: "Che lại tên, số riêng",
    Action.ACKNOWLEDGED: "Tiếp nhận",
    Action.REPLIED: "Trả lời người báo",
    Action.HANDED_BACK: "Giao lại cho trợ lý",
    Action.NOTE_WRITTEN: "Ghi chú nội bộ",
    Action.CORRECTED: "Sửa loại, mức độ",
    Action.LEARNING_ALLOWED: "Cho trợ lý học",
    Action.LEARNING_REFUSED: "Không cho trợ lý học",
    Action.MERGED: "Gộp phản ánh",
    Action.UNMERGED: "Tách phản ánh",
    Action.CLOSED: "Kết thúc",
    Action.ASSIGNED: "Giao cho cán bộ",
    Action.TRANSFERRED: "Chuyển phản ánh",
    Action.WAITING_ENDED: "Thôi chờ người báo",
    Action.REOPENED: "Mở lại",
    Action.DELIVERY_REPEATED: "Gửi lại tin chưa tới",
    Action.DELIVERY_DROPPED: "Bỏ qua tin chưa tới",
    Action.CALENDAR_CHANGED: "Đổi lịch làm việc",
    Action.DEADLINES_CHANGED: "Đổi thời hạn",
    Action.GAP_ANSWERED: "Bổ sung câu trả lời",
    Action.GAP_LEFT: "Bỏ qua câu hỏi",
    Action.PROCEDURE_DRAFTED: "Soạn thủ tục",
    Action.PROCEDURE_DRAFT_DROPPED: "Bỏ bản nháp thủ tục",
    Action.PROCEDURE_PROPOSED: "Gửi duyệt thủ tục",
    Action.PROCEDURE_TAKEN_BACK: "Rút bản gửi duyệt",
    Action.PROCEDURE_REJECTED: "Không duyệt thủ tục",
    Action.PROCEDURE_PUBLISHED: "Duyệt thủ tục",
    Action.PROCEDURE_WITHDRAWN: "Ngừng trả lời thủ tục",
    Action.CANNED_REPLY_SAVED: "Sửa câu trả lời mẫu",
    Action.CANNED_REPLY_REMOVED: "Bỏ câu trả lời mẫu",
    Action.PERSON_EXPORTED: "Sao dữ liệu của một người theo đơn",
    Action.PERSON_ERASED: "Xóa dữ liệu của một người theo đơn",
    Action.EXPORTED: "Xuất dữ liệu",
    Action.RESTORED: "Phục hồi từ bản sao lưu",
    Action.AUDIT_SEEN: "Xem nhật ký",
}
NOTABLE = {
    Action.IDENTITY_REVEALED: "bg-purple-lt",
    Action.EXPORTED: "bg-purple-lt",
    Action.PERSON_EXPORTED: "bg-purple-lt",
    Action.PERSON_ERASED: "bg-purple-lt",
    Action.RESTORED: "bg-purple-lt",
    Action.SIGN_IN_FAILED: "bg-red-lt",
    Action.PASSWORD_NOT_CHANGED: "bg-red-lt",
    Action.CODE_REFUSED: "bg-red-lt",
    Action.NOT_PROVED: "bg-red-lt",
    Action.ACCOUNT_CREATED: "bg-yellow-lt",
    Action.ACCOUNT_CHANGED: "bg-yellow-lt",
    Action.PASSWORD_RESET: "bg-yellow-lt",
    Action.SECOND_FACTOR_RESET: "bg-yellow-lt",
}
"""What a manager looks for, with its colour."""

ROLES = {str(role): name for role, name in ROLE_NAMES.items()}
CATEGORIES = {str(category): name for category, name in CATEGORY_NAMES.items()}
FACTORS = {"code": "bằng mã xác nhận", "recovery_code": "bằng mã dự phòng"}
PLACES = CHANNEL_NAMES | {"binhyen": "Trên máy chủ"}


def place(entry: AuditEntry) -> str:
    """Where it was done from."""
    return PLACES.get(entry.address, entry.address)


def detail(entry: AuditEntry) -> str:
    """What else an officer wants to know of it."""
    data = entry.data
    said = [
        f"tài khoản {data['account']}" if "account" in data else "",
        ROLES.get(str(data.get("role")), "") if data.get("other_role", True) else "",
        FACTORS.get(str(data.get("factor")), ""),
        CATEGORIES.get(str(data.get("category")), ""),
        OUTCOMES.get(str(data.get("outcome")), ""),
        f"tới {BODIES.get(data['body'], '')}" if "body" in data else "",
        "lên Tổ quản lý" if data.get("managers") else "",
        "sang ấp khác" if "hamlet" in data else "",
        f"vào {data['into']}" if "into" in data else "",
        f"khỏi {data['out_of']}" if "out_of" in data else "",
        f"theo {data['along_with']}" if "along_with" in data else "",
        "kèm tệp" if data.get("with_file") else "",
        f"trang {data['page']}" if data.get("page", 1) != 1 else "",
        "trang sau" if data.get("further") else "",
        f"thấy {data['found']}" if "found" in data else "",
        f"{data['messages']} tin" if "messages" in data else "",
        f"sao lưu lúc {data['saved']}" if data.get("saved") else "",
        f"{data['procedure']}, bản {data['version']}" if "procedure" in data else "",
    ]
    return ", ".join(filter(None, said))
