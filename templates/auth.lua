-- Asks the auth worker about Basic credentials that the edge does not know yet. Argument: the
-- worker's unix socket. Sets txn.auth to "accepted", "refused" or "unavailable".
local socket = ...

-- A full queue of bcrypt checks takes seconds; who waits longer is better told to come again.
local TIMEOUT_MS = 10000

local function ask(txn)
  return core.httpclient():get({
    url = "http://auth/verify",
    dst = "unix@" .. socket,
    headers = {
      ["authorization"] = { txn.f:req_fhdr("authorization") },
      ["x-client"] = { txn.f:src() },
    },
    timeout = TIMEOUT_MS,
  })
end

local function verify(txn)
  local asked, answer = pcall(ask, txn)
  local status = asked and answer and answer.status or 503
  local verdict = "unavailable"
  if status == 200 then
    verdict = "accepted"
  -- 401, and what the worker cannot even read: 400, or 431 for a header beyond its limit.
  elseif status >= 400 and status < 500 then
    verdict = "refused"
  end
  txn:set_var("txn.auth", verdict)
end

core.register_action("verify_basic", { "http-req" }, verify, 0)
