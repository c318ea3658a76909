"""How a report can end, in words for officers and reporters alike."""

NOT_A_REPORT = "not_a_report"
"""Its sender asked for nothing and hears nothing."""

OUTCOMES = {
    "resolved": "Đã giải quyết",
    "advised": "Đã hướng dẫn",
    "reconciled": "Đã hòa giải",
    "passed_on": "Đã chuyển nơi có thẩm quyền",
    "unfounded": "Đã xác minh, không có cơ sở",
    NOT_A_REPORT: "Không phải phản ánh",
}
