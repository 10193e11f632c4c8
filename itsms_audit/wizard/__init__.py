from . import itsms_action_report
from . import itsms_audit_dialogs
