"""Settings that would put residents' words, or the installation, at risk. `serve` refuses them.

What an installer may take upon himself has a name in `Risk`, for BINHYEN_ACCEPT_RISKS; then it is
a warning. All else has no way around it.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from bot.checks.finding import Finding, State, fault, fine, warning
from bot.checks.strength import KEY_BITS, SECRET_BITS, SHORTEST_SECRET, is_weak
from bot.libpq import conninfo
from bot.ops.errors import OperationError
from bot.settings import Risk, Settings

MAKE_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
MAKE_SECRET = 'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'  # noqa: S105
DEBUG_FLAGS = {
    "LITESTAR_DEBUG": "trang lỗi sẽ cho người ngoài thấy mã và dữ liệu",
    "LITESTAR_PDB": "máy chủ sẽ dừng lại chờ người gỡ lỗi",
    "PYTHONDEVMODE": "nhật ký sẽ có thêm dữ liệu",
    "PYTHONASYNCIODEBUG": "nhật ký sẽ có thêm dữ liệu",
    "PYTHONINSPECT": "tiến trình sẽ không tự kết thúc",
    "SSLKEYLOGFILE": "khóa của các kết nối mã hóa sẽ bị ghi ra tệp",
}
ENCRYPTED = ("require", "verify-ca", "verify-full")


def refuse_unsafe(settings: Settings, tell: Callable[[str], None]) -> None:
    """Tell what is doubtful. Raises: OperationError with a line for each unsafe setting."""
    found = list(unsafe(settings, os.environ))
    for finding in found:
        if finding.state is State.WARNING:
            tell(f"Lưu ý: {finding}")
    if refused := [str(finding) for finding in found if finding.state is State.FAULT]:
        raise OperationError("\n".join(refused))


def unsafe(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """All that is unsafe or doubtful; nothing where all is well."""
    yield from (f for f in look(settings, environment) if f.state is not State.OK)


def look(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """One finding or more of each kind. `environment`: this process's variables."""
    for check in (_key, _public, _webhook_secrets, _platform_addresses, _rasa, _metrics):
        yield from check(settings)
    yield from _database(settings, environment)
    yield from _files(settings)
    yield from _debugging(environment)
    yield from _user()


def _key(settings: Settings) -> Iterator[Finding]:
    how = f"Tạo khóa bằng: {MAKE_KEY}"
    if settings.secret_key is None:
        yield fault("secret_key", "Chưa đặt BINHYEN_SECRET_KEY (mất khóa là mất dữ liệu).", how)
    elif is_weak(settings.secret_key.get_secret_value(), KEY_BITS):
        line = "BINHYEN_SECRET_KEY dễ đoán (chuỗi mẫu, lặp lại hoặc theo thứ tự)."
        yield fault("secret_key", line, f"{how} Nếu đã có dữ liệu, phải đổi khóa trước.")
    else:
        yield fine("secret_key", "Khóa mã hóa đủ mạnh.")


def _public(settings: Settings) -> Iterator[Finding]:
    where = urlsplit(settings.public_base)
    if where.scheme == "https":
        yield fine("public_https", f"Địa chỉ công khai dùng https: {settings.public_base}")
    elif is_local(where.hostname) and is_local(settings.host):
        yield fine("public_https", "Trang chỉ mở trên máy này.")
    else:
        yield _risk(
            settings,
            Risk.PLAIN_HTTP,
            "public_https",
            "Người khác vào được trang này nhưng BINHYEN_PUBLIC_URL không phải địa chỉ https: lời "
            "bà con và mật khẩu cán bộ đi qua mạng không mã hóa.",
            "Đặt BINHYEN_PUBLIC_URL=https://… sau một máy chủ có chứng thư, hoặc "
            "BINHYEN_HOST=127.0.0.1.",
        )


def _webhook_secrets(settings: Settings) -> Iterator[Finding]:
    for name in ("telegram_secret", "zalo_bot_secret"):
        yield from _secret(name, getattr(settings, name), "webhook_secret")


def _metrics(settings: Settings) -> Iterator[Finding]:
    yield from _secret("metrics_token", settings.metrics_token, "metrics_token")


def _secret(name: str, secret: SecretStr | None, check: str) -> Iterator[Finding]:
    if secret is None:
        return
    plain, variable = secret.get_secret_value(), f"BINHYEN_{name.upper()}"
    if len(plain) < SHORTEST_SECRET or is_weak(plain, SECRET_BITS):
        line = f"{variable} quá ngắn hoặc dễ đoán: người ngoài có thể giả làm nơi gửi."
        yield fault(check, line, f"Tạo chuỗi mới bằng: {MAKE_SECRET}")
    else:
        yield fine(check, f"{variable} đủ mạnh.")


def _platform_addresses(settings: Settings) -> Iterator[Finding]:
    for name in ("telegram_api_url", "zalo_bot_api_url", "zalo_oa_api_url", "zalo_oa_oauth_url"):
        where = urlsplit(getattr(settings, name))
        if where.scheme != "https" and not is_local(where.hostname):
            line = f"BINHYEN_{name.upper()} không phải https: mã của bot đi qua mạng không mã hóa."
            yield fault("platform_https", line, "Dùng địa chỉ https, hoặc máy chủ trên máy này.")


