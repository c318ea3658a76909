"""Plays one dialogue on one channel of the running service, and says where it went wrong."""

import html
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, LiteralString

import yaml
from psycopg import sql

from bot.libpq import connect
from bot.security.vault import vault
from bot.wording import PHRASES
from tests.dialogues.people import GROUPS, HAMLET, PEOPLE, Heard, Person, labels
from tests.dialogues.script import Console, Dialogue, Step, Wanted
from tests.e2e.officers import Console as Desk
from tests.service import RunningService

log = logging.getLogger(__name__)

PATIENCE = 90.0  # seconds for one turn, with much else to do and a minute's notices before it
USERNAMES = {"leader": f"ap{HAMLET}", "manager": "quanly"}
OFFICER_CHATS = {
    "leader": {
        "telegram": f"701{HAMLET}",
        "zalo_bot": f"zb-ap{HAMLET}",
        "zalo_oa": f"oa-ap{HAMLET}",
    },
    "manager": {"telegram": "7001", "zalo_bot": "zb-quanly", "zalo_oa": "oa-quanly"},
}
NAMES = {"tôi": "Nguyễn Thị Bảy"}
PATHS = {
    "acknowledges": "tiep-nhan",
    "replies": "tra-loi",
    "closes": "ket-thuc",
    "notes": "ghi-chu",
    "hands back": "giao-lai",
}
WORDING: Mapping[str, str] = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
_CODE = re.compile(r"PA-[A-Z0-9]{5}")
_PLACEHOLDER = re.compile(r"\{code(?: (\d))?(?: of ([^}]+))?\}")
_FACTS = re.compile(r'<section class="card facts.*?</section>', re.DOTALL)
_TAGS = re.compile(r"<[^>]+>")


