"""A commune with any number of made-up reports, as years of use leave them behind.

Reports came in evenly over five years; nearly all are closed, and those that are open are among the
latest. All is written by PostgreSQL itself, from a few hundred sealed texts.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database
from bot.groups.models import Commune, Group, Hamlet, Officer, Role
from bot.reports.codes import ALPHABET
from bot.security.passwords import hash_password
from bot.security.vault import vault

HAMLETS = 12
YEARS = 5
PASSWORD = "mười hai ấp một xã"  # noqa: S105 (nobody's)
WORDS = (
    "Nhà kế bên mở loa kéo tới khuya, con nít không ngủ được, nhờ cán bộ nhắc giùm",
    "Tối qua có người lạ dòm ngó mấy nhà ở cuối đường, bà con lo lắm",
    "Cây ngã chắn ngang đường vô trường học, xe không qua được",
    "Hai nhà cãi nhau vì hàng rào lấn qua gần nửa mét, sợ có chuyện lớn",
    "Mất chiếc xe máy dựng trước phòng trọ lúc gần sáng",
    "Chó thả rông chạy đầy đường, sáng nay suýt cắn con tôi",
    "Đám thanh niên đua xe nẹt pô ngoài đường lớn, đêm nào cũng vậy",
)


@dataclass(frozen=True, slots=True)
class MadeUp:
    manager: Officer
    leader: Officer
    """Of the first two hamlets."""


async def fill(db: Database, reports: int, open_reports: int) -> MadeUp:
    """Fill an empty, migrated database. Of the latest reports every second is open."""
    async with db.begin() as session:
        people = await _people(session)
        # What it points to is there; to look for it row by row would take minutes.
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await _texts(session)
        await session.execute(text(_RESIDENTS), {"residents": max(50, reports // 100)})
        numbers = {"reports": reports, "recent": 2 * open_reports, "years": YEARS}
        for statement in (_REPORTS, _MERGED, _EVENTS, _CORRECTIONS, _UNDELIVERED):
            await session.execute(text(statement), numbers if ":reports" in statement else {})
    async with db.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("VACUUM ANALYZE"))
    return people


async def _people(session: AsyncSession) -> MadeUp:
    password = hash_password(PASSWORD)
    hamlets = [Hamlet(name=f"Ấp {n}") for n in range(1, HAMLETS + 1)]
    session.add_all(hamlets)
    session.add_all(
        Group(hamlet=hamlet, channel="telegram", chat_id=f"-{n}", set_up_as=f"-{n}")
        for n, hamlet in enumerate(hamlets, 1)
    )
    leaders = [
        Officer(
            username=f"ap{n + 1}",
            name=f"Cán bộ {n + 1}",
            role=Role.LEADER,
            password_hash=password,
            must_change_password=False,
            hamlets=hamlets[n : n + 2],
        )
        for n in range(0, HAMLETS, 2)
    ]
    manager = Officer(
        username="quanly",
        name="Tổ quản lý",
        role=Role.MANAGER,
        password_hash=password,
        must_change_password=False,
        hamlets=[],
    )
    session.add_all([Commune(id=1, name="Xã Đồng Tâm", province="Đồng Nai"), manager, *leaders])
    await session.flush()
    return MadeUp(manager, leaders[0])


def _name(name: bytes) -> dict[str, bytes]:
    """Sealed for each column that it is to stand in."""
    places = {
        "name": "members.name",
        "phone": "members.phone",
        "chat": "conversations.chat_id",
        "reporter": "reports.reporter_name",
    }
    return {key: vault().seal(name, place) for key, place in places.items()}


async def _texts(session: AsyncSession) -> None:
    await session.execute(text(_TABLES))
    texts = [f"{WORDS[n % len(WORDS)]}, cột điện số {n}." for n in range(300)]
    sealed = [
        {"n": n, "sealed": vault().seal(each.encode(), "report_events.text")}
        for n, each in enumerate(texts)
    ]
    await session.execute(text("INSERT INTO made_text VALUES (:n, :sealed)"), sealed)
    names = [{"n": n, **_name(f"Cô Ba {n}".encode())} for n in range(100)]
    await session.execute(
        text("INSERT INTO made_name VALUES (:n, :name, :phone, :chat, :reporter)"), names
    )
    group = "SELECT row_number() OVER (ORDER BY h.name) - 1, h.id, g.id, o.officer_id"
    await session.execute(
        text(
            f"INSERT INTO made_place {group} FROM hamlets h JOIN groups g ON g.hamlet_id = h.id "
            "JOIN officer_hamlets o ON o.hamlet_id = h.id"
        )
    )


_TABLES = """
CREATE TEMP TABLE made_text (n int PRIMARY KEY, sealed bytea) ON COMMIT DROP;
CREATE TEMP TABLE made_name (
    n int PRIMARY KEY, name bytea, phone bytea, chat bytea, reporter bytea
) ON COMMIT DROP;
CREATE TEMP TABLE made_place (n int, hamlet uuid, grp uuid, officer uuid) ON COMMIT DROP;
"""

_RESIDENTS = """
WITH made AS (
    INSERT INTO members (id, hamlet_id, name, phone, anonymous, created_at)
    SELECT gen_random_uuid(), NULL, m.name, m.phone, false, now()
    FROM generate_series(1, :residents) i JOIN made_name m ON m.n = i % 100
    RETURNING id
)
INSERT INTO conversations (id, channel, address_key, chat_id, member_id, reachable, choices,
                           old_terms, created_at, last_inbound_at)
