from . import itsms_training_propose_needs
