from . import itsms_decision
from . import itsms_hand_over
from . import itsms_meeting_mark
from . import itsms_route_preview
from . import itsms_measure_entry
