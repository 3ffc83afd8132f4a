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
  local headers = {
    ["authorization"] = { get("login") },
    ["x-source"] = { get("source") },
  }
  local asked, answer = pcall(ask_auth.get, socket, "/confirm", parts, headers, TIMEOUT_MS)
  if not asked then answer = nil end
  if answer and answer.status == 429 then return txn:set_var("txn.confirmed", "limited") end
  local said, scope, seconds, _, before, after = ask_auth.read(answer)
  if not said then return txn:set_var("txn.confirmed", "away") end
  txn:set_var("txn.confirmed", said)
  if answer.body and answer.body ~= "" then txn:set_var("txn.refusal", answer.body) end
  local caller = ask_auth.header(answer, "x-caller")
  if caller then txn:set_var("txn.caller", caller) end
  if before then
    local because = ask_auth.refusal(before, reference, after)
    txn:set_var(said == "no-fetch" and "txn.no_fetch" or "txn.because", because)
  end
  local mayKeep = said == "yes" and scope == "repository" and kind ~= "tags"
  if mayKeep and seconds >= KEEP_SECONDS then txn:set_var("txn.keep_guest", true) end
end, 0)
