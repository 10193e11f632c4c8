from . import itsms_action_report
from . import itsms_audit_dialogs
from . import itsms_nonconformity_report
from . import itsms_review_act
from . import itsms_improvement_dialogs
