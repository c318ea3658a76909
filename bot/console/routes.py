"""Everything under /console."""

from litestar import Router

from bot.audit import views as audit_views
from bot.console import (
    errors,
    gap_views,
    guards,
    live,
    procedure_edit_views,
    procedure_views,
    second_factor_views,
    session_views,
    sign_in,
    staff_views,
    theme,
    trouble_views,
)
from bot.console.authentication import OfficerAuthentication
from bot.reports import (
    accuracy_views,
    anonymity_views,
    at_report_views,
    canned_reply_views,
    deadline_views,
    figures_views,
    merging_views,
    queue_views,
    relay_views,
    review_views,
    workflow_views,
)
from bot.reports import views as report_views
from bot.retention import views as retention_views

_open = Router(
    "/console",
    route_handlers=[*sign_in.handlers, *second_factor_views.handlers, *session_views.handlers],
    guards=[guards.named],
    middleware=[OfficerAuthentication],
    exception_handlers=errors.handlers,
    include_in_schema=False,
)
_closed = Router(
    "/console",
    route_handlers=[
        live.changes,
        *theme.handlers,
        *staff_views.handlers,
        *gap_views.handlers,
        *procedure_views.handlers,
        *procedure_edit_views.handlers,
        *trouble_views.handlers,
        *audit_views.handlers,
        *queue_views.handlers,
        *report_views.handlers,
        *relay_views.handlers,
        *merging_views.handlers,
        *workflow_views.handlers,
        *accuracy_views.handlers,
        *figures_views.handlers,
        *review_views.handlers,
        *anonymity_views.handlers,
        *deadline_views.handlers,
        *canned_reply_views.handlers,
        *at_report_views.handlers,
        *retention_views.handlers,
    ],
    guards=[guards.named],
    middleware=[OfficerAuthentication],
    exception_handlers=errors.handlers,
    include_in_schema=False,
)

handlers = [_open, _closed]