class Stage:
    """`play` raises AssertionError with all that was said so far."""

    def __init__(
        self, service: RunningService, desks: Mapping[str, Desk], dialogue: Dialogue, channel: str
    ) -> None:
        self._service = service
        self._desks = desks
        self._dialogue = dialogue
        self.channel = channel
        self._people: dict[str, Person] = {}
        self._codes: dict[str, list[str]] = {}
        self._transcript: list[str] = []
        self._invited_at: dict[str, int] = {}
        self._at = 0

    def play(self) -> None:
        with ExitStack() as stack:
            self._db = stack.enter_context(connect(self._service.database_url))
            stack.callback(self._everybody_leaves)
            try:
                for number, step in enumerate(self._dialogue.steps, 1):
                    self._at = number
                    if self.channel in step.only_on:
                        self._play(step)
            except AssertionError as error:
                where = f"{self._dialogue}, step {self._at}"
                raise AssertionError(f"{where}: {error}\n\n{self._said()}\n") from error
            log.info("[%s] %s\n%s", self.channel, self._dialogue, self._said())

    def _said(self) -> str:
        return "\n".join(self._transcript)

    def _play(self, step: Step) -> None:
        person = self._person(step.by)
        before = len(person.heard())
        in_group = len(person.group_heard())
        told = len(self._officer(step).heard()) if step.officer_hears is not None else 0
        if step.in_group:
            self._invited_at[step.by] = before
        elif step.opens == "invitation":
            before = self._invited_at[step.by]
        self._act(step, person)
        officer = self._officer(step) if step.officer_hears or step.officer_chat else None
        self._settle(officer)
        heard = person.heard()[before:]
        for message in heard:
            self._note("←", message.text, labels(message) if message.buttons else ())
        if not step.in_group:  # what it brought in private is heard when the chat is opened
            self._check(step, heard)
        if step.group_hears is not None:
            if step.group_hears != "nothing":
                _reaches(lambda: len(person.group_heard()) > in_group)
            said = person.group_heard()[in_group:]
            for text in said:
                self._note("← trong nhóm", text)
            _check_heard(step.group_hears, [Heard(text) for text in said], self._filled)
        if step.officer_hears is not None:
            notices = self._officer(step).heard()[told:]
            for notice in notices:
                self._note(f"← {step.officer_as}", notice.text)
            _check_heard(step.officer_hears, notices, self._filled)

    # What is done

    def _act(self, step: Step, person: Person) -> None:
        match step:
            case Step(console=Console() as console):
                self._look(console)
            case Step(passes=str(span)) if span:
                self._note("⏱", span)
                self._let_pass(span)
            case Step(officer=str(what)) if what:
                self._officer_acts(step, what)
            case Step(officer_chat=str(text)) if text:
                self._officer_answers(step, text)
            case _:
                self._resident_acts(step, person)

    def _resident_acts(self, step: Step, person: Person) -> None:
        text = self._filled(step.text)
        if step.says:
            said = self._filled(step.says)
            self._note(f"{step.by}:", said)
            person.says(said)
        elif step.presses:
            self._note(f"{step.by}: [bấm]", step.presses)
            person.presses(_label(step.presses))
        elif step.picks:
            self._note(f"{step.by}: [gõ số]", step.picks)
            person.types_number(_label(step.picks))
        elif step.sends:
            self._note(f"{step.by}: [gửi]", f"{step.sends} {text}")
            person.sends(step.sends, text)
        elif step.in_group:
            self._note(f"{step.by}: [trong nhóm]", step.in_group)
            person.says_in_group(self._filled(step.in_group))
        elif step.opens:
            self._note(f"{step.by}: [mở]", step.opens)
            person.accepts_invitation() if step.opens == "invitation" else person.opens("")

    def _officer_acts(self, step: Step, what: str) -> None:
        code, text = self._filled(step.report), self._filled(step.text)
        self._note(f"{step.officer_as} [{what} {code}]:", text)
        fields = {"text": text} if what in ("replies", "closes", "notes") else {}
        if what == "closes":
            fields["outcome"] = step.outcome
        answer = self._desks[step.officer_as].act(code, PATHS[what], **fields)
        assert answer.is_success, f"refused: {answer.status_code} {_visible(answer.text)[:300]}"

    def _officer_answers(self, step: Step, text: str) -> None:
        """Reply, in his own chat, to what the assistant wrote him last about the report."""
        officer, code = self._officer(step), self._filled(step.report)
        text = self._filled(text)
        self._note(f"{step.officer_as} [chat riêng, về {code}]:", text)
        self._settle(officer)
        query = """SELECT o.platform_id FROM outbound o JOIN reports r ON r.id = o.report_id
                   WHERE r.code = %s AND o.target_key = %s AND o.status = 'sent'
                   ORDER BY o.done_at DESC LIMIT 1"""
        row = self._db.execute(query, (code, _target(officer))).fetchone()
        assert row, f"the officer was not told of {code}"
        if reply := getattr(officer, "replies", None):
            reply(text, row[0])
        else:  # where nobody can see what is replied to, the code comes first
            officer.says(f"{code} {text}")

    def _let_pass(self, span: str) -> None:
        """Move back every time that belongs to this dialogue's conversations and reports."""
        query = "SELECT id FROM conversations WHERE address_key = ANY(%s)"
        conversations = self._ids(query, self._addresses())
        reports = self._ids("SELECT id FROM reports WHERE conversation_id = ANY(%s)", conversations)
        columns = self._db.execute(
            """SELECT c.table_name, c.column_name, owner.column_name
               FROM information_schema.columns c
               JOIN information_schema.columns owner USING (table_schema, table_name)
               JOIN information_schema.tables t USING (table_schema, table_name)
               WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE'
                 AND c.data_type LIKE 'timestamp%'
                 AND (owner.column_name IN ('conversation_id', 'report_id')
                      OR (owner.column_name = 'id' AND table_name = 'conversations'))"""
        ).fetchall()
        assert columns
        for table, column, owner in columns:
            change = sql.SQL("UPDATE {t} SET {c} = {c} - %s::interval WHERE {o} = ANY(%s)").format(
                t=sql.Identifier(table), c=sql.Identifier(column), o=sql.Identifier(owner)
            )
            self._db.execute(change, (span, reports if owner == "report_id" else conversations))

    def _addresses(self) -> list[str]:
        """What this dialogue's conversations are found by."""
        return [
            vault().fingerprint("address", self.channel, person.chat)
            for person in self._people.values()
        ]

    def _ids(self, query: LiteralString, whose: list[Any]) -> list[Any]:
        return [row[0] for row in self._db.execute(query, (whose,)).fetchall()]

    # What is heard and seen

    def _check(self, step: Step, heard: Sequence[Heard]) -> None:
        spoken = "\n".join(message.text for message in heard)
        codes = self._codes.setdefault(step.by, [])
        named = list(dict.fromkeys(_CODE.findall(spoken)))
        new = [code for code in named if code not in self._known]
        match step.code:
            case "new":
                assert len(new) == 1, f"a new code expected, heard {named}"
            case "same":
                assert codes, "no code before"
                assert named == [codes[-1]], f"the code {codes[-1]} expected, heard {named}"
            case "none":
                assert not named, f"no code expected, heard {named}"
        codes += [code for code in named if code not in codes]
        if step.code == "same" or len(named) == 1:
            codes.sort(key=lambda code: code == named[0])
        if step.messages is not None:
            assert len(heard) == step.messages, f"{len(heard)} messages, not {step.messages}"
        if step.hears is not None:
            _check_heard(step.hears, heard, self._filled)

    @property
    def _known(self) -> set[str]:
        return {code for codes in self._codes.values() for code in codes}

    def _look(self, console: Console) -> None:
        code = self._filled(console.report)
        deadline = time.monotonic() + 6
        while True:
            try:
                self._look_once(console, code)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def _look_once(self, console: Console, code: str) -> None:
        answer = self._desks[console.viewer].whole_report(code)
        assert answer.is_success, f"{console.viewer} opens {code}: {answer.status_code}"
        facts = _FACTS.search(answer.text)
        assert facts
        shown, page = _visible(facts[0]), _visible(answer.text)
        for text in console.facts:
            assert self._filled(text) in shown, f"not among the facts: {text!r}\n{shown}"
        for text in console.story:
            assert self._filled(text) in page, f"not on the page of {code}: {text!r}"
        for text in console.lacks:
            assert self._filled(text) not in page, f"on the page of {code}: {text!r}"
        for role, status in [
            *((role, 200) for role in console.seen_by),
            *((role, 404) for role in console.hidden_from),
        ]:
            opened = self._desks[role].report(code).status_code
            assert opened == status, f"{role} opens {code}: {opened}"

    # Who, when

    def _person(self, name: str) -> Person:
        if name not in self._people:
            shown = NAMES.get(name, name)
            self._people[name] = PEOPLE[self.channel](self._service, shown)
        return self._people[name]

    def _officer(self, step: Step) -> Person:
        """The officer in his own chat: on this channel, or where he has none, on Telegram."""
        chats = OFFICER_CHATS[step.officer_as]
        channel = self.channel if self.channel in chats else "telegram"
        return PEOPLE[channel](self._service, "Cán bộ", chats[channel])

    def _everybody_leaves(self) -> None:
        for person in self._people.values():
            person.leaves()

    def _settle(self, officer: Person | None = None) -> None:
        """Wait until all that was said is handled and all answers have arrived.

        An officer hears of all dialogues; only what he is told of this one's reports is waited for.
        """
        people = [*self._people.values(), *([officer] if officer else [])]
        channels = list({person.channel for person in people})
        keys = {_target(person): person for person in people}
        groups = [vault().fingerprint("target", self.channel, GROUPS[self.channel].format(HAMLET))]
        residents = [_target(person) for person in self._people.values()]
        told = [_target(officer)] if officer else []
        deadline = time.monotonic() + PATIENCE
        while self._work_left(channels, residents + groups, told) or not self._all_heard(keys):
            assert time.monotonic() < deadline, f"not settled in {PATIENCE} s"
            time.sleep(0.02)

    def _work_left(self, channels: list[str], chats: list[str], officers: list[str]) -> int:
        row = self._db.execute(
            """SELECT (SELECT count(*) FROM inbound WHERE handled_at IS NULL AND channel = ANY(%s))
                    + (SELECT count(*) FROM outbound WHERE status = 'pending'
                       AND (target_key = ANY(%s)
                            OR target_key = ANY(%s) AND report_id IN (
                                SELECT r.id FROM reports r
                                JOIN conversations c ON c.id = r.conversation_id
                                WHERE c.address_key = ANY(%s))))""",
            (channels, chats, officers, self._addresses()),
        ).fetchone()
        assert row
        return int(row[0])

    def _all_heard(self, people: dict[str, Person]) -> bool:
        rows = self._db.execute(
            "SELECT target_key, count(*) FROM outbound WHERE status = 'sent' AND kind = 'message'"
            " AND target_key = ANY(%s) GROUP BY target_key",
            (list(people),),
        ).fetchall()
        return all(len(people[key].heard()) >= count for key, count in rows)

    def _filled(self, text: str) -> str:
        """`{code}` is the report spoken of last, `{code 1}` the first, `{code of Tư}` Tư's."""

        def code(found: re.Match[str]) -> str:
            codes = self._codes.get(found[2] or "tôi", [])
            order = list(dict.fromkeys(_CODE.findall("\n".join(self._transcript))))
            mine = [each for each in order if each in codes]
            assert mine, f"no code for {found[0]}"
            return mine[int(found[1]) - 1] if found[1] else codes[-1]

        return _PLACEHOLDER.sub(code, text)

    def _note(self, who: str, text: str, choices: Sequence[str] = ()) -> None:
        shown = text.replace("\n", "\n      ")
        self._transcript.append(f"  {who} {shown}" + (f"  {list(choices)}" if choices else ""))


