"""A question that goes on with the procedure just told of: "lệ phí bao nhiêu?", "còn con tôi 5
tuổi?". By itself it says nothing, so the model reads anything into it."""

import re
from enum import StrEnum

from bot.messages.models import Conversation
from bot.nlu.text import strip_diacritics
from bot.procedures.entry import Entry
from bot.procedures.replies import Reply, officer_button, tell
from bot.procedures.spoken_of import remember, told_of
from bot.procedures.telling import more
from bot.triage.danger import in_danger
from bot.wording import say

LONGEST = 10
"""Words of a question that still leans on the one before."""


class Part(StrEnum):
    """What may be asked of any procedure."""

    FEE = "fee"
    TIME = "time"
    PAPERS = "papers"
    PLACE = "place"


_ASKED = {
    Part.FEE: r"(?:le )?phi|(?:het|ton|mat)? ?bao nhieu(?: tien)?|(?:het|ton|mat) nhieu(?: tien)?|"
    r"(?:ton|mat|het) tien|nhieu tien|tien|may tien|mien phi",
    Part.TIME: r"bao lau|may (?:ngay|bua|hom)|khi nao|chung nao|bao gio|thoi han|lau",
    Part.PAPERS: r"giay to|giay|ho so|(?:dem|mang|cam)(?: theo)?|can|chuan bi|thu tuc",
    Part.PLACE: r"o dau|cho nao|noi nao|dau|online|qua mang|tren mang|truc tuyen|dich vu cong",
}
_FILLER = (
    r"a|da|vay|con|the|thi|la|co|khong|ko|k|hong|hok|duoc|dc|lam|nop|xin|di|toi|tui|em|minh|thoi|"
    r"gi|j|nhung|sao|ra|lay|xong|moi|va|voi|nua|ha|ta|nhe|nha|bao|nhieu|tien|het|ton|mat|phai|can|"
    r"bo|cho|hoi|cua|no|nay|do|cai|nhi"
)
"""Words that may stand beside the part asked about and still name nothing else."""
_CASE = re.compile(
    r"(?:the |vay |a |da |u |roi )*(?:con|neu|the|vay)\b.*|.*\b(?:thi sao|duoc khong|thi the nao)"
)
_TOPICS = {"id_card": "làm căn cước", "passport": "làm hộ chiếu"}
"""Where names of procedures differ by what the question may change, the topic says less."""
_BY_AGE = {
    "id_card": (
        (6, "id_card_child_under_6"),
        (14, "id_card_child_6_to_14"),
        (999, "id_card_first_issue"),
    ),
    "passport": ((14, "passport_child"), (999, "passport_adult")),
}
"""Below which age which procedure holds."""
_TELLS = {
    Part.FEE: r"\bphí\b|đồng\b|miễn",
    Part.TIME: r"\bngày\b|thời hạn|giờ làm việc|\btháng\b",
    Part.PAPERS: r"giấy|tờ khai|hồ sơ|bản sao|ảnh|mang|khai sinh",
    Part.PLACE: r"\bnơi\b|\btại\b|nộp|VNeID|dichvucong|trực tuyến|online|Công an",
}


def part_asked(text: str) -> Part | None:
    """The part that a question asks about, if it names nothing else."""
    plain = _plain(text)
    if len(plain.split()) > LONGEST:
        return None
    for part, words in _ASKED.items():
        rest, found = re.subn(rf"\b(?:{words})\b", " ", plain)
        if found and not re.sub(rf"\b(?:{_FILLER})\b", " ", rest).strip():
            return part
    return None


def sentences_on(procedure: Entry, part: Part) -> str:
    """What the answer says on that part; empty where it says nothing apart."""
    sentences = re.split(r"(?<=[.;])\s+(?=[A-ZĐÀ-Ỹ0-9])", procedure.answer)
    told = [s for s in sentences if re.search(_TELLS[part], s)]
    return " ".join(told) if len(told) < len(sentences) else ""


def answer_to(conversation: Conversation, text: str) -> Reply | None:
    """The answer to a question on a part of the procedure just told of, or on another age."""
    procedure = told_of(conversation)
    if procedure is None:
        return None
    if part := part_asked(text):
        told = sentences_on(procedure, part)
        if not told:
            return tell(procedure.id)
        text = say("procedure_part", name=procedure.name, answer=told, more=more(procedure))
        return Reply(text, (officer_button(),))
    if leans(text) and (other := _for_age(procedure, text)):
        remember(conversation, other)
        return tell(other)
    return None


def in_context(conversation: Conversation, text: str) -> str:
    """The question as it is meant: with what it leaves out."""
    procedure = told_of(conversation)
    if procedure is None or not leans(text):
        return text
    return f"{_TOPICS.get(procedure.topic, procedure.name)}: {text}"


def leans(text: str) -> bool:
    """Whether a question says how it differs from the one before: "còn xe ô tô thì sao?"."""
    plain = _plain(text)
    if len(plain.split()) > LONGEST or in_danger(text):
        return False
    return _CASE.fullmatch(plain) is not None


def _for_age(procedure: Entry, text: str) -> str | None:
    found = re.search(r"\b(\d{1,3}) ?(?:t|tuoi)\b", _plain(text))
    ages = _BY_AGE.get(procedure.topic)
    if found is None or ages is None:
        return None
    return next(known for below, known in ages if int(found[1]) < below)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", strip_diacritics(text).lower()).split())
