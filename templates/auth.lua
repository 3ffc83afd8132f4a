-- Asks the auth worker about credentials that the edge does not know yet. Argument: the worker's
-- unix socket. Takes the client's address from txn.source, as text. Sets txn.auth to "accepted",
-- "refused", "limited" or "unavailable".
local socket = ...

-- Longer than the worker lets a client wait for a check.
local TIMEOUT_MS = 10000

local function ask(txn, authorization)
  return core.httpclient():get({
    url = "http://auth/verify",
    dst = "unix@" .. socket,
    headers = {
      ["authorization"] = { authorization },
      ["x-source"] = { txn:get_var("txn.source") },
    },
    timeout = TIMEOUT_MS,
  })
end

local function verify(txn, authorization)
  local asked, answer = pcall(ask, txn, authorization)
  local status = asked and answer and answer.status or 503
  local verdict = "unavailable"
  if status == 200 then
    verdict = "accepted"
  elseif status == 429 then
    verdict = "limited"
  -- 401 for a wrong login; 400, or 431 beyond the limit, for a header that the worker cannot read.
  elseif status >= 400 and status < 500 then
    verdict = "refused"
  end
  txn:set_var("txn.auth", verdict)
end

core.register_action("verify_authorization", { "http-req" }, function(txn)
  verify(txn, txn.f:req_fhdr("authorization"))
end, 0)

-- The same for the proxy's clients, whose credentials connect.lua has read.
core.register_action("verify_proxy_authorization", { "tcp-req" }, function(txn)
  verify(txn, txn:get_var("txn.proxy_authorization"))
end, 0)