def _reaches(condition: Callable[[], bool], within: float = 6.0) -> None:
    """What was sent may still be on its way to a page; what does not come is missed later."""
    deadline = time.monotonic() + within
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def _target(person: Person) -> str:
    return vault().fingerprint("target", person.channel, person.chat)


def _visible(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", _TAGS.sub(" ", page)))


def _check_heard(
    wanted: Sequence[Wanted] | str | None, heard: Sequence[Heard], filled: Callable[[str], str]
) -> None:
    if wanted == "nothing":
        assert not heard, f"silence expected, heard {[message.text for message in heard]}"
        return
    assert heard, "nothing was heard"
    spoken = "\n".join(message.text for message in heard)
    choices = [label for message in heard for label in labels(message)]
    for each in wanted or ():
        assert not isinstance(each, str)
        _check_one(each, spoken, choices, filled)


def _check_one(
    each: Wanted, spoken: str, choices: Sequence[str], filled: Callable[[str], str]
) -> None:
    if each.text:
        assert filled(each.text) in spoken, f"not heard: {each.text!r}"
    elif each.lacks:
        assert filled(each.lacks) not in spoken, f"heard: {each.lacks!r}"
    elif each.starts:
        assert spoken.startswith(filled(each.starts)), f"does not begin with {each.starts!r}"
    elif each.phrase:
        assert _pattern(each.phrase).search(spoken), f"phrase not heard: {each.phrase}"
    elif each.lacks_phrase:
        assert not _pattern(each.lacks_phrase).search(spoken), f"phrase heard: {each.lacks_phrase}"
    elif each.button:
        label = _label(each.button)
        assert label in choices, f"no choice {label!r} among {choices}"


def _label(told: str) -> str:
    """A button's words, or the key under which they stand in nlu_data/phrases.yml."""
    return WORDING.get(told, told)


def _pattern(key: str) -> re.Pattern[str]:
    """The phrase, with anything where its values stand."""
    assert key in WORDING, f"no phrase {key}"
    pieces = re.split(r"\{\w+\}", WORDING[key].strip())
    return re.compile(".*?".join(map(re.escape, pieces)), re.DOTALL)
