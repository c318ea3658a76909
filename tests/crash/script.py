"""What residents write in a storm, and what must come of each line, whatever dies meanwhile."""

from tests.crash.ledger import Filed, Line

OPENS, ADDS, ONCE = Filed.OPENS, Filed.ADDS, Filed.ONCE

DIALOGUES = (
    (
        Line("tối qua mất trộm cái máy bơm ở ấp 3", OPENS, 1),
        Line("máy hiệu con voi màu xanh", ADDS, 1),
        Line("mất hồi 2 giờ sáng á", ADDS, 1),
        Line("nhà con ở sau chợ", ADDS, 1),
        Line("có thấy thằng mặc áo đen chạy qua", ADDS, 1),
        Line("nó chạy xe sirius không biển số", ADDS, 1),
        Line("hàng xóm cũng thấy nó rình mấy bữa rồi", ADDS, 1),
    ),
    (
        Line("nhà kế bên ở ấp 2 hát karaoke kẹo kéo tới 12 giờ đêm hổm rày", OPENS, 1),
        Line("ngày nào cũng vậy hết", ADDS, 1),
        Line("con nhỏ nhà tui mới hai tháng", ADDS, 1),
        Line("nói hoài mà họ hông nghe", ADDS, 1),
        Line("tới đâu rồi", answers=1),
    ),
    (
        Line(
            "anh công an trực ở xã nạt nộ bà già tui trước mặt mọi người, thái độ quá đáng",
            OPENS,
            1,
        ),
        Line("bữa đó thứ hai cỡ 8 giờ sáng", ADDS, 1),
        Line("bà già tui run luôn", ADDS, 1),
        Line("có mấy người ngồi chờ cũng thấy", ADDS, 1),
        Line("nhà ở ấp 1", ADDS, 1),
    ),
    (
        Line("đổi giấy phép lái xe ở đâu", answers=1),
        Line("hôm nay trời đẹp quá ha", answers=1),
        Line("đăng ký tạm trú online sao", answers=1),
        Line("mất căn cước làm lại bao nhiêu tiền", answers=1),
        Line("bạn là người hay máy", answers=1),
        Line("làm căn cước cho con 8 tuổi cần giấy tờ gì ạ", answers=1),
    ),
    (
        Line(
            "đường dây điện trước nhà tui ở ấp 1 đứt rớt xuống đường, tụi nhỏ hay chạy ngang",
            OPENS,
            1,
        ),
        Line("khúc gần cầu ván á", ADDS, 1),
        Line("mới đứt hồi sáng", ADDS, 1),
        Line("đổi giấy phép lái xe ở đâu", ADDS, 1),
    ),
)
"""In private; one person says one of these, from its beginning to its end."""

TALK = tuple(
    Line(text, answers=0, in_group=True)
    for text in (
        "chúc cả nhà ngày mới vui vẻ",
        "hôm nay trời đẹp quá bà con ơi",
        "haha nói giỡn thôi mà",
        "tối nay đá banh ai coi hông",
        "mai ai đi chợ cho tui gửi bó rau",
        "cảm ơn bà con nhiều nha",
    )
)
QUESTIONS = tuple(
    Line(text, in_group=True)
    for text in (
        "cho hỏi đổi giấy phép lái xe ở đâu vậy bà con",
        "đăng ký tạm trú online sao ạ",
        "mất căn cước làm lại bao nhiêu tiền vậy",
    )
)
REPORTS = tuple(
    Line(text, ONCE, in_group=True)
    for text in (
        "nhà ông Tám Rượu kế bên đêm nào cũng tụ tập đánh bài ăn tiền, cán bộ coi giùm",
        "cây ngã chắn ngang đường vô trường học, bà con coi chừng",
        "anh công an trực ở xã nạt nộ bà già tui trước mặt mọi người, thái độ quá đáng",
        "chay nha roi ba con oi, goi cuu hoa gium",
    )
)
IN_GROUP = ((TALK, 7), (QUESTIONS, 2), (REPORTS, 1))
"""In a group; each line of it with these weights."""
GROUP_LINES = 12
"""How many one person says there."""
