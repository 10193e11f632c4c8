from . import itsms_auditor_access
from . import itsms_auditor_qualification
from . import itsms_coverage_check
from . import itsms_training_need
