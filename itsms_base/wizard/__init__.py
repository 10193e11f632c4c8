from . import itsms_decision
from . import itsms_route_preview
