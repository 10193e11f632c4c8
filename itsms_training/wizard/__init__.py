from . import itsms_training_hand_in
from . import itsms_training_propose_needs
from . import itsms_training_take_needs
from . import itsms_training_session_move