SELECT gen_random_uuid(),
       (ARRAY['web', 'telegram', 'zalo_bot', 'zalo_oa'])[1 + floor(random() * 4)],
       md5(made.id::text), m.chat, made.id, true, '[]', '{}', now(), now()
FROM made JOIN made_name m ON m.n = 1
"""

_SPELLED = " || ".join(
    f"substr('{ALPHABET}', 1 + (i * 7919 / {len(ALPHABET) ** place} % {len(ALPHABET)})::int, 1)"
    for place in range(5)
)
"""Codes as they are made at random; 7919 is prime, so none comes twice."""

_REPORTS = f"""
INSERT INTO reports (
    id, code, inbound_id, hamlet_id, group_id, conversation_id, officer_id, category, sensitive,
    urgent, managers_only, needs_review, confidence, filed_category, filed_sensitive, filed_urgent,
    status, reporter_name, anonymous, answers, created_at, last_event_at, last_from_reporter_at,
    closed_at, due_at)
SELECT gen_random_uuid(), 'PA-' || {_SPELLED}, gen_random_uuid(),
       CASE WHEN at % 100 > 0 THEN place.hamlet END,
       CASE WHEN in_group THEN place.grp END,
       CASE WHEN NOT in_group THEN who.id END,
       CASE WHEN status <> 'new' THEN place.officer END,
       category, sensitive, urgent, category = 'police_conduct',
       status = 'new' AND at % 3 = 0, 0.9, category, sensitive, urgent,
       status, name.reporter, false, '[]', came, came + interval '1 hour', came,
       CASE WHEN status = 'closed' THEN came + random() * interval '5 days' END,
       CASE WHEN status IN ('new', 'in_progress') THEN
           CASE WHEN at % 5 = 0 THEN came ELSE now() + interval '8 hours' END END
FROM (
    SELECT i, floor(random() * 1e6)::int AS at, random() < 0.3 AS in_group,
           random() < 0.2 AS sensitive, random() < 0.03 AS urgent,
           floor(power(random(), 1.5) * {HAMLETS})::int AS hamlet,
           now() - (:reports - i) * (:years * interval '365 days' / :reports) AS came,
           (ARRAY['security_order', 'security_order', 'security_order', 'crime_incident',
                  'dispute', 'other_security', 'other_security', 'bot_request',
                  'police_conduct'])[1 + floor(power(random(), 1.2) * 9)] AS category,
           CASE WHEN i <= :reports - :recent OR i % 2 = 0 THEN 'closed'
                ELSE (ARRAY['new', 'acknowledged', 'in_progress', 'waiting']
                     )[1 + floor(random() * 4)]
           END AS status
    FROM generate_series(1::bigint, :reports) i
) made
JOIN made_place place ON place.n = made.hamlet
JOIN made_name name ON name.n = at % 100
JOIN (SELECT id, row_number() OVER () - 1 AS n, count(*) OVER () AS total FROM conversations) who
     ON who.n = i % who.total
"""  # noqa: S608 (nothing of it comes from outside)

_MERGED = """
UPDATE reports SET merged_into_id = other.main FROM (
    SELECT id, lag(id) OVER same AS main, row_number() OVER same AS n
    FROM reports WHERE status <> 'closed'
    WINDOW same AS (PARTITION BY hamlet_id, managers_only ORDER BY created_at)
) other
WHERE other.id = reports.id AND other.n % 30 = 0
"""

_EVENTS = """
INSERT INTO report_events (report_id, at, type, officer_id, data, text)
SELECT id, came, type, officer, '{}', sealed
FROM (
    SELECT id, created_at AS came, 'created' AS type, NULL::uuid AS officer, true AS words
    FROM reports
    UNION ALL
    SELECT id, created_at + interval '9 minutes', 'acknowledged', officer_id, false
    FROM reports WHERE officer_id IS NOT NULL
    UNION ALL
    SELECT id, created_at + interval '20 minutes', 'from_reporter', NULL, true
    FROM reports WHERE conversation_id IS NOT NULL AND NOT sensitive
    UNION ALL
    SELECT id, closed_at, 'closed', officer_id, false FROM reports WHERE status = 'closed'
) happened
LEFT JOIN made_text ON words AND n = floor(extract(microseconds FROM came) / 7)::int % 300
ORDER BY came
"""

_CORRECTIONS = """
INSERT INTO corrections (report_id, at, category, sensitive, urgent, consent,
                         came_in_at, filed_category, filed_sensitive, filed_urgent)
SELECT id, closed_at, CASE WHEN random() < 0.9 THEN category ELSE 'other_security' END,
       sensitive, urgent, 'not_asked', created_at, filed_category, filed_sensitive, filed_urgent
FROM reports WHERE status = 'closed'
"""

_UNDELIVERED = """
INSERT INTO outbound (id, key, kind, channel, target_key, report_id, in_group, urgent,
                      status, attempts, error, created_at, done_at)
SELECT gen_random_uuid(), 'made:' || code, 'message', 'telegram', md5(code), id, false, urgent,
       CASE WHEN random() < 0.999 THEN 'sent' ELSE 'dead' END, 1, NULL, created_at, created_at
FROM reports
"""
