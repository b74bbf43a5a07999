--- The sandbox inside an nginx worker: turns nginx's request into the handler's and delivers the
-- answer. Runs in ngx_lua only; one worker, so one state.

-- luacheck: globals ngx
local ngx = ngx

local console = require("spherepay.sandbox.console")
local sandbox = require("spherepay.sandbox")

local worker = {}

local CLOSE = 444

local instance

--- Makes the sandbox; called once, before the worker starts.
---@param options table of `spherepay.sandbox.new`
function worker.setup(options)
  options.clock = ngx.now
  instance = sandbox.new(options)
end

local function read_body()
  ngx.req.read_body()
  local data = ngx.req.get_body_data()
  if data then return data end
  local path = ngx.req.get_body_file()
  if not path then return "" end
  local file = assert(io.open(path, "rb"))
  data = file:read("*a")
  file:close()
  return data
end

local function read_headers()
  local headers = {}
  for name, value in pairs(ngx.req.get_headers(0)) do
    if type(value) == "table" then value = table.concat(value, ", ") end
    headers[name] = tostring(value)
  end
  return headers
end

local function send(response)
  local body = response.body
  ngx.status = response.status
  for name, value in pairs(response.headers) do ngx.header[name] = value end
  ngx.header["Content-Length"] = #body
  if not response.cut or response.cut >= #body then
    ngx.print(body)
    return
  end
  ngx.send_headers()
  if response.cut > 0 then ngx.print(body:sub(1, response.cut)) end
  ngx.flush(true)
  ngx.exit(CLOSE)
end

-- Pages of other sites must not tell the sandbox what to do.
local function answer(request)
  local is_order = request.method == "POST" and request.path:find("^/_sandbox/")
  local problem = is_order and console.stranger(request)
  if not problem then return instance:handle(request) end
  return { status = 403, headers = { ["content-type"] = "text/plain" }, body = problem .. "\n" }
end

--- Answers the current request.
function worker.content()
  local target = ngx.var.request_uri
  local response = answer {
    method = ngx.req.get_method(),
    path = target:match("^[^?]*"),
    query = ngx.var.args,
    headers = read_headers(),
    body = read_body(),
    scheme = ngx.var.scheme,
    connection = tonumber(ngx.var.connection),
    protocol = ngx.var.server_protocol,
  }
  if response.delay then ngx.sleep(response.delay) end
  if response.drop then return ngx.exit(CLOSE) end
  send(response)
end

return worker
