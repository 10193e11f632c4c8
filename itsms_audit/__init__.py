from . import engine
from . import models
from . import wizard
from . import models, wizard
