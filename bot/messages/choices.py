"""Offering choices: as buttons where the chat has them, else numbered in the text."""

import re
from datetime import timedelta

from bot.channels.base import Capabilities, Content
from bot.console.times import today
from bot.db import now
from bot.messages.models import Conversation
from bot.procedures.families import Said
from bot.procedures.replies import (
    CHOOSE,
    OFFICER,
    Reply,
    example_of,
    family_asked,
    is_way_on,
)
from bot.procedures.spelling import plain
from bot.triage.danger import in_danger
from bot.wording import say

MAX_CHOICES = 9
REMEMBERED = timedelta(minutes=30)


def render(reply: Reply, can: Capabilities, reply_to: str = "") -> Content:
    """The reply as this chat can show it."""
    if not reply.buttons:
        return Content(reply.text, reply_to=reply_to)
    if can.buttons:
        return Content(reply.text, reply.buttons, reply_to)
    if not offers_choice(reply):
        refusable = any(b.payload != OFFICER for b in reply.buttons)
        words = say("ways_on_in_words" if refusable else "officer_in_words")
        return Content(f"{reply.text}\n{words}", (), reply_to)
    if reply_to:  # in a group, where nobody knows what a number was typed for
        names = [f"• {b.label}" for b in reply.buttons]
        end = say("group_choice_end", example=example_of(reply))
        return Content("\n".join([reply.text, *names, end]), (), reply_to)
    lines = [
        say("procedure_choice_line", number=str(n), label=b.label)
        for n, b in enumerate(reply.buttons[:MAX_CHOICES], 1)
    ]
    return Content("\n".join([reply.text, *lines, say("procedure_choice_end")]), (), reply_to)


def offer(conversation: Conversation, reply: Reply) -> None:
    """Remember what a typed number stands for, for as long as people remember it: until something
    else is said."""
    choices = reply.buttons if offers_choice(reply) else ()
    conversation.choices = [[b.label, b.payload] for b in choices]
    conversation.choices_until = now() + REMEMBERED


def picked(text: str, conversation: Conversation) -> str | None:
    """The payload that a typed number stands for, the words of a choice themselves, or the fact
    that was asked for: "cháu 3 tuổi"."""
    choices, until = conversation.choices, conversation.choices_until
    if until is None or until < now():
        return None
    if number := re.fullmatch(r"([1-9])\.?", text.strip()):
        place = int(number[1]) - 1
        return choices[place][1] if place < len(choices) else None
    typed = plain(text)
    if named := next((payload for label, payload in choices if plain(label) == typed), None):
        return named
    family = None if in_danger(text) else family_asked(conversation)
    told = family.answered_by(Said.of(text, today())) if family else None
    return CHOOSE + told.procedure if told else None


def offers_choice(reply: Reply) -> bool:
    """Whether it waits for one of its buttons; a way on from an answer is none to wait for."""
    return any(not is_way_on(button.payload) for button in reply.buttons)
