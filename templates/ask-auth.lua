-- Shared by the scripts that ask the auth worker. HAProxy loads it before them, in each thread.
ask_auth = {}

-- Percent-encodes a value.
function ask_auth.encode(text)
  return (text:gsub("[^%w%-%._]", function(byte) return string.format("%%%02X", byte:byte()) end))
end

-- Sends a GET with a query to the worker. It may throw.
function ask_auth.get(socket, path, query, headers, timeout_ms)
  local fields = {}
  for name, value in pairs(query) do
    fields[#fields + 1] = name .. "=" .. ask_auth.encode(value)
  end
  return core.httpclient():get({
    url = "http://auth" .. path .. "?" .. table.concat(fields, "&"),
    dst = "unix@" .. socket,
    headers = headers,
    timeout = timeout_ms,
  })
end

-- The first value of a header; nil where there is none.
function ask_auth.header(answer, name)
  local values = answer.headers and answer.headers[name]
  return values and values[0] or nil
end

-- The answer in X-Answer, what it holds for, and for how many seconds; nil where there is none. The
-- fourth value is what follows. The last two are the refusal before and after its tag or digest,
-- percent-encoded. A "no-fetch" without them is no answer: egress would not learn of it.
function ask_auth.read(answer)
  if not answer or answer.status ~= 200 then return nil end
  local said, scope, seconds, more =
    (ask_auth.header(answer, "x-answer") or ""):match("^(%S+) (%S+) (%d+)(.*)$")
  local before, after = (ask_auth.header(answer, "x-refusal") or ""):match("^(%S+) (%S+)$")
  if not said or (said == "no-fetch" and not before) then return nil end
  return said, scope, tonumber(seconds), more, before, after
end

-- The refusal of a tag or digest, percent-encoded.
function ask_auth.refusal(before, reference, after)
  local mark = ""
  if reference ~= "" then mark = reference:find(":", 1, true) and "%40" or "%3A" end
  return before .. mark .. ask_auth.encode(reference) .. after
end

-- A memory of one thread. When the younger of two tables is full, it becomes the older one, and what
-- was in the older one is forgotten. Entries count until `ends`, in seconds since the epoch.
function ask_auth.memory(capacity)
  local young, old, count = {}, {}, 0
  local function remember(key, entry)
    if count >= capacity then
      young, old, count = {}, young, 0
    end
    if not young[key] then count = count + 1 end
    young[key] = entry
  end
  local function recall(key)
    local entry = young[key] or old[key]
    if not entry or entry.ends <= core.now().sec then return nil end
    if not young[key] then remember(key, entry) end
    return entry
  end
  return remember, recall
end
