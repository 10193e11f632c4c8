from . import test_access
from . import test_clause_coverage
from . import test_external_auditor
from . import test_live_checks
from . import test_sampling
from . import test_audit_programme
from . import test_audit
from . import test_audit_independence
