-- Asks the auth worker whether the rules of access allow a request.
-- Argument: the worker's unix socket. Reads txn.user, txn.groups, txn.upstream, txn.repository,
-- txn.kind, txn.reference and txn.address (as text). Sets txn.access to "yes", "no-fetch", "login",
-- "no" or "unavailable", txn.refusal to the body of a refusal, txn.because to its message
-- (percent-encoded), txn.no_fetch to the refusal of what is not here (percent-encoded), txn.by_login
-- where a client with a login may fetch that, txn.by_upload where the client may not pull the part
-- that it asks for, and may have uploaded it, and txn.caller for lists and for such parts. txn.keep
-- says where haproxy.cfg shall remember the answer, and txn.keep_as the number that it is there.
local socket = ...

-- The worker reads files of the store at most.
local TIMEOUT_MS = 5000

-- The texts of refusals, of which haproxy.cfg only remembers that there is one.
local remember, recall = ask_auth.memory(4000)

-- The whole answer of the worker; nil where it gave none.
local function read(answer)
  local said, scope, seconds, more, before, after = ask_auth.read(answer)
  if not said then return nil end
  return {
    said = said,
    scope = scope,
    isByStore = seconds < 60,
    byLogin = more == " by-login",
    byUpload = more == " by-upload",
    ends = core.now().sec + seconds,
    before = before,
    after = after,
    body = answer.body,
    caller = ask_auth.header(answer, "x-caller"),
  }
end

local function apply(txn, answer, reference)
  txn:set_var("txn.access", answer.said)
  if answer.caller then txn:set_var("txn.caller", answer.caller) end
  if answer.byUpload then txn:set_var("txn.by_upload", true) end
  local because
  if answer.before then
    because = ask_auth.refusal(answer.before, reference, answer.after)
    txn:set_var("txn.because", because)
  end
  if answer.said == "no-fetch" then
    txn:set_var("txn.no_fetch", because)
    if answer.byLogin then txn:set_var("txn.by_login", true) end
  elseif answer.said ~= "yes" then
    txn:set_var("txn.refusal", answer.body)
  end
end

core.register_action("decide_access", { "http-req" }, function(txn)
  local function get(name) return txn:get_var("txn." .. name) or "" end
  local method = txn.f:method()
  local parts = {
    user = get("user"),
    groups = get("groups"),
    address = get("address"),
    upstream = get("upstream"),
    repository = get("repository"),
    kind = get("kind"),
    -- For a list of tags the edge has its last part there.
    reference = get("kind") ~= "tags" and get("reference") or "",
    method = method,
  }
  -- A process that a reload has replaced does not know new rules, so it remembers nothing.
  local mayRemember = (method == "GET" or method == "HEAD") and not txn:get_var("txn.is_replaced")
    and parts.kind ~= "tags" and parts.kind ~= "catalog"
  local who = table.concat({ parts.user, parts.groups, parts.address }, "\n")
  local whole = table.concat({ who, parts.upstream, parts.repository }, "\n")
  local one = table.concat({ whole, parts.kind, parts.reference }, "\n")
  local known = mayRemember and (recall(whole) or recall(one)) or nil
  if known then return apply(txn, known, parts.reference) end

  local asked, answer = pcall(ask_auth.get, socket, "/decide", parts, nil, TIMEOUT_MS)
  local found = asked and read(answer) or nil
  if not found then return txn:set_var("txn.access", "unavailable") end
  -- Refusals are not remembered: their text has more in it, and they shall end at once.
  if mayRemember and (found.said == "yes" or found.said == "no-fetch") then
    local isWhole = found.scope == "repository"
    txn:set_var("txn.keep", isWhole and "whole" or (found.isByStore and "by-store" or "one"))
    txn:set_var("txn.keep_as", found.said == "yes" and 1 or 2)
    if found.said == "no-fetch" then
      found.body = nil
      remember(isWhole and whole or one, found)
    end
  end
  apply(txn, found, parts.reference)
end, 0)

-- Whether the caller may push to the repository of this request. Sets txn.may_push if so.
core.register_action("decide_push", { "http-res" }, function(txn)
  local function get(name) return txn:get_var("txn." .. name) or "" end
  local asked, answer = pcall(ask_auth.get, socket, "/decide", {
    user = get("user"),
    groups = get("groups"),
    address = get("address"),
    upstream = get("upstream"),
    repository = get("repository"),
    kind = "upload",
    reference = "",
    method = "POST",
  }, nil, TIMEOUT_MS)
  local found = asked and read(answer) or nil
  if found and found.said == "yes" then txn:set_var("txn.may_push", true) end
end, 0)
