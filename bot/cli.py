"""`binhyen`: the tasks of whoever installs and runs it. Each command is thin; bot/ops does it."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from bot.ops.errors import OperationError
from bot.ops.progress import Terminal
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.ops.classify import Classifier


class Commands(TyperGroup):
    """Ends in one clear line and a non-zero code where the person can mend the matter."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except OperationError as error:
            typer.echo(f"Lỗi: {error}", err=True)
        except ValidationError as error:
            typer.echo(f"Lỗi: {describe_settings_error(error)}", err=True)
        raise typer.Exit(1)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Bình Yên: trợ lý nhóm chat của ấp, nối người dân với công an xã.",
    epilog="Thiết lập là các biến môi trường BINHYEN_… (hoặc tệp .env); xem docs/settings.md.",
)


@app.command()
def install() -> None:
    """Cài môi trường Python riêng của Rasa (khoảng 2,5 GB, chỉ lần đầu)."""
    from bot.ops.environments import ensure_rasa_environment

    with Terminal() as terminal, terminal.step() as report:
        ensure_rasa_environment(report)
    typer.echo("Đã cài đủ.")


@app.command()
def train() -> None:
    """Huấn luyện mô hình hiểu tin nhắn; bỏ qua khi dữ liệu và cấu hình không đổi."""
    from bot.ops.model import ensure_model

    with Terminal() as terminal, terminal.step() as report:
        model = ensure_model(Settings(), report)
    typer.echo(f"Mô hình: {model.path}\nSHA-256: {model.sha256}")
    learnt = model.training
    typer.echo(f"Đã học từ {learnt['messages']} tin trong {learnt['seconds']:.0f} giây.")
    typer.echo("Đo độ chính xác: binhyen evaluate benchmarks/understanding/development.jsonl")


@app.command()
def serve() -> None:
    """Chạy toàn bộ dịch vụ trên máy này: cơ sở dữ liệu, trang web, Rasa.

    Cần BINHYEN_SECRET_KEY. Không khởi động khi thiết lập không an toàn; binhyen doctor nói rõ hơn.
    Nhật ký của từng tiến trình ở <BINHYEN_DATA_DIR>/logs.
    """
    from bot.checks.safety import refuse_unsafe
    from bot.ops.model import models_dir

    settings = Settings()
    refuse_unsafe(settings, typer.echo)
    supervise(settings, models_dir(settings))


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Không nạp mô hình (nhanh hơn).")] = False,
) -> None:
    """Xem bản cài này có ổn không, và nói phải làm gì; mỗi điều một dòng.

    ✓ ổn, ! nên xem, ✗ phải sửa. Mã kết thúc: 0 ổn, 1 có chỗ nên xem, 2 có chỗ phải sửa. Không thay
    đổi gì; dịch vụ đang chạy hay không đều được.
    """
    from bot.checks.finding import fault
    from bot.ops.doctor import run

    try:
        settings: Any = Settings()
    except ValidationError as error:
        settings = fault("settings", f"{describe_settings_error(error)}.", "Xem docs/settings.md")
    raise typer.Exit(run(settings, typer.echo, as_json=as_json, quick=quick))


@app.command()
def migrate() -> None:
    """Cập nhật cơ sở dữ liệu và nạp thủ tục, trước khi chạy riêng từng tiến trình.

    binhyen serve tự làm việc này. Chạy được cả khi dịch vụ đang chạy.
    """
    from bot.ops.alone import migrate as run

    run(Settings(), typer.echo)


@app.command()
def gateway() -> None:
    """Chạy riêng trang web và xử lý tin nhắn; bao nhiêu tiến trình, bao nhiêu máy cũng được.

    Dùng khi có nhiều máy hoặc systemd trông từng tiến trình; xem docs/deployment.md.
    """
    from bot.ops.alone import gateway as run

    run(Settings(), typer.echo)


@app.command()
def actions() -> None:
    """Chạy riêng máy chủ hành động mà Rasa gọi, ở BINHYEN_INTERNAL_HOST."""
    from bot.ops.alone import actions as run

    run(Settings(), typer.echo)


@app.command()
def rasa(
    port: Annotated[
        int | None, typer.Option(help="Mặc định: cổng của địa chỉ đầu trong BINHYEN_RASA_URL.")
    ] = None,
) -> None:
    """Chạy riêng Rasa với mô hình đã huấn luyện trên máy này, ở BINHYEN_INTERNAL_HOST."""
    from bot.ops.alone import rasa as run

    run(Settings(), port)


