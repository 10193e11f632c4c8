from . import test_auditor_qualification
from . import test_training_audit
