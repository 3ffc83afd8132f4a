-- Lets a request wait for the worker of hosted images, which is back within a second or two after it
-- ended. HAProxy's own attempts follow at once where nobody listens on a unix socket. Argument: the
-- worker's unix socket.
local socket = ...

local LONGEST_S = 6
local PAUSE_MS = 100

local function accepts()
  local probe = core.tcp()
  probe:settimeout(5)
  local is_there = probe:connect("unix@" .. socket)
  probe:close()
  return is_there
end

core.register_action("await_hosted", { "http-req" }, function()
  local last_second = core.now().sec + LONGEST_S
  while not accepts() and core.now().sec < last_second do
    core.msleep(PAUSE_MS)
  end
end, 0)
