from . import signin
from . import heatmap
