"""Makes supervisord start its programs at once.

By itself it first waits up to a second for somebody to call its socket, and only then starts
what it was given. Loaded as an rpcinterface, which is how supervisord takes extensions; it adds
no method.
"""

from supervisor import events


def make(supervisord, **_settings):
    def start(_event):
        for group in sorted(supervisord.process_groups.values()):
            group.transition()

    events.subscribe(events.SupervisorRunningEvent, start)
    return object()
