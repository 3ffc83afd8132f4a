"""Keeps the output of all programs in a file too, from which rsyslog sends it to collectors.

supervisord loads this module as an rpcinterface if there are collectors. The file is in a folder
that no program may write to, because supervisord may be root. A line of JSON stays as it is. Any
other line, such as nginx's, becomes the `msg` of one. The module adds no method.
"""

import datetime
import json
import os

from supervisor import events

MAX_BYTES = 4 * 1024 * 1024
# A longer line is cut, so that it fits into one message.
MAX_LINE_BYTES = 32 * 1024


class Output:
    """A file that is renamed when it is large, so that two files are kept at most."""

    def __init__(self, path):
        self.path = path
        self.begun = {}

    def add(self, program, data):
        data = self.begun.pop(program, b"") + data
        *lines, rest = data.split(b"\n")
        if len(rest) >= MAX_LINE_BYTES:
            lines, rest = [*lines, rest], b""
        if rest:
            self.begun[program] = rest
        text = b"".join(as_json(program, line) for line in lines if line.strip())
        if text:
            self.write(text)

    def write(self, text):
        try:
            if os.path.exists(self.path) and os.path.getsize(self.path) > MAX_BYTES:
                os.replace(self.path, self.path + ".1")
            with open(self.path, "ab", buffering=0) as file:
                file.write(text)
        except OSError:
            # The container's own output has the lines. A full disk must not stop the programs.
            pass


def as_json(program, line):
    line = line.rstrip(b"\r")[:MAX_LINE_BYTES]
    try:
        if line.startswith(b"{") and isinstance(json.loads(line), dict):
            return line + b"\n"
    except (ValueError, RecursionError):
        # An error here would end supervisord's reading of that program.
        pass
    now = datetime.datetime.now(datetime.timezone.utc)
    time = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    msg = line.decode("utf-8", "replace")
    return json.dumps({"time": time, "program": program, "msg": msg}).encode() + b"\n"


def make(_supervisord, path, **_settings):
    output = Output(path)

    def add(event):
        data = event.data
        output.add(event.process.config.name, data if isinstance(data, bytes) else data.encode())

    events.subscribe(events.ProcessLogStdoutEvent, add)
    return object()
