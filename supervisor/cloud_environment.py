"""Gives the variables of clouds to egress, and to no other program.

They name the identity of this machine or workload, or are it: AWS_SECRET_ACCESS_KEY. supervisord
loads this module as an rpcinterface, since it takes extensions in that form. The variables leave
supervisord's own environment, which all programs inherit, and come back for egress. The module adds
no method.
"""

import os

PREFIXES = ("AWS_", "AZURE_", "GCE_METADATA_", "GOOGLE_", "IDENTITY_")
PROGRAM = "egress"

# Of the module, since a reload of supervisord calls `make` again.
taken = {}


def make(supervisord, **_settings):
    for name in [name for name in os.environ if name.startswith(PREFIXES)]:
        taken[name] = os.environ.pop(name)
    options = supervisord.options
    execve = options.execve

    def start(path, argv, env):
        own = taken if env.get("SUPERVISOR_PROCESS_NAME") == PROGRAM else {}
        execve(path, argv, {**env, **own})

    options.execve = start
    return object()
