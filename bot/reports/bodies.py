"""To whom a report can be passed on, in words as they stand in a sentence."""

OTHER = "other"

BODIES = {
    "province": "Công an tỉnh",
    "commune": "Ủy ban nhân dân xã",
    "neighbour": "Công an xã, phường khác",
    "military": "Ban Chỉ huy Quân sự xã",
    "border": "Bộ đội Biên phòng",
    "front": "Mặt trận Tổ quốc xã",
    "health": "Trạm Y tế xã",
    "school": "nhà trường",
    "power": "điện lực",
    "court": "Tòa án nhân dân",
    "procuracy": "Viện kiểm sát nhân dân",
    OTHER: "cơ quan khác có thẩm quyền",
}
