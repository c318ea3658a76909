"""The page itself and the cookie that comes with it."""

import httpx
import pytest

from bot.gateway.chat_visitors import COOKIE, cookie_for, new_visitor
from bot.settings import Settings
from tests.chat.conftest import Gateway, Visit


async def test_the_page_offers_the_hamlets_that_have_a_web_group(
    gateway: Gateway, visit: Visit
) -> None:
    page = (await (await visit("Cô Sáu")).http.get("/")).text
    assert "Xã Đồng Tâm" in page
    assert ">Ấp 1<" in page
    assert ">Ấp 2<" in page
    assert "Ấp 3" not in page


async def test_the_page_always_shows_the_emergency_numbers(visit: Visit) -> None:
    page = (await (await visit("Cô Sáu")).http.get("/")).text
    assert all(f'href="tel:{number}"' in page for number in (113, 114, 115))


async def test_the_private_view_says_what_it_is_and_who_reads(visit: Visit) -> None:
    page = (await (await visit("Cô Sáu")).http.get("/")).text
    for words in ("trợ lý tự động", "chỉ cán bộ có trách nhiệm", "không lưu chuyện trò"):
        assert words in page


async def test_a_visitor_keeps_his_identity(gateway: Gateway, visit: Visit) -> None:
    resident = await visit("Cô Sáu")
    await (await resident.open()).say("một")
    await resident.http.get("/")
    await (await resident.open()).say("hai")
    assert len({event.sender_id for event in await gateway.events()}) == 1


async def test_two_visitors_are_two(gateway: Gateway, visit: Visit) -> None:
    for name in ("Cô Sáu", "Anh Ba"):
        await (await (await visit(name)).open()).say("chào")
    assert len({event.sender_id for event in await gateway.events()}) == 2


async def test_no_script_can_read_the_cookie_and_it_tells_nothing(gateway: Gateway) -> None:
    async with httpx.AsyncClient() as http:
        cookie = (await http.get(gateway.url + "/")).headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


@pytest.mark.parametrize(("public_url", "secure"), [("https://xa.vn", True), (None, False)])
def test_the_cookie_is_for_https_alone_where_there_is_https(
    public_url: str | None, secure: bool
) -> None:
    settings = Settings.model_validate({"public_url": public_url})
    assert cookie_for(new_visitor(), settings).secure is secure


async def test_the_page_runs_only_our_own_scripts(visit: Visit) -> None:
    answer = await (await visit("Cô Sáu")).http.get("/")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert " on" + "click=" not in answer.text


async def test_everything_the_page_needs_is_here(gateway: Gateway, visit: Visit) -> None:
    resident = await visit("Cô Sáu")
    page = (await resident.http.get("/")).text
    addresses = [part.split('"')[0] for part in page.split('"/static/')[1:]]
    assert len(addresses) >= 4
    for address in addresses:
        assert (await resident.http.get(f"/static/{address}")).status_code == 200
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page
