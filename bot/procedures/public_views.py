"""The public pages on procedures: the answers of the chat, to read, to search and to print.

/thu-tuc                    all of them by topic; with `?hoi=…` what answers a question
/thu-tuc/to-dan             a sheet for the notice board
/thu-tuc/id-card            one procedure; printed, it is one page
/thu-tuc/id-card/to-dan     a sheet for the notice board about it
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Any

from litestar import Request, Response, Router, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_429_TOO_MANY_REQUESTS

from bot.buckets import Buckets
from bot.channels.text import clean, visible
from bot.console.browsers import network
from bot.console.services import address_of
from bot.console.times import today
from bot.nlu.text import strip_diacritics
from bot.procedures import catalogue, public_page, public_search
from bot.procedures.addresses import ROOT, id_at, link, path_of
from bot.procedures.entry import Confidence, Entry, Topic
from bot.procedures.public_page import FORGOTTEN, LONGEST_SEARCH, page
from bot.procedures.telling import here, whom_to_ask
from bot.triage.danger import in_danger
from bot.triage.hotlines import NAMES, hotlines
from bot.wording import say

SEARCHES = 30
PER_SECONDS = 60.0
"""So many searches at once, and again in this time, from one network; a hamlet may share one."""

SHEET, NOTICE = (1250, 2400), (330, 850)
"""From so many characters on the letters on paper are smaller, and again: one page holds all."""

LARGE, WARNING = 2, 200
"""A letter of a notice's heading takes the room of so many others, and a warning of so many."""

ON_NOTICE = 400
"""Characters of the papers that a notice names; the others are on the page."""

searches = Buckets(SEARCHES, PER_SECONDS)

PublicRequest = Request[Any, Any, Any]


TOPICS = {
    Topic.ID_CARD: "Căn cước, VNeID",
    Topic.RESIDENCE: "Thường trú, tạm trú",
    Topic.VEHICLE: "Đăng ký xe, biển số",
    Topic.DRIVING_LICENSE: "Bằng lái xe",
    Topic.PASSPORT: "Hộ chiếu",
    Topic.CRIMINAL_RECORD: "Lý lịch tư pháp",
    Topic.SECURITY_LICENSE: "Kinh doanh cần giấy an ninh, trật tự",
    Topic.OTHER: "Việc khác",
}
"""As residents say it, what they ask most first."""


@dataclass(frozen=True, slots=True)
class Chapter:
    anchor: str
    name: str
    entries: list[Entry]


@get("/")
async def all_or_found(
    request: PublicRequest, asked: Annotated[str, QueryParameter(name="hoi")] = ""
) -> Response[bytes]:
    """The list, or what answers the question."""
    await _refresh(request)
    question = " ".join(visible(clean(asked, LONGEST_SEARCH)).split())
    if question:
        return await _found(request, question)
    return page(
        request,
        "public/list.html",
        topics=_chapters(),
        count=len(catalogue.catalogue()),
        address=_link(request, ROOT),
    )


@get("/to-dan")
async def notice_of_all(request: PublicRequest) -> Response[bytes]:
    await _refresh(request)
    return page(
        request,
        "public/notice.html",
        entry=None,
        size="",
        topics=_chapters(),
        count=len(catalogue.catalogue()),
        **_code(request, ROOT),
    )


@get("/{name:str}")
async def one(request: PublicRequest, name: FromPath[str]) -> Response[bytes]:
    return show(request, await _entry(request, name))


def show(
    request: PublicRequest, entry: Entry, headers: Mapping[str, str] = public_page.FRESH
) -> Response[bytes]:
    """The page of an entry, which an officer may also see before it is told."""
    return page(
        request,
        "public/one.html",
        headers=headers,
        entry=entry,
        topic=_chapter(entry.topic),
        place=_place(entry),
        related=_known(entry.related),
        size=_size(_length(entry), SHEET),
        **_code(request, path_of(entry.id)),
    )


