-- Finds out for /readyz whether the auth worker answers. Argument: the worker's unix socket. Sets
-- txn.has_auth if it does.
local socket = ...

local TIMEOUT_MS = 3000

core.register_action("find_auth", { "http-req" }, function(txn)
  local asked, answer = pcall(ask_auth.get, socket, "/alive", {}, nil, TIMEOUT_MS)
  if asked and answer and answer.status == 204 then txn:set_var("txn.has_auth", true) end
end, 0)
