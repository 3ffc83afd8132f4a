-- Asks the auth worker about Basic credentials that the edge does not know yet. Argument: the
-- worker's unix socket. Sets txn.auth to "accepted", "refused" or "unavailable".
local socket = ...

local VERDICTS = { [200] = "accepted", [401] = "refused" }
-- A full queue of bcrypt checks takes seconds; who waits longer is better told to come again.
local TIMEOUT_MS = 10000

local function verify(txn)
  local asked, answer = pcall(function()
    return core.httpclient():get({
      url = "http://auth/verify",
      dst = "unix@" .. socket,
      headers = {
        ["authorization"] = { txn.f:req_fhdr("authorization") },
        ["x-client"] = { txn.f:src() },
      },
      timeout = TIMEOUT_MS,
    })
  end)
  txn:set_var("txn.auth", asked and answer and VERDICTS[answer.status] or "unavailable")
end

core.register_action("verify_basic", { "http-req" }, verify, 0)
