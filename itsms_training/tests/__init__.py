from . import test_job_standard
from . import test_session_hold
from . import test_session_plan
from . import test_training_file
