"""Makes supervisord start its programs at once.

By itself supervisord first waits up to a second for a call on its socket, and only then starts its
programs. This module is an rpcinterface, since supervisord takes extensions in that form. It adds
no method.
"""

from supervisor import events


def make(supervisord, **_settings):
    def start(_event):
        for group in sorted(supervisord.process_groups.values()):
            group.transition()

    events.subscribe(events.SupervisorRunningEvent, start)
    return object()
