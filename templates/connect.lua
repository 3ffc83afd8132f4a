-- The steps of the proxy's listener that rules cannot do: read a CONNECT, ask egress where it leads,
-- and let the client begin. Arguments: the unix socket of egress, and the most bytes of a head.
local socket, head_limit = ...
head_limit = tonumber(head_limit)
-- Longer than egress takes to find that no address answers.
local TIMEOUT_MS = 25000

local function refuse(txn, status, reason)
  txn:set_var("txn.status", status)
  txn:set_var("txn.reason", reason)
end

-- HOST:PORT of a request line, in lower case and without brackets. A dot at the end is dropped: the
-- host is the same without it, and so are the rules for it.
local function parse_target(head)
  local host, port = head:match("^CONNECT ([%w%-%._]+):(%d+) HTTP/1%.[01]\r\n")
  if not host then host, port = head:match("^CONNECT %[([%x:%.]+)%]:(%d+) HTTP/1%.[01]\r\n") end
  host = host and host:lower():gsub("%.$", "")
  if not host or host == "" or #host > 253 or #port > 5 then return nil end
  return host, tonumber(port)
end

local function find_authorization(head)
  for name, value in head:gmatch("\r\n([^:\r\n]+):[ \t]*([^\r\n]-)[ \t]*%f[\r]") do
    if name:lower() == "proxy-authorization" then return value end
  end
  return nil
end

-- Sets txn.target for a CONNECT, and txn.head once the head has arrived whole or is too long.
local function read_connect(txn)
  local data = txn.req:data()
  local _, stop = data:find("\r\n\r\n", 1, true)
  local is_long = (stop or #data) > head_limit
  if not stop and not is_long then return end
  txn:set_var("txn.head", "whole")
  if data:sub(1, 8) ~= "CONNECT " then return end
  txn:set_var("txn.target", "")
  if is_long then
    -- The refusal must not wait for the end.
    if not stop then
      txn.req:remove(0, #data)
      txn.req:prepend("CONNECT proxy:1 HTTP/1.1\r\nHost: proxy:1\r\n\r\n")
    end
    return refuse(txn, 431, "the head of a CONNECT can have at most " .. head_limit .. " bytes")
  end
  txn:set_var("txn.head_length", stop)
  local head = data:sub(1, stop)
  local host, port = parse_target(head)
  if not host then return refuse(txn, 400, "CONNECT takes HOST:PORT") end
  txn:set_var("txn.host", host)
  txn:set_var("txn.port", port)
  local name = host:find(":", 1, true) and "[" .. host .. "]" or host
  txn:set_var("txn.target", name .. ":" .. port)
  local authorization = find_authorization(head)
  if authorization then txn:set_var("txn.proxy_authorization", authorization) end
end

local function ask(host, port)
  return core.httpclient():get({
    url = "http://egress/tunnel?host=" .. host .. "&port=" .. port,
    dst = "unix@" .. socket,
    timeout = TIMEOUT_MS,
  })
end

-- Sets txn.address and txn.onward_port to the other end of the tunnel, or refuses it with the words
-- of egress. If an outbound proxy is there, txn.onward_head is the request to send to it first.
local function find_onward(txn)
  local asked, answer = pcall(ask, txn:get_var("txn.host"), txn:get_var("txn.port"))
  if not asked or not answer or not answer.status or answer.status == 0 then
    return refuse(txn, 503, "the proxy is starting; try again in a moment")
  end
  local text = answer.body or ""
  if answer.status ~= 200 then return refuse(txn, answer.status, (text:gsub("%s+$", ""))) end
  local address, port, head = text:match("^(%S+) (%d+)\n(.*)$")
  txn:set_var("txn.address", address)
  txn:set_var("txn.onward_port", tonumber(port))
  if head ~= "" then txn:set_var("txn.onward_head", head) end
end

-- Bytes after the head, such as a first TLS record, stay for the other side. An outbound proxy gets
-- a head of its own, and its answer goes to the client.
local function accept_connect(txn)
  local head = txn:get_var("txn.onward_head")
  txn.req:remove(0, txn:get_var("txn.head_length"))
  if head then
    txn.req:prepend(head)
  else
    txn.res:send("HTTP/1.1 200 Connection established\r\n\r\n")
  end
  txn:set_var("txn.status", 200)
end

core.register_action("read_connect", { "tcp-req" }, read_connect, 0)
core.register_action("find_onward", { "tcp-req" }, find_onward, 0)
core.register_action("accept_connect", { "tcp-req" }, accept_connect, 0)
