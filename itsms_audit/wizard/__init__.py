from . import itsms_action_report
