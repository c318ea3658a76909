"""Light and dark, and the menu."""

import re

import pytest

from tests.console.fixtures import SignedIn


async def test_the_chosen_theme_is_in_the_page_itself(signed_in: SignedIn) -> None:
    officer = await signed_in("ap1")
    assert "data-bs-theme" not in (await officer.get("/console")).text  # the device decides
    where = "/console/hang-doi/tat-ca?trang=1"
    answer = await officer.submit("/console/giao-dien", page="/console", theme="dark", next=where)
    assert (answer.status_code, answer.headers["location"]) == (303, where)
    assert '<html lang="vi" data-bs-theme="dark">' in (await officer.get("/console")).text
    await officer.submit("/console/giao-dien", page="/console", theme="")
    assert "data-bs-theme" not in (await officer.get("/console")).text


async def test_a_theme_nobody_has_is_not_kept(signed_in: SignedIn) -> None:
    officer = await signed_in("ap1")
    answer = await officer.submit(
        "/console/giao-dien", page="/console", theme='"><b>', next="//example.com"
    )
    assert answer.headers["location"] == "/console"
    officer.cookies.set("binhyen_theme", "brown", path="/console")
    assert "data-bs-theme" not in (await officer.get("/console")).text


async def test_what_was_just_done_is_not_said_again_after_switching(signed_in: SignedIn) -> None:
    page = (await (await signed_in("ap1")).get("/console?da=mat-khau")).text
    assert 'name="next" value="/console"' in page


@pytest.mark.parametrize("username", ["quanly", "ap1", "phoap1", "quantri"])
async def test_the_menu_leads_only_to_pages_that_open(signed_in: SignedIn, username: str) -> None:
    officer = await signed_in(username)
    for address in menu((await officer.get("/console")).text):
        page = await officer.get(address)
        assert page.status_code == 200
        assert f'<a href="{address}" aria-current="page">' in page.text


def menu(page: str) -> list[str]:
    inside = page.split('<nav class="menu"')[1].split("</nav>")[0]
    return re.findall(r'href="([^"]+)"', inside)
