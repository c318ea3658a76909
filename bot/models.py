"""Every table, imported once, for migrations and for relationships named by string."""

from bot.audit import models as audit
from bot.channels import web_models as web
from bot.checks import models as checks
from bot.console import models as console
from bot.db import Base
from bot.groups import models as groups
from bot.messages import models as messages
from bot.procedures import models as procedures
from bot.reports import models as reports
from bot.retention import models as retention
from bot.security import models as security

metadata = Base.metadata

__all__ = [
    "audit",
    "checks",
    "console",
    "groups",
    "messages",
    "metadata",
    "procedures",
    "reports",
    "retention",
    "security",
    "web",
]