def _rasa(settings: Settings) -> Iterator[Finding]:
    for name, addresses in (
        ("rasa_url", settings.rasa_urls),
        ("action_url", [settings.action_url]),
    ):
        away = [where for where in map(urlsplit, addresses) if not is_local(where.hostname)]
        if away and name == "rasa_url" and settings.rasa_token is None:
            line = "BINHYEN_RASA_URL ở máy khác mà không có BINHYEN_RASA_TOKEN: ai cũng hỏi được."
            yield fault("rasa_private", line, "Đặt cùng một BINHYEN_RASA_TOKEN ở cả hai máy.")
        if any(where.scheme != "https" for where in away):
            yield _risk(
                settings,
                Risk.PLAIN_RASA,
                "rasa_private",
                f"BINHYEN_{name.upper()} ở máy khác và không phải https: tin của bà con đi qua "
                "mạng không mã hóa.",
                "Dùng https, hoặc chạy trên cùng một máy.",
            )


def _database(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    if settings.database_url is None:
        yield fine("database_private", "Cơ sở dữ liệu của riêng máy này, không mở ra mạng.")
        return
    parts = conninfo_to_dict(conninfo(str(settings.database_url)))
    hosts = str(parts.get("host") or environment.get("PGHOST", "")).split(",")
    if all(not host or host.startswith("/") or is_local(host) for host in hosts):
        yield fine("database_private", "Cơ sở dữ liệu ở trên máy này.")
        return
    proofs = {"password": "PGPASSWORD", "passfile": "PGPASSFILE", "sslcert": "PGSSLCERT"}
    if not any(parts.get(key) or environment.get(name) for key, name in proofs.items()):
        line = "BINHYEN_DATABASE_URL qua mạng mà không có mật khẩu."
        yield fault("database_private", line, "Đặt mật khẩu cho người dùng của cơ sở dữ liệu.")
    if (parts.get("sslmode") or environment.get("PGSSLMODE")) in ENCRYPTED:
        yield fine("database_private", "Nối với cơ sở dữ liệu qua TLS.")
    else:
        yield _risk(
            settings,
            Risk.PLAIN_DATABASE,
            "database_private",
            "BINHYEN_DATABASE_URL qua mạng mà không bắt buộc TLS.",
            "Thêm ?sslmode=verify-full (hay ?sslmode=require) vào cuối địa chỉ.",
        )


def _files(settings: Settings) -> Iterator[Finding]:
    env, home = Path(".env"), settings.data_dir
    if env.exists():
        if _mode(env) & stat.S_IRWXO:
            line = f"Tệp {env.resolve()} có khóa mà người dùng khác trên máy đọc được."
            yield fault("env_file", line, f"Chạy: chmod o-rwx {env.resolve()}")
        else:
            yield fine("env_file", "Tệp .env không mở cho người dùng khác.")
    key = settings.secret_key_file
    if key and key.exists() and _mode(key) & stat.S_IRWXO:
        line = f"Tệp khóa {key} mở cho người dùng khác trên máy."
        yield fault("key_file", line, f"Chạy: chmod o-rwx {key}")
    if home.exists():
        if _mode(home) & (stat.S_IROTH | stat.S_IWOTH):
            line = f"Thư mục dữ liệu {home} mở cho người dùng khác trên máy."
            yield fault("data_dir_mode", line, f"Chạy: chmod o-rw {home}")
        else:
            yield fine("data_dir_mode", "Thư mục dữ liệu không mở cho người dùng khác.")
        if home.stat().st_uid not in (os.geteuid(), 0):
            line = f"Thư mục dữ liệu {home} thuộc về người dùng khác."
            yield fault("data_dir_owner", line, "Chạy bằng đúng người dùng ấy.")


def _debugging(environment: Mapping[str, str]) -> Iterator[Finding]:
    for name, harm in DEBUG_FLAGS.items():
        if environment.get(name, "") not in ("", "0"):
            yield fault("debug", f"Biến {name} đang đặt: {harm}.", f"Bỏ biến này: unset {name}")


def _user() -> Iterator[Finding]:
    if os.geteuid() == 0 and not in_container():
        line = "Đang chạy bằng quyền root; hỏng một chỗ thì mất cả máy."
        yield warning("root", line, "Nên tạo một người dùng riêng và chạy bằng người dùng ấy.")


def in_container() -> bool:
    marks = (Path("/.dockerenv"), Path("/run/.containerenv"))
    return any(mark.exists() for mark in marks) or "container" in os.environ


def is_local(host: str | None) -> bool:
    """Whether a host is this machine alone."""
    name = (host or "").strip("[]")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _risk(settings: Settings, risk: Risk, check: str, line: str, remedy: str) -> Finding:
    if risk in settings.accepted_risks:
        return warning(check, line, f"(Đã chấp nhận: BINHYEN_ACCEPT_RISKS={risk}.)")
    own = f"Nếu mạng này chỉ của mình và chấp nhận rủi ro: BINHYEN_ACCEPT_RISKS={risk}"
    return fault(check, line, f"{remedy} {own}")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