@app.command()
def demo() -> None:
    """Chạy thử với một xã giả định: có ba ấp, cán bộ, tin nhắn và tài khoản in ra màn hình.

    Dữ liệu thử nằm riêng ở <BINHYEN_DATA_DIR>/demo và không đụng đến dữ liệu thật, Telegram hay
    Zalo. Xóa thư mục ấy để làm lại từ đầu.
    """
    from bot.ops.demo import prepare
    from bot.ops.model import models_dir
    from bot.ops.sandbox import demo_settings

    settings = Settings()
    supervise(demo_settings(settings), models_dir(settings), prepare)


@app.command()
def demo_code(
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="Như quanly hay quantri.")],
) -> None:
    """In mã 6 số của một tài khoản trong xã giả định, thay cho ứng dụng trên điện thoại.

    Mỗi mã dùng một lần, nửa phút đổi một lần.
    """
    from bot.ops.demo import code
    from bot.ops.sandbox import demo_settings

    typer.echo(code(demo_settings(Settings()), username))


account = typer.Typer(no_args_is_help=True, help="Tài khoản cán bộ, làm ngay trên máy chủ.")
app.add_typer(account, name="account")


@account.command("admin")
def make_admin(
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="Chữ thường, như quantri.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Họ tên.")],
) -> None:
    """Tạo một người quản trị; in ra mật khẩu dùng một lần."""
    from bot.ops.accounts import make_admin as run

    run(Settings(), username, name, typer.echo)


@account.command("reset")
def reset_account(
    username: Annotated[str, typer.Argument(metavar="USERNAME")],
) -> None:
    """Cấp lại mật khẩu, bỏ xác nhận hai bước và mở khóa một tài khoản.

    Dùng khi không còn ai vào được trang Tài khoản. Hãy chắc là đúng người.
    """
    from bot.ops.accounts import reset as run

    run(Settings(), username, typer.echo)


@app.command()
def setup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Tệp YAML, như commune.yml.")],
) -> None:
    """Tạo hoặc cập nhật xã, ấp, nhóm chat và cán bộ theo một tệp YAML.

    Chạy lại bao nhiêu lần cũng được. Mật khẩu dùng một lần của cán bộ mới chỉ in ra lần này.
    """
    from bot.ops.setup import run

    run(Settings(), file, typer.echo)


@app.command()
def export_corrections(
    target: Annotated[
        Path, typer.Argument(metavar="FILE_OR_DIR", help="Thư mục, hoặc một tệp .yml; chưa có.")
    ],
) -> None:
    """Xuất các tin cán bộ đã sửa và cho trợ lý học ra tệp YAML của Rasa, để người đọc lại.

    Mỗi loại một tệp trong thư mục của loại; không ghi đè tệp đã có. Mỗi tin chỉ xuất một lần.
    Tin đã đọc lại thì chép vào nlu_data/messages/<loại>/, binhyen train sẽ học.
    """
    from bot.ops.corrections import run

    run(Settings(), target, typer.echo)


procedures = typer.Typer(no_args_is_help=True, help="Thủ tục mà trợ lý trả lời.")
app.add_typer(procedures, name="procedures")


FolderArgument = Annotated[
    Path | None, typer.Argument(metavar="FOLDER", help="Mặc định: nlu_data/procedures.")
]


@procedures.command("load")
def load_procedures(folder: FolderArgument = None) -> None:
    """Nạp các tệp thủ tục vào cơ sở dữ liệu; binhyen serve cũng tự nạp khi khởi động.

    Mục mới hoặc đã đổi được dùng ngay. Mục mà cán bộ đã sửa trên trang thì chờ cán bộ duyệt.
    """
    from bot.ops.procedures import run_load
    from bot.procedures.files import FOLDER

    run_load(Settings(), folder or FOLDER, typer.echo)


@procedures.command("check")
def check_procedures(
    folder: FolderArgument = None,
    on: Annotated[
        datetime | None,
        typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d"], help="Vào ngày nào; hôm nay."),
    ] = None,
    told: Annotated[
        bool, typer.Option("--told", help="Xem những gì trợ lý đang trả lời, thay cho các tệp.")
    ] = False,
) -> None:
    """Tìm mục quá hạn kiểm tra, thiếu căn cứ, hết mức phí, dài quá hay còn viết dở.

    Mã kết thúc là 1 khi có mục như vậy. Xem tệp thì không cần cơ sở dữ liệu.
    """
    from bot.console.times import VIETNAM
    from bot.ops.procedures import run_check
    from bot.procedures.files import FOLDER

    day = (on or datetime.now(VIETNAM)).date()
    run_check(Settings(), None if told else folder or FOLDER, day, typer.echo)


