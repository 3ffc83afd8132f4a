-- Asks the auth worker about credentials that the edge does not know yet. Argument: the worker's
-- unix socket. Takes the client's address from txn.source, as text, and the keyed hash of the
-- credentials from txn.credential. Sets txn.auth to "accepted", "refused", "limited" or
-- "unavailable", or "guest" for a login that only a registry can know. For the user of an issuer it
-- also sets txn.issued, txn.user and txn.groups (a JSON list).
local socket = ...

-- Longer than the worker lets a client wait for a check.
local TIMEOUT_MS = 10000

-- Users of issuers, by the hash of their credentials.
local remember, recall = ask_auth.memory(4096)

local function accept_issued(txn, login)
  txn:set_var("txn.issued", true)
  txn:set_var("txn.user", login.user)
  txn:set_var("txn.groups", login.groups)
end

-- X-Expires comes with the user of an issuer. A token of the cache itself is known by other means,
-- also where it was made for such a user.
local function take_issued(txn, answer)
  local expires = ask_auth.header(answer, "x-expires")
  local user = ask_auth.header(answer, "x-user")
  if not expires or not user or txn:get_var("txn.is_signed") then return end
  local login = {
    user = user,
    groups = ask_auth.header(answer, "x-groups") or "",
    ends = tonumber(expires),
  }
  accept_issued(txn, login)
  local credential = txn:get_var("txn.credential")
  -- A replaced process does not know removed issuers.
  if credential and not txn:get_var("txn.is_replaced") then
    remember(credential, login)
  end
end

local function verify(txn, authorization)
  local credential = txn:get_var("txn.credential")
  local known = credential and not txn:get_var("txn.is_replaced") and recall(credential)
  if known then
    accept_issued(txn, known)
    txn:set_var("txn.auth", "remembered")
    return
  end
  local headers = {
    ["authorization"] = { authorization },
    ["x-source"] = { txn:get_var("txn.source") },
  }
  local asked, answer = pcall(ask_auth.get, socket, "/verify", {}, headers, TIMEOUT_MS)
  local status = asked and answer and answer.status or 503
  local verdict = "unavailable"
  if status == 200 then
    verdict = "accepted"
    take_issued(txn, answer)
  elseif status == 429 then
    verdict = "limited"
  elseif status == 401 and answer.headers["x-guest"] then
    verdict = "guest"
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
