"""Where several reports are open: which one the last words belong to, or a new one."""

from actions.turn import PrivateAction, Turn, context
from bot.procedures.replies import Reply
from bot.reports.models import EventType, Report, Status
from bot.reports.moving import CHOOSE_REPORT, NEW, move_words, split_off, words_of
from bot.reports.notices import Reason, tell_officers
from bot.reports.replies import receipt
from bot.reports.service import own_report
from bot.reports.timeline import first_words
from bot.wording import say


class ChooseReport(PrivateAction):
    action_name = "action_choose_report"

    async def answer(self, turn: Turn) -> list[Reply]:
        picked = str(turn.slots.get("choice") or "").removeprefix(CHOOSE_REPORT)
        number, _, choice = picked.partition(":")
        session, conversation = turn.session, turn.conversation
        words = await words_of(session, conversation.id, number)
        if words is None:
            return [Reply(say("answer_too_late"))]
        if words.type is EventType.MOVED:  # pressed twice, or handled again
            return [await _moved_before(turn, words.data["to"], choice)]
        report = await session.get_one(Report, words.report_id)
        if choice == NEW and "category" not in words.data:  # no such button was ever offered
            return [Reply(say("answer_too_late"))]
        if choice == NEW:
            said = words.text or ""
            new = await split_off(session, words, report)
            turn.opened.append(new)
            await tell_officers(session, new, context().console, channel=turn.event.channel)
            return [await _received(turn, new, said)]
        chosen = await own_report(session, conversation.id, choice)
        if chosen is None or chosen.status is Status.CLOSED:
            return [Reply(say("answer_too_late"))]
        if chosen.id != report.id:
            await move_words(session, words, chosen)
            await tell_officers(
                session,
                chosen,
                context().console,
                channel=turn.event.channel,
                why=Reason.MORE,
                occasion=turn.inbound_id,
            )
        return [Reply(say("report_added", code=chosen.code))]


async def _moved_before(turn: Turn, code: str, choice: str) -> Reply:
    report = await own_report(turn.session, turn.conversation.id, code)
    if report is None or choice != NEW:
        return Reply(say("report_added", code=code))
    return await _received(turn, report, await first_words(turn.session, report))


async def _received(turn: Turn, report: Report, said: str) -> Reply:
    words = await receipt(turn.session, report, said, from_group=False)
    return Reply(words, urgent=report.urgent)