@get("/{name:str}/to-dan")
async def notice(request: PublicRequest, name: FromPath[str]) -> Response[bytes]:
    entry = await _entry(request, name)
    place, papers = _place(entry), _first(entry.papers, ON_NOTICE)
    facts = [*place, entry.time, *papers, *(fee.text for fee in entry.fees)]
    told = sum(map(len, facts)) or len(entry.answer)
    doubtful = entry.confidence is Confidence.LOW or entry.overdue(today())
    told += LARGE * len(entry.name) + (WARNING if doubtful else 0)
    return page(
        request,
        "public/notice.html",
        entry=entry,
        place=place,
        papers=papers,
        size=_size(told, NOTICE),
        **_code(request, path_of(entry.id)),
    )


async def _found(request: PublicRequest, question: str) -> Response[bytes]:
    slow = searches.of(network(address_of(request))).take()
    found = (
        public_search.Found()
        if slow
        else await public_search.find(request.app.state.services.rasa, question)
    )
    danger = hotlines(question) if in_danger(question) else ()
    return page(
        request,
        "public/found.html",
        status=HTTP_429_TOO_MANY_REQUESTS if slow else HTTP_200_OK,
        headers=FORGOTTEN | ({"retry-after": str(int(slow) + 1)} if slow else {}),
        asked=question,
        danger=[(number, NAMES[number]) for number in danger],
        slow=bool(slow),
        best=found.best,
        others=found.others,
    )


async def _entry(request: PublicRequest, name: str) -> Entry:
    """The procedure at this address. Raises: NotFoundException."""
    await _refresh(request)
    entry = catalogue.catalogue().get(id_at(name))
    if entry is None:
        raise NotFoundException
    return entry


async def _refresh(request: PublicRequest) -> None:
    async with request.app.state.services.db.begin() as session:
        await catalogue.refresh(session)


def _link(request: PublicRequest, path: str) -> str:
    return link(request.app.state.services.settings, path)


def _code(request: PublicRequest, path: str) -> dict[str, Any]:
    """The page's address for people elsewhere, also as a QR code; both empty without one."""
    address = _link(request, path)
    return {"address": address, "qr": public_page.code_of(address) if address else ""}


def _chapters() -> list[Chapter]:
    by_name = sorted(catalogue.catalogue().values(), key=_as_ordered)
    topics = (_chapter(topic, by_name) for topic in TOPICS)
    return [topic for topic in topics if topic.entries]


def _chapter(topic: Topic, entries: Iterable[Entry] = ()) -> Chapter:
    anchor = topic.replace("_", "-")
    return Chapter(anchor, TOPICS[topic], [entry for entry in entries if entry.topic == topic])


def _as_ordered(entry: Entry) -> tuple[str, str]:
    return strip_diacritics(entry.name).lower(), entry.id


def _place(entry: Entry) -> list[str]:
    """Where it is done, and whether here; whom to ask where that is not known."""
    station = catalogue.current().station
    lines = [entry.where, here(entry, station)]
    if entry.service and station.does(entry.service) is None:
        lines.append(say("procedure_ask_first", ask=whom_to_ask(station)))
    return [line for line in lines if line]


def _known(ids: Iterable[str]) -> list[Entry]:
    known: Mapping[str, Entry] = catalogue.catalogue()
    return [known[each] for each in ids if each in known]


def _first(texts: Sequence[str], longest: int) -> list[str]:
    """The first one, and those after it that fit."""
    fitting = sum(end <= longest for end in accumulate(map(len, texts)))
    return list(texts[: max(fitting, 1)])


def _size(characters: int, steps: tuple[int, int]) -> str:
    """The class of a page with so much on it."""
    return ("", "dense", "tight")[bisect_right(steps, characters)]


def _length(entry: Entry) -> int:
    fees = [fee.text for fee in entry.fees]
    lists = (entry.details, entry.steps, entry.papers, entry.forms, entry.legal_source, fees)
    return len(entry.answer + entry.where + entry.time) + sum(
        len(t) for texts in lists for t in texts
    )


router = Router(
    ROOT,
    route_handlers=[all_or_found, notice_of_all, one, notice],
    exception_handlers={HTTPException: public_page.error},
)
