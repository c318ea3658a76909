"""What is erased when: managers see it coming, residents read how long things are kept."""

from datetime import timedelta

import httpx
import pytest

from bot.db import Database, now
from bot.gateway.app import create_app
from bot.reports.models import Status
from bot.retention.kinds import TABLE
from bot.retention.models import Purge
from bot.retention.views import lasting
from bot.settings import Settings
from tests.console.fixtures import SignedIn
from tests.console.people import People, report

PAGE, PUBLIC = "/console/luu-giu", "/du-lieu"
WORDS = "nhà kế bên đánh bài"


async def test_a_manager_sees_which_reports_lose_their_words_and_nothing_of_what_they_say(
    db: Database, people: People, signed_in: SignedIn, settings: Settings
) -> None:
    async with db.begin() as session:
        soon, later = [await report(session, people, WORDS) for _ in range(2)]
        for made, days in ((soon, 3), (later, 30)):
            made.status = Status.CLOSED
            made.closed_at = now() - timedelta(days=settings.keep_reports_days - days)
        session.add(Purge(erased={"gaps": 12, "reports": 3}))
    page = (await (await signed_in("quanly")).get(PAGE)).text
    assert "trong 7 ngày tới: 1 phản ánh" in page
    assert f'href="/console/phan-anh/{soon.code}"' in page
    assert later.code not in page
    assert all(kind.what in page for kind in TABLE)
    assert "12 · Câu hỏi chưa trả lời được" in page
    assert "3 · Lời kể" in page
    for secret in (WORDS, "Cô Ba Lành"):
        assert secret not in page


async def test_residents_read_how_long_each_kind_is_kept_and_get_no_cookie(
    settings: Settings,
) -> None:
    app = create_app(settings)
    door = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=door, base_url="http://127.0.0.1") as anybody:
        answer = await anybody.get(PUBLIC)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    for kind in TABLE:
        assert (kind.what in answer.text) is not kind.technical
        assert (kind.why in answer.text) is not kind.technical
    assert "Giữ nhiều nhất 3 ngày" in answer.text
    assert "Giữ khi" not in answer.text, "until then, not from then on"
    assert f"{settings.keep_reports_days} ngày sau khi kết thúc" in answer.text
    await app.state.services.rasa.close()
    await app.state.services.db.close()


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (timedelta(0), ""),
        (timedelta(minutes=30), "30 phút"),
        (timedelta(hours=1), "1 giờ"),
        (timedelta(days=3), "3 ngày"),
    ],
)
def test_how_long_is_said_in_words(kept: timedelta, said: str) -> None:
    assert lasting(kept) == said
