-- Asks the auth worker about credentials that the edge does not know yet. Argument: the worker's
-- unix socket. Takes the client's address from txn.source, as text, and the keyed hash of the
-- credentials from txn.credential. Sets txn.auth to "accepted", "refused", "limited" or
-- "unavailable", or "guest" for a login that only a registry can know. For the user of an issuer it
-- also sets txn.issued, txn.user and txn.groups (a JSON list).
local socket = ...

-- Longer than the worker lets a client wait for a check.
local TIMEOUT_MS = 10000

-- Users of issuers, by the hash of their credentials. Two generations bound the memory of a thread:
-- a full one becomes the old one, and the old one is dropped.
local MOST_USERS = 4096
local users, old_users, count = {}, {}, 0

local function remember(credential, login)
  if count >= MOST_USERS then users, old_users, count = {}, users, 0 end
  if not users[credential] then count = count + 1 end
  users[credential] = login
end

local function recall(credential)
  local known = users[credential] or old_users[credential]
  if not known or known.expires <= core.now().sec then return nil end
  if not users[credential] then remember(credential, known) end
  return known
end

local function accept_issued(txn, login)
  txn:set_var("txn.issued", true)
  txn:set_var("txn.user", login.user)
  txn:set_var("txn.groups", login.groups)
end

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

-- X-Expires comes with the user of an issuer. A token of the cache itself is known by other means,
-- also where it was made for such a user.
local function take_issued(txn, answer)
  local expires = answer.headers["x-expires"]
  local user = answer.headers["x-user"]
  local groups = answer.headers["x-groups"]
  if not expires or not user or txn:get_var("txn.is_signed") then return end
  local login = {
    user = user[0],
    groups = groups and groups[0] or "",
    expires = tonumber(expires[0]),
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
  local asked, answer = pcall(ask, txn, authorization)
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