@procedures.command("export")
def export_procedures(folder: FolderArgument = None) -> None:
    """Ghi những gì trợ lý đang trả lời về lại các tệp, để giữ trong kho mã.

    Mục không đổi giữ nguyên từng chữ, nên git diff chỉ cho thấy những gì cán bộ đã sửa.
    """
    from bot.ops.procedures import run_export
    from bot.procedures.files import FOLDER

    run_export(Settings(), folder or FOLDER, typer.echo)


@app.command()
def backup(
    target: Annotated[
        Path, typer.Argument(metavar="FILE_OR_DIR", help="Tệp mới, hoặc thư mục có sẵn.")
    ],
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, metavar="N", help="Giữ N bản mới nhất.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Chỉ đọc lại tệp đã có xem còn nguyên vẹn không.")
    ] = False,
) -> None:
    """Sao lưu mọi dữ liệu vào một tệp đã mã hóa; làm được cả khi dịch vụ đang chạy.

    Tệp chỉ mở được bằng BINHYEN_SECRET_KEY, và khóa ấy không nằm trong tệp: hãy cất riêng một bản
    ghi khóa trên giấy. Mất khóa thì mọi bản sao lưu đều vô dụng.
    """
    from bot.ops.backup import back_up, check_file

    if check:
        check_file(Settings(), target, typer.echo)
    else:
        back_up(Settings(), target, keep, typer.echo)


@app.command()
def restore(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Tệp do binhyen backup làm ra.")
    ] = None,
    recovered: Annotated[
        bool,
        typer.Option(
            "--recovered", help="PostgreSQL đã tự quay về một thời điểm: chỉ làm phần còn lại."
        ),
    ] = False,
) -> None:
    """Phục hồi một bản sao lưu vào cơ sở dữ liệu còn trống; không bao giờ ghi đè.

    Tin đang chờ gửi lúc sao lưu có thể đã được gửi sau đó, nên không tự gửi lại: chúng nằm ở trang
    “Sự cố” chờ người quyết định. Mọi cán bộ phải đăng nhập lại.
    """
    from bot.ops import restore as restoring

    if recovered == (file is not None):
        raise OperationError("hãy cho biết tệp sao lưu, hoặc dùng --recovered mà không kèm tệp.")
    if file is None:
        restoring.settle_recovered(Settings(), typer.echo)
    else:
        restoring.restore(Settings(), file, typer.echo)


audit = typer.Typer(no_args_is_help=True, help="Nhật ký: cán bộ đã xem và làm gì.")
app.add_typer(audit, name="audit")


@audit.command("verify")
def audit_verify(
    known: Annotated[
        str | None,
        typer.Option("--known", metavar="SỐ:DẤU", help="Mục cuối mà một lần kiểm tra trước in ra."),
    ] = None,
) -> None:
    """Tìm mục nhật ký bị sửa, bị xóa, bị đổi chỗ hoặc bị thêm vào bằng tay, và nói là mục nào.

    Mã kết thúc là 1 khi có gì không đúng. Mục cuối đã thấy được nhớ ở BINHYEN_DATA_DIR để lần sau
    đối chiếu.
    """
    from bot.ops.audit import run

    run(Settings(), known, typer.echo)


person = typer.Typer(no_args_is_help=True, help="Dữ liệu của một người, theo đơn của người ấy.")
app.add_typer(person, name="person")

WhoArgument = Annotated[
    str, typer.Argument(metavar="WHO", help="Mã một phản ánh của người ấy, hoặc KÊNH:ĐỊA-CHỈ.")
]
RequestOption = Annotated[
    str, typer.Option("--request", metavar="SỐ", help="Số của đơn, như 12/2026; ghi vào nhật ký.")
]


@person.command("export")
def export_person(
    who: WhoArgument,
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="Thư mục mới.")],
    request: RequestOption,
) -> None:
    """Ghi mọi thứ còn giữ về một người ra một thư mục, để giao cho chính người ấy.

    Có lời người ấy kể và được trả lời, tệp đã gửi; không có ghi chú nội bộ hay gì của người khác.
    Hãy chắc người làm đơn đúng là người ấy.
    """
    from bot.ops.person import run_export

    run_export(Settings(), who, request, target, typer.echo)


@person.command("erase")
def erase_person(who: WhoArgument, request: RequestOption) -> None:
    """Xóa dữ liệu của một người như người ấy tự xóa được trong khung chat, và in ra đã xóa gì.

    Không lấy lại được. Hãy chắc người làm đơn đúng là người ấy.
    """
    from bot.ops.person import run_erase

    run_erase(Settings(), who, request, typer.echo)


keys = typer.Typer(no_args_is_help=True, help="Khóa niêm phong dữ liệu: xem và đổi.")
app.add_typer(keys, name="keys")


