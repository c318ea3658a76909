"""A question that goes on with the procedure just told of: "lệ phí bao nhiêu?", "kể kỹ hơn", "còn
con tôi 5 tuổi?". By itself it says nothing, so the model reads anything into it."""

import re

from bot.console.times import today
from bot.messages.models import Conversation
from bot.procedures.catalogue import current
from bot.procedures.entry import Entry
from bot.procedures.families import Said, families_of
from bot.procedures.parts import LONGEST, parts_asked, told_on
from bot.procedures.replies import Reply, tell, ways_on
from bot.procedures.spelling import plain
from bot.procedures.spoken_of import remember, told_of
from bot.procedures.telling import answer_on
from bot.triage.danger import in_danger

_CASE = re.compile(
    r"(?:the |vay |a |da |u |roi )*(?:con|neu|the|vay)\b.*|.*\b(?:thi sao|duoc khong|thi the nao)"
)


def answer_to(conversation: Conversation, text: str) -> Reply | None:
    """The answer to a question on parts of the procedure just told of, or on another case."""
    entry = told_of(conversation)
    if entry is None:
        return None
    if parts := parts_asked(text):
        station = current().station
        told = [told_on(entry, part, today(), station) for part in parts]
        if not any(told):
            return tell(entry.id)
        text = answer_on(entry, "\n".join(filter(None, dict.fromkeys(told))), today(), station)
        return Reply(text, ways_on(entry.id))
    if leans(text) and (other := _other_case(entry, text)):
        remember(conversation, other)
        return tell(other)
    return None


def in_context(conversation: Conversation, text: str) -> str:
    """The question as it is meant: with what it leaves out. Where the names of procedures differ
    by what the question may change, their family says less."""
    entry = told_of(conversation)
    if entry is None or not leans(text):
        return text
    family = next(iter(families_of([entry.id])), None)
    return f"thủ tục {family.name.lower()}: {text}" if family else f"{entry.name}: {text}"


def leans(text: str) -> bool:
    """Whether a question says how it differs from the one before: "còn xe ô tô thì sao?"."""
    words = plain(text)
    if len(words.split()) > LONGEST or in_danger(text):
        return False
    return _CASE.fullmatch(words) is not None


def _other_case(entry: Entry, text: str) -> str | None:
    said = Said.of(text, today())
    for family in families_of([entry.id]):
        if choice := family.told(said):
            return choice.procedure
    return None
