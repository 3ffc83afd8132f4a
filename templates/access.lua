-- Asks the auth worker whether the rules of access allow a request.
-- Argument: the worker's unix socket. Reads txn.user, txn.groups, txn.upstream, txn.repository,
-- txn.kind, txn.reference and txn.address (as text). Sets txn.access to "yes", "no-fetch", "login",
-- "no" or "unavailable", txn.refusal to the body of a refusal, txn.because to its message
-- (percent-encoded), txn.no_fetch to the refusal of what is not here (percent-encoded), txn.by_login
-- where a client with a login may fetch that, and txn.caller for lists. txn.keep says where
-- haproxy.cfg shall remember the answer, and txn.keep_as the number that it is there.
local socket = ...

-- The worker reads files of the store at most.
local TIMEOUT_MS = 5000

-- The texts of refusals, of which haproxy.cfg only remembers that there is one. Each thread has two
-- tables of its own. When the younger one is full, it becomes the older one, and
-- what was in the older one is forgotten.
local CAPACITY = 4000
local young, old, count = {}, {}, 0

local function remember(key, answer)
  if count >= CAPACITY then
    young, old, count = {}, young, 0
  end
  if not young[key] then count = count + 1 end
  young[key] = answer
end

local function recall(key, now)
  local answer = young[key]
  if not answer then
    answer = old[key]
    if answer then remember(key, answer) end
  end
  if answer and answer.ends > now then return answer end
  return nil
end

local function encode(text)
  return (text:gsub("[^%w%-%._]", function(byte) return string.format("%%%02X", byte:byte()) end))
end

local function ask(parts)
  local fields = {}
  for name, value in pairs(parts) do fields[#fields + 1] = name .. "=" .. encode(value) end
  return core.httpclient():get({
    url = "http://auth/decide?" .. table.concat(fields, "&"),
    dst = "unix@" .. socket,
    timeout = TIMEOUT_MS,
  })
end

local function header(answer, name)
  local values = answer.headers and answer.headers[name]
  return values and values[0] or nil
end

-- The whole answer of the worker; nil where it gave none.
local function read(answer)
  if not answer or answer.status ~= 200 then return nil end
  local said, scope, seconds, more = (header(answer, "x-answer") or ""):match("^(%S+) (%S+) (%d+)(.*)$")
  if not said then return nil end
  local before, after = (header(answer, "x-refusal") or ""):match("^(%S+) (%S+)$")
  -- Without these words egress would not know that the caller may not fetch.
  if said == "no-fetch" and not before then return nil end
  return {
    said = said,
    scope = scope,
    isByStore = tonumber(seconds) < 60,
    byLogin = more == " by-login",
    ends = core.now().sec + tonumber(seconds),
    before = before,
    after = after,
    body = answer.body,
    caller = header(answer, "x-caller"),
  }
end

local function apply(txn, answer, reference)
  txn:set_var("txn.access", answer.said)
  if answer.caller then txn:set_var("txn.caller", answer.caller) end
  local because
  if answer.before then
    local mark = ""
    if reference ~= "" then mark = reference:find(":", 1, true) and "%40" or "%3A" end
    because = answer.before .. mark .. encode(reference) .. answer.after
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
  local now = core.now().sec
  local known = mayRemember and (recall(whole, now) or recall(one, now)) or nil
  if known then return apply(txn, known, parts.reference) end

  local asked, answer = pcall(ask, parts)
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
