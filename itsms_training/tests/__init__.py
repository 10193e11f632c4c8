from . import test_job_standard