@keys.command("rotate")
def rotate_keys(
    master: Annotated[
        Path | None,
        typer.Option(
            "--master",
            metavar="FILE",
            help="Đổi khóa chính (BINHYEN_SECRET_KEY) sang khóa trong tệp này; không đụng dữ liệu.",
        ),
    ] = None,
) -> None:
    """Đổi khóa dữ liệu: tạo khóa mới và niêm phong lại mọi thứ, trong khi dịch vụ vẫn chạy.

    Bị ngắt giữa chừng thì chạy lại lệnh này, nó làm tiếp. Khóa cũ thôi dùng khi không còn gì cần.
    """
    from bot.ops import keys as run

    if master is None:
        run.run_rotate(Settings(), typer.echo)
    else:
        run.run_rotate_master(Settings(), master, typer.echo)


@keys.command("list")
def list_keys() -> None:
    """Có những khóa nào, từ bao giờ, mỗi khóa còn niêm phong bao nhiêu giá trị."""
    from bot.ops.keys import run_list

    run_list(Settings(), typer.echo)


@keys.command("settle")
def settle_keys() -> None:
    """Sau khi đổi khóa chính: bỏ hẳn khóa chính cũ. binhyen serve tự làm khi khởi động.

    Chỉ cần khi trang chạy trên nhiều máy không qua binhyen serve.
    """
    from bot.ops.keys import run_settle

    run_settle(Settings(), typer.echo)


@app.command()
def classify() -> None:
    """Đọc tin nhắn ở đầu vào chuẩn, mỗi dòng một tin, và in cách trợ lý hiểu từng tin.

    Một dòng là JSON {"text": …, "chat": "group" | "private"}, hoặc chỉ là nội dung tin (coi như
    tin trong nhóm). Mỗi tin cho ra một dòng JSON, đúng thứ tự: category, confidence, topic,
    procedure, sensitive, urgent, decision. Dòng trống được bỏ qua; dòng hỏng cho ra
    {"error": …} và mã kết thúc là 1. Không cần cơ sở dữ liệu hay máy chủ.
    """
    from bot.ops.classify import classify as answer

    with loaded_classifier() as (_, classifier):
        clean = answer(sys.stdin.buffer, sys.stdout, classifier)
    raise typer.Exit(0 if clean else 1)


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Tin đã gắn nhãn, mỗi dòng JSON.")],
    as_json: Annotated[bool, typer.Option("--json", help="In số đo dạng JSON.")] = False,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="PNG", help="Vẽ đường độ tin cậy.")
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="JSON", help="Báo lỗi nếu kém mức đã ghi quá 2 điểm."),
    ] = None,
) -> None:
    """Đo mô hình trên các tin đã gắn nhãn: loại, nhạy cảm, khẩn cấp, chủ đề, độ tin cậy.

    Mỗi dòng của tệp: {"text", "chat", "category", "topic", "style", "accept", "sensitive",
    "urgent"} như benchmarks/understanding/development.jsonl.
    """
    from rich.console import Console

    from bot.ops import evaluate as evaluation
    from bot.triage.evaluation import measure

    with loaded_classifier() as (python, classifier):
        answers = evaluation.evaluate(file, classifier)
    measures = measure(answers)
    if as_json:
        typer.echo(evaluation.to_json(measures), nl=False)
    else:
        evaluation.show(measures, answers, Console())
    if picture:
        evaluation.draw(python, measures, picture)
    if baseline:
        evaluation.check_against(measures, baseline)


@contextmanager
def loaded_classifier() -> Iterator[tuple[Path, "Classifier"]]:
    """The Rasa environment's Python and the model, trained first if need be."""
    from bot.ops.classify import Classifier
    from bot.ops.environments import ensure_rasa_environment
    from bot.ops.model import ensure_model
    from bot.ops.places import places_path

    with Terminal() as terminal, terminal.step() as report:
        settings = Settings()
        model = ensure_model(settings, report)
        python = ensure_rasa_environment(report)
        report("Đang nạp mô hình")
        classifier = Classifier(python, model, places_path(settings)).__enter__()
    with classifier:
        yield python, classifier


def supervise(
    settings: Settings, models: Path, prepare: Callable[[Settings], Sequence[str]] | None = None
) -> None:
    from bot.ops.logs import log_to_file
    from bot.ops.supervisor import Supervisor, run_until_told

    # What the supervisor notices goes to a file; the terminal is for the person.
    log_to_file(settings.data_dir / "logs" / "supervisor.log", "supervisor")
    with Terminal() as terminal:
        run_until_told(Supervisor(settings, models, terminal, prepare))


def describe_settings_error(error: ValidationError) -> str:
    """Names the variables and what is wrong with them, never their values."""
    problems = (
        f"BINHYEN_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()
    )
    return f"thiết lập không hợp lệ: {'; '.join(problems)}"
