"""What all tests share: one embedded PostgreSQL, one trained model, one whole running service.

database_url      an empty, migrated database for this test alone
model             the trained model, trained once and kept in the data directory
running_service   everything at once, as `binhyen serve` runs it, against fake platforms
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy.engine import make_url

from bot.buckets import Buckets
from bot.db import migrate
from bot.libpq import connect
from bot.messages import floods
from bot.ops.model import TrainedModel, ensure_model, models_dir
from bot.ops.postgres import EmbeddedPostgres
from bot.procedures import catalogue
from bot.reports import many_notices
from bot.security.passwords import hash_with
from bot.security.vault import open_vault
from bot.settings import Settings
from tests.fakes import FakeTelegram, FakeZaloBot, FakeZaloOA
from tests.service import SECRET_KEY, Platforms, RunningService

EXTERNAL = os.environ.get("BINHYEN_TEST_DATABASE_URL")
"""A PostgreSQL of one's own, whose user may make databases; without it the embedded one is used."""

# The model is shared with the installation; no other setting of it may reach a test.
MODEL_SETTINGS = Settings(_env_file=None)
for name in [name for name in os.environ if name.startswith("BINHYEN_")]:
    del os.environ[name]
Settings.model_config["env_file"] = None
# Whatever the hour at which the tests run; what happens at night is in test_state_notices.py.
os.environ |= {"BINHYEN_NOTICES_FROM": "0", "BINHYEN_NOTICES_UNTIL": "24"}

MEMORY = Path("/dev/shm")  # noqa: S108 (random names are made in it)
ROOM = 2 * 1024**3  # bytes
IN_MEMORY = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
SCRATCH = MEMORY if IN_MEMORY else None
"""Where servers of the tests keep their files: a database is made there in a tenth of the time."""

# At its real price hashing would be most of the time of whatever signs in. What is asked of it in
# service: tests/console/test_sign_in.py.
hash_with(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))

skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI everything is there: a skipped test is a test that did not do its work."""
    if skipped and os.environ.get("CI"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if skipped and os.environ.get("CI"):
        terminalreporter.write_line(f"failed, as skipped in CI: {', '.join(skipped)}", red=True)


@pytest.fixture(scope="session", autouse=True)
def _vault() -> None:
    """Sealed columns can be read and written in the test's own process."""
    open_vault(SECRET_KEY)


@pytest.fixture(autouse=True)
def _own_keys() -> Iterator[None]:
    """Keys that one test's application opened are not those of another's database."""
    yield
    open_vault(SECRET_KEY)


@pytest.fixture(autouse=True)
def _own_catalogue() -> Iterator[None]:
    """What one test's database says of procedures is not told in another's."""
    yield
    catalogue.forget()


@pytest.fixture(autouse=True)
def _nobody_has_written_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the people of one test wrote counts in no other, where the same ones write again."""
    monkeypatch.setattr(floods, "_answered", Buckets(floods.ANSWERS, floods.SECONDS))
    for name in ("_ordinary", "_urgent", "_reminded"):
        monkeypatch.setattr(many_notices, name, Buckets(10, 600))


class ExternalPostgres:
    """Somebody else's server, of which tests use databases that they make."""

    def __init__(self, address: str) -> None:
        self._address = make_url(address).set(drivername="postgresql+psycopg")

    def url(self, name: str) -> str:
        address = self._address.set(database=name).render_as_string(hide_password=False)
        return address.replace(" ", "%20")  # SQLAlchemy leaves a password's spaces as they are


Server = EmbeddedPostgres | ExternalPostgres


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Server:
    """One server for the whole session."""
    if EXTERNAL:
        return ExternalPostgres(EXTERNAL)
    embedded: EmbeddedPostgres = request.getfixturevalue("embedded")
    return embedded


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedPostgres]:
    """The embedded server, thrown away with its folder."""
    with tempfile.TemporaryDirectory(prefix="binhyen-test-", dir=SCRATCH) as folder:
        home = Path(folder)
        with EmbeddedPostgres(home / "postgres", home / "postgres.log", throwaway=True) as server:
            yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Server) -> Iterator[str]:
    """A migrated database nobody writes to: what `database_url` copies."""
    with scratch_database(postgres) as url:
        migrate(url)
        yield url


@pytest.fixture
def database_url(postgres: Server, postgres_url: str) -> Iterator[str]:
    """A fresh, migrated, empty database."""
    with scratch_database(postgres, make_url(postgres_url).database) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(postgres: Server) -> Iterator[str]:
    """A fresh database without tables, for all tests of a module."""
    with scratch_database(postgres) as url:
        yield url


@contextmanager
def scratch_database(server: Server, template: str | None = None) -> Iterator[str]:
    """Gone after the block, whoever still uses it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with connect(server.url("postgres")) as connection:
        make = f'CREATE DATABASE "{name}" TEMPLATE "{template or "template1"}" STRATEGY FILE_COPY'
        connection.execute(make)
        yield server.url(name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings of an installation of its own, every channel off."""
    values = {"data_dir": tmp_path, "database_url": database_url, "secret_key": SECRET_KEY}
    return Settings.model_validate(values)


@pytest.fixture(scope="session")
def model() -> TrainedModel:
    """The trained model; `make test` has trained it already."""
    return ensure_model(MODEL_SETTINGS, print)


@pytest.fixture(scope="session")
def model_dir(model: TrainedModel) -> Path:
    return model.path.parent


@pytest.fixture(scope="session")
def platforms() -> Iterator[Platforms]:
    with FakeTelegram() as telegram, FakeZaloBot() as zalo_bot, FakeZaloOA() as zalo_oa:
        yield Platforms(telegram, zalo_bot, zalo_oa)


@pytest.fixture(scope="session")
def running_service(
    request: pytest.FixtureRequest, model: TrainedModel, platforms: Platforms
) -> Iterator[RunningService]:
    """The whole service with the commune of tests/commune.yml, ready. One for the session."""
    with tempfile.TemporaryDirectory(prefix="binhyen-test-", dir=SCRATCH) as folder:
        home = Path(folder)
        with (
            database_of_the_service(request) as database_url,
            RunningService(
                home, models_dir(MODEL_SETTINGS), platforms, database_url=database_url
            ) as service,
        ):
            yield service


@contextmanager
def database_of_the_service(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """One of the external server's; or none, so that the service starts its own."""
    if not EXTERNAL:
        yield None
        return
    with scratch_database(request.getfixturevalue("postgres")) as url:
        yield url
