"""One event, several people: on Telegram, from the group to the last word to each of them."""

import re

from tests.e2e.conftest import Settled
from tests.e2e.officers import Console
from tests.e2e.residents import OnTelegram
from tests.service import RunningService

GROUP = "-1001"
BRAWL = (
    "đánh nhau trước quán nhậu ngã ba ấp 1, có người chảy máu rồi bà con ơi",
    "ngoai nga ba ap 1 dang danh nhau du lam, chay mau ca ra, cong an toi lien di",
    "Đám thanh niên cầm cây đánh nhau ở ngã ba, trước quán nhậu, có người bị thương chảy máu",
)


def test_three_people_tell_of_one_brawl_and_each_hears_once_how_it_ends(
    running_service: RunningService, somebody: int, leader: Console, settled: Settled
) -> None:
    telegram = running_service.platforms.telegram
    residents = [OnTelegram(running_service, somebody + n * 100_000, "Lan") for n in range(3)]
    codes: list[str] = []
    for resident, text in zip(residents, BRAWL, strict=True):
        before = leader.codes()
        resident.in_private("/start")  # from now on the assistant may write to this person
        telegram.wait_for(lambda t, r=resident: t.sent(r.chat))
        resident.in_group(GROUP, text)
        running_service.wait_until(lambda b=before: leader.codes() > b, 20)
        codes += leader.codes() - before
    settled()
    assert len(codes) == 3
    heard = [len(telegram.sent(resident.chat)) for resident in residents]

    page = leader.report(codes[2]).text
    assert "Có thể là cùng một việc" in page
    suggested = re.findall(r'name="other" value="(PA-\w{5})"', page)
    assert set(suggested) >= set(codes[:2])  # other tests' brawls stand in the same hamlet
    for code in codes[:2]:
        assert leader.act(codes[2], "gop", other=code).is_success
    assert leader.codes() & set(codes) == {codes[0]}
    settled()
    assert [len(telegram.sent(resident.chat)) for resident in residents] == heard

    assert leader.act(codes[0], "tiep-nhan").is_success
    assert leader.act(codes[0], "ket-thuc", outcome="resolved", text="Đã yên.").is_success
    settled()
    for resident, code, number in zip(residents, codes, heard, strict=True):
        assert telegram.sent(resident.chat)[number:] == [
            f"Cán bộ Nguyễn Văn Hải đã tiếp nhận phản ánh {code} của anh/chị.",
            f"Phản ánh {code} đã kết thúc: Đã giải quyết.\nĐã yên.",
        ]
    assert not leader.codes() & set(codes)

    asked = len(telegram.sent(residents[1].chat))
    residents[1].in_private(f"{codes[1]} tới đâu rồi")
    telegram.wait_for(lambda t: len(t.sent(residents[1].chat)) > asked)
    answer = telegram.sent(residents[1].chat)[-1]
    assert answer.startswith(f"Phản ánh {codes[1]}")
    assert "đã giải quyết, do cán bộ Nguyễn Văn Hải phụ trách" in answer
    assert codes[0] not in answer
