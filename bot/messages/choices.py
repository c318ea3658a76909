"""Offering choices: as buttons where the chat has them, else numbered in the text."""

import re
from datetime import timedelta

from bot.channels.base import Capabilities, Content
from bot.db import now
from bot.messages.models import Conversation
from bot.nlu.text import strip_diacritics
from bot.procedures.replies import OFFICER, Reply
from bot.wording import say

MAX_CHOICES = 9
REMEMBERED = timedelta(minutes=30)


def render(reply: Reply, can: Capabilities, reply_to: str = "") -> Content:
    """The reply as this chat can show it."""
    if not reply.buttons:
        return Content(reply.text, reply_to=reply_to)
    if can.buttons:
        return Content(reply.text, reply.buttons, reply_to)
    if [b.payload for b in reply.buttons] == [OFFICER]:
        return Content(f"{reply.text}\n{say('officer_in_words')}", (), reply_to)
    lines = [
        say("procedure_choice_line", number=str(n), label=b.label)
        for n, b in enumerate(reply.buttons[:MAX_CHOICES], 1)
    ]
    return Content("\n".join([reply.text, *lines, say("procedure_choice_end")]), (), reply_to)


def offer(conversation: Conversation, reply: Reply) -> None:
    """Remember what a typed number stands for, for as long as people remember it: until something
    else is said."""
    choices = [] if [b.payload for b in reply.buttons] == [OFFICER] else reply.buttons
    conversation.choices = [[b.label, b.payload] for b in choices]
    conversation.choices_until = now() + REMEMBERED


def picked(text: str, conversation: Conversation) -> str | None:
    """The payload that a typed number stands for, or the words of a choice themselves."""
    choices, until = conversation.choices, conversation.choices_until
    if until is None or until < now():
        return None
    if number := re.fullmatch(r"([1-9])\.?", text.strip()):
        place = int(number[1]) - 1
        return choices[place][1] if place < len(choices) else None
    typed = _plain(text)
    return next((payload for label, payload in choices if _plain(label) == typed), None)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", strip_diacritics(text).lower()))
