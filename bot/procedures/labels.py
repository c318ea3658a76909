"""What officers call a procedure's fields and what may stand in them."""

from bot.procedures.entry import Confidence, Service, Topic
from bot.procedures.models import Origin, Status

FIELDS = {
    "id": "Mã",
    "topic": "Chủ đề",
    "name": "Tên thủ tục",
    "questions": "Câu hỏi mẫu",
    "asked": "Câu bà con đã hỏi",
    "answer": "Trả lời ngắn",
    "details": "Trả lời đầy đủ",
    "steps": "Các bước",
    "papers": "Giấy tờ",
    "forms": "Biểu mẫu",
    "where": "Nơi làm",
    "online": "Địa chỉ nộp qua mạng",
    "time": "Thời hạn",
    "fees": "Lệ phí",
    "service": "Tùy xã có làm hay không",
    "legal_source": "Căn cứ pháp lý",
    "verified_on": "Đã đối chiếu thế nào",
    "checked_on": "Ngày kiểm tra",
    "check_by": "Phải kiểm tra lại trước ngày",
    "confidence": "Mức tin cậy",
    "related": "Thủ tục liên quan",
}
"""Every field of an entry, as officers know it."""

TOPICS = {
    Topic.ID_CARD: "Căn cước, VNeID",
    Topic.PASSPORT: "Hộ chiếu",
    Topic.SECURITY_LICENSE: "Điều kiện an ninh, trật tự",
    Topic.RESIDENCE: "Cư trú",
    Topic.VEHICLE: "Đăng ký xe",
    Topic.DRIVING_LICENSE: "Giấy phép lái xe",
    Topic.CRIMINAL_RECORD: "Lý lịch tư pháp",
    Topic.OTHER: "Thủ tục khác",
}
CONFIDENCES = {
    Confidence.HIGH: "Chắc chắn",
    Confidence.MEDIUM: "Một nguồn",
    Confidence.LOW: "Chưa xác nhận",
}
SERVICES = {
    Service.ID_CARD: "Làm căn cước",
    Service.VEHICLE_REGISTRATION: "Đăng ký xe",
    Service.DRIVING_LICENSE_EXCHANGE: "Đổi giấy phép lái xe",
    Service.PASSPORT: "Làm hộ chiếu",
    Service.CRIMINAL_RECORD: "Lý lịch tư pháp",
}
STATUSES = {
    Status.DRAFT: "Đang soạn",
    Status.PROPOSED: "Chờ duyệt",
    Status.TAKEN_BACK: "Người soạn rút lại",
    Status.REJECTED: "Không duyệt",
    Status.PUBLISHED: "Đang dùng",
    Status.SUPERSEDED: "Đã thay bằng bản khác",
    Status.WITHDRAWN: "Ngừng trả lời",
}
ORIGINS = {
    Origin.FILE: "Tệp kèm phần mềm",
    Origin.CONSOLE: "Cán bộ soạn",
    Origin.GAP: "Từ câu chưa trả lời được",
}

TOLD_AS = {
    "topic": {str(topic): label for topic, label in TOPICS.items()},
    "confidence": {str(confidence): label for confidence, label in CONFIDENCES.items()},
    "service": {str(service): label for service, label in SERVICES.items()},
}
"""What stands for the values of fields that are chosen from a list."""
