from . import signin
