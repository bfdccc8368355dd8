"""Tables, constraints and relationships: what is stored, and nothing about what may be done with it.

No rules, no queries, no commits. The tables themselves are always built by the migrations. A relationship is declared
where a flush needs to know which row goes first; none loads anything by itself.
"""

from webapp.models.activity import Activity
from webapp.models.audit_event import AuditEvent
from webapp.models.enum_repair import EnumRepair
from webapp.models.health import HealthState, WorkerSign
from webapp.models.identity import Identity
from webapp.models.industry_limits import IndustryLimits
from webapp.models.login_session import LoginSession
from webapp.models.look import Look
from webapp.models.membership import Membership
from webapp.models.organisation import Organisation
from webapp.models.sic_code import SicCode
from webapp.models.usage import LimitBreach, LimitCounter, UsageByMinute
from webapp.models.user import User

__all__ = [
    "Activity",
    "AuditEvent",
    "EnumRepair",
    "HealthState",
    "Identity",
    "IndustryLimits",
    "LimitBreach",
    "LimitCounter",
    "LoginSession",
    "Look",
    "Membership",
    "Organisation",
    "SicCode",
    "UsageByMinute",
    "User",
    "WorkerSign",
]
