"""A message in a hamlet's group: one decision, carried out in one transaction.

In the group nothing of the message is repeated and its matter is not named (P-4.2, Lưu ý).
"""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import Capabilities, Channel, ChatKind, Content, Event, Target
from bot.groups.models import Group
from bot.messages.choices import offer, render
from bot.messages.conversations import (
    find_conversation,
    invite,
    open_conversation,
    sender_key,
)
from bot.messages.floods import may_answer
from bot.messages.inbox import lane_of
from bot.messages.models import Conversation
from bot.messages.openness import introduced
from bot.messages.outbox import post, post_delete
from bot.messages.private import together
from bot.procedures.replies import Reply, reply_to_question
from bot.reports.models import EventType, Report
from bot.reports.notices import Reason, tell_of_answer, tell_officers
from bot.reports.questions import ask_next, note_told
from bot.reports.replies import receipt, urgent
from bot.reports.service import (
    add_from_reporter,
    is_recent,
    note,
    officer_speaks,
    open_of,
    open_report,
    raise_urgency,
)
from bot.triage.policy import Answer, Decision, Kind, Recipients
from bot.triage.understanding import Category, Understanding
from bot.wording import say


class GroupMessage:
    """One message in a group, with all that carrying out a decision about it needs."""

    def __init__(
        self,
        session: AsyncSession,
        channel: Channel,
        group: Group,
        event: Event,
        inbound_id: uuid.UUID,
        console: str,
    ) -> None:
        self.session = session
        self.channel = channel
        self.can: Capabilities = channel.capabilities.restricted_to(group.rights)
        self.group = group
        self.event = event
        self.inbound_id = inbound_id
        self.console = console
        self.target = Target(ChatKind.GROUP, event.chat_id, event.thread_id)

    async def carry_out(self, u: Understanding, decision: Decision) -> None:
        """Do what was decided; what a group need not know is done without a word in it."""
        if decision.kind is Kind.IGNORE:
            return
        report = await self._report(u, decision) if decision.makes_report else None
        if report and decision.tell is not Recipients.NOBODY:
            why = Reason.URGENT if report.urgent else Reason.NEW
            await tell_officers(
                self.session,
                report,
                self.console,
                channel=self.event.channel,
                why=why,
                sender=lane_of(self.event),
            )
        if decision.kind is Kind.REDIRECT:
            await self._redirect(u, decision, report)
        elif decision.kind is Kind.ACKNOWLEDGE and report:
            await self._acknowledge(decision, report)
        elif decision.kind is Kind.ANSWER:
            await self._answer(u, decision)
        if report and decision.answer is not Answer.NONE:
            await self._answer_beside(u, decision)

    async def _answer_beside(self, u: Understanding, decision: Decision) -> None:
        """What a report also asked, where the assistant may write to its sender by now."""
        if conversation := await self._conversation():
            reply = await self._reply(u, decision, conversation)
            await self._post_private(conversation, reply, "answer")

    async def _report(self, u: Understanding, decision: Decision) -> Report:
        conversation = await self._conversation()
        if conversation and (report := await self._same_matter(u, decision, conversation)):
            await add_from_reporter(self.session, report, self.event, self.inbound_id, u.details)
            if u.urgent:
                await raise_urgency(self.session, report, self.inbound_id)
            elif officer_speaks(report):
                channel = self.event.channel
                await tell_of_answer(self.session, report, self.console, channel=channel)
            return report
        report = await open_report(
            self.session,
            self.event,
            self.inbound_id,
            category=u.filed_as,
            confidence=u.confidence,
            sensitive=u.sensitive,
            urgent=u.urgent,
            managers_only=decision.managers_only,
            needs_review=decision.kind is Kind.REVIEW,
            hamlet_id=self.group.hamlet_id,
            group=self.group,
            conversation=conversation,
            details=u.details,
        )
        note_told(report, self.event, self.inbound_id)
        if conversation is None and self.can.same_person_id:
            await self._keep_unnamed(report)
        return report

    async def _keep_unnamed(self, report: Report) -> None:
        """Who asked for an alias bears one, though the assistant cannot write to him any more."""
        e = self.event
        known = await find_conversation(self.session, e.channel, e.sender_id)
        if known and known.member.anonymous:
            report.anonymous = True
            report.reporter_name = "" if known.member.erased_at else report.reporter_name

    async def _same_matter(
        self, u: Understanding, decision: Decision, conversation: Conversation
    ) -> Report | None:
        """What the same person reported just now, in private or here."""
        report = await open_of(self.session, conversation.id)
        if report is None or not is_recent(report) or report.inbound_id == self.inbound_id:
            return None
        alike = report.category is u.filed_as and report.managers_only is decision.managers_only
        return report if alike else None

    async def _conversation(self) -> Conversation | None:
        """The sender's private chat, if the assistant may write there now."""
        e = self.event
        if not self.can.same_person_id:
            return None
        known = await find_conversation(self.session, e.channel, e.sender_id)
        if known:
            known.member.hamlet_id = known.member.hamlet_id or self.group.hamlet_id
            return known if known.reachable else None
        if self.can.starts_private_chat:
            return await open_conversation(
                self.session, e.channel, e.sender_id, e.sender_name, self.group.hamlet_id
            )
        return None

    async def _redirect(self, u: Understanding, decision: Decision, report: Report | None) -> None:
        conversation = report.conversation if report else await self._conversation()
        quiet = not may_answer(self.event, "moved")
        invitation = "" if conversation or quiet else await self._invitation(report)
        await self._take_out(decision, report, invitation, quiet=quiet)
        if conversation is None:
            return
        reply = await self._private_words(u, decision, report, conversation)
        await self._post_private(conversation, reply)

    async def _take_out(
        self, decision: Decision, report: Report | None, invitation: str, *, quiet: bool
    ) -> None:
        """Remove the message where the chat allows it, else ask for its recall; say only that, or
        nothing to whom it was said often enough."""
        about = "group_moved" if report else "group_private_question"
        ask = f"{say(f'{about}_recall')}\n{invitation}".strip()
        asked = Content(ask, reply_to=self.event.message_id)
        if not decision.ask_recall:
            gone = f"{say(f'{about}_deleted')}\n{invitation}".strip()
            await post_delete(
                self.session,
                self.event.channel,
                self.target,
                self.event.message_id,
                key=f"{self.inbound_id}:delete",
                report_id=report.id if report else None,
                then=None if quiet else Content(gone),
                if_refused=None if quiet else asked,
            )
            return
        if quiet:
            return
        if report:
            await note(self.session, report, EventType.RECALL_ASKED)
        await self._post(asked)

    async def _invitation(self, report: Report | None) -> str:
        """How the sender opens the private chat, where the assistant must not write first."""
        typed = not self.can.start_payload or not await self.channel.private_link("")
        token = await invite(
            self.session,
            report.id if report else None,
            self.group.hamlet_id,
            sender_key=sender_key(self.event) if self.can.same_person_id else None,
            typed=typed,
        )
        link = await self.channel.private_link("" if typed else token)
        if typed:
            return say("group_open_code", at=f" ({link})" if link else "", token=token)
        return say("group_open_link", link=link)

    async def _private_words(
        self,
        u: Understanding,
        decision: Decision,
        report: Report | None,
        conversation: Conversation,
    ) -> Reply:
        if report:
            words = await receipt(self.session, report, self.event.text, from_group=True)
            replies = [Reply(words, urgent=report.urgent), *await ask_next(self.session, report)]
            if report.conversation:
                replies = introduced(report.conversation, replies)
            return together(replies, self.can.max_text)[0]
        return await self._reply(u, decision, conversation)

    async def _reply(
        self, u: Understanding, decision: Decision, conversation: Conversation | None = None
    ) -> Reply:
        """In the group, unless it goes to somebody's private conversation."""
        return await reply_to_question(
            self.session,
            u,
            decision,
            self.event.text,
            self.group.hamlet_id,
            self.inbound_id,
            in_group=conversation is None,
            conversation=conversation,
        )

    async def _acknowledge(self, decision: Decision, report: Report) -> None:
        if not decision.say_in_group:
            return
        if decision.hotline:
            words = await urgent(self.session, "group_urgent", self.event.text, report)
            await self._say("urgent", words, urgent=True)
        else:
            await self._say("noted", say("group_noted"))

    async def _answer(self, u: Understanding, decision: Decision) -> None:
        if u.category is not Category.PROCEDURE_QUESTION:
            await self._say("request", f"{say('group_request')}\n{await self._how_to_write()}")
            return
        reply = await self._reply(u, decision)
        if may_answer(self.event, "answer"):
            await self._post(render(reply, self.can, reply_to=self.event.message_id))

    async def _how_to_write(self) -> str:
        link = await self.channel.private_link("")
        return say("group_request_link", link=link) if link else ""

    async def _say(self, kind: str, text: str, *, urgent: bool = False) -> None:
        if may_answer(self.event, kind):
            await self._post(Content(text, reply_to=self.event.message_id), urgent=urgent)

    async def _post(self, content: Content, *, urgent: bool = False) -> None:
        await post(
            self.session,
            self.event.channel,
            self.target,
            content,
            key=f"{self.inbound_id}:group",
            urgent=urgent,
        )

    async def _post_private(
        self, conversation: Conversation, reply: Reply, what: str = "private"
    ) -> None:
        [reply] = introduced(conversation, [reply])
        offer(conversation, reply)
        await post(
            self.session,
            conversation.channel,
            Target(ChatKind.PRIVATE, conversation.chat_id),
            render(reply, self.channel.capabilities),
            key=f"{self.inbound_id}:{what}",
            urgent=reply.urgent,
        )
