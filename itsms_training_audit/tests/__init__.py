from . import test_training_audit
