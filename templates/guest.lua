-- Asks the auth worker whether a registry lets the login of a guest pull. Argument: the worker's unix
-- socket. Reads txn.login (the Authorization), txn.guest_at ("registry" for a request to the
-- registry's own name), txn.source, txn.address (as text), txn.upstream, txn.repository, txn.kind and
-- txn.reference. Sets txn.confirmed to "yes", "no-fetch", "login", "no", "missing", "limited" or
-- "away", txn.refusal to the body of a refusal, txn.no_fetch to the refusal of what is not here
-- (percent-encoded), txn.because to the words of the rule that denies (percent-encoded), txn.caller
-- for lists, and txn.keep_guest where haproxy.cfg may remember a yes.
local socket = ...

-- Longer than the worker waits for the registry.
local TIMEOUT_MS = 28000
-- haproxy.cfg remembers for so long.
local KEEP_SECONDS = 30

local function encode(text)
  return (text:gsub("[^%w%-%._]", function(byte) return string.format("%%%02X", byte:byte()) end))
end

local function header(answer, name)
  local values = answer.headers and answer.headers[name]
  return values and values[0] or nil
end

local function ask(parts, authorization, source)
  local fields = {}
  for name, value in pairs(parts) do fields[#fields + 1] = name .. "=" .. encode(value) end
  return core.httpclient():get({
    url = "http://auth/confirm?" .. table.concat(fields, "&"),
    dst = "unix@" .. socket,
    headers = { ["authorization"] = { authorization }, ["x-source"] = { source } },
    timeout = TIMEOUT_MS,
  })
end

core.register_action("confirm_guest", { "http-req" }, function(txn)
  local function get(name) return txn:get_var("txn." .. name) or "" end
  local kind = get("kind")
  local reference = kind ~= "tags" and get("reference") or ""
  local parts = {
    at = get("guest_at"),
    address = get("address"),
    upstream = get("upstream"),
    repository = get("repository"),
    kind = kind,
    reference = reference,
    method = txn.f:method(),
  }
  local asked, answer = pcall(ask, parts, get("login"), get("source"))
  local status = asked and answer and answer.status or 503
  if status == 429 then return txn:set_var("txn.confirmed", "limited") end
  local said, scope, seconds
  if status == 200 then
    said, scope, seconds = (header(answer, "x-answer") or ""):match("^(%S+) (%S+) (%d+)$")
  end
  local before, after
  if said then before, after = (header(answer, "x-refusal") or ""):match("^(%S+) (%S+)$") end
  -- Without these words egress would not know that the guest may not fetch.
  if not said or (said == "no-fetch" and not before) then
    return txn:set_var("txn.confirmed", "away")
  end
  txn:set_var("txn.confirmed", said)
  if answer.body and answer.body ~= "" then txn:set_var("txn.refusal", answer.body) end
  local caller = header(answer, "x-caller")
  if caller then txn:set_var("txn.caller", caller) end
  if before then
    local mark = ""
    if reference ~= "" then mark = reference:find(":", 1, true) and "%40" or "%3A" end
    local because = before .. mark .. encode(reference) .. after
    txn:set_var(said == "no-fetch" and "txn.no_fetch" or "txn.because", because)
  end
  local mayKeep = said == "yes" and scope == "repository" and kind ~= "tags"
  if mayKeep and tonumber(seconds) >= KEEP_SECONDS then txn:set_var("txn.keep_guest", true) end
end, 0)
