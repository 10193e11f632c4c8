from . import itsms_deadline_mixin
from . import itsms_action_origin_mixin
from . import itsms_action
from . import itsms_action_extension
