"""Cached answers about people, calendars and parameters."""


def forget(env):
    """Clear the cached answers now and again after the commit.

    Between a change and its commit another thread still sees the old state and could cache it
    for the rest of the day.
    """
    env.registry.clear_cache()
    env.cr.postcommit.add(env.registry.clear_cache)
