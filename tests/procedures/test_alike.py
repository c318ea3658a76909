"""Questions that ask the same thing in other words are put together."""

import random

import pytest

from bot.procedures.alike import clusters

SAME = [
    [
        "làm lại cccd bị mất",
        "mất căn cước làm lại sao",
        "lam lai can cuoc bi mat o dau",
        "mất cccd giờ làm sao ạ",
    ],
    ["mất hộ chiếu làm lại ở đâu", "lam lai ho chieu bi mat"],
    ["nuôi cá sấu có phải xin phép không", "nuoi ca sau can giay phep gi"],
    ["đăng ký tạm trú cho công nhân", "công nhân ở trọ đăng ký tạm trú sao"],
    ["sang tên xe máy cũ", "xe máy mua lại sang tên thế nào"],
    ["đăng ký rơ moóc tự chế", "rơ moóc tự đóng đăng ký được không"],
    ["mở quán karaoke cần giấy phép gì", "xin phép mở karaoke gia đình"],
    ["tết đốt pháo hoa được không", "đốt pháo hoa có bị phạt không"],
    ["đốt rơm ngoài đồng có bị phạt không"],
    ["xe máy điện có phải đăng ký biển số không", "dang ky bien so xe may dien"],
    ["người nước ngoài thuê nhà trọ khai báo sao", "cho người nước ngoài thuê nhà phải báo ai"],
    ["con mới sinh nhập hộ khẩu", "nhap ho khau cho con moi sinh"],
    ["tách hộ khẩu cần gì"],
    ["thủ tục xóa án tích", "xóa án tích làm sao"],
    ["mất giấy tờ xe"],
    ["flycam có phải xin phép"],
]
"""Made up; each group asks for one thing."""


@pytest.mark.parametrize("order", range(5))
def test_questions_in_other_words_stand_together_whatever_came_first(order: int) -> None:
    asked = [(text, group) for group, texts in enumerate(SAME) for text in texts]
    random.Random(order).shuffle(asked)
    found = clusters([text for text, _ in asked], [None] * len(asked))
    groups = [{asked[place][1] for place in cluster} for cluster in found]
    assert all(len(group) == 1 for group in groups)
    assert len(found) == len(SAME)


def test_on_different_topics_nothing_is_put_together() -> None:
    texts = ["hết hạn đổi ở đâu", "hết hạn đổi ở đâu", "hết hạn đổi ở đâu"]
    assert clusters(texts, ["passport", "id_card", "passport"]) == [[0, 2], [1]]


def test_a_question_of_filling_words_alone_or_of_none_stands_by_itself() -> None:
    texts = ["thế nào", "ở đâu", "???", "🔥", "", "thế nào ạ"]
    found = clusters(texts, [None] * len(texts))
    assert sorted(place for cluster in found for place in cluster) == list(range(len(texts)))
    assert [0, 5] in found
