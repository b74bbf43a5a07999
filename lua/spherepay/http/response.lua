-- What came with an answer beside its value. Few look at the headers, the attempts or the timings,
-- so they are made when they are first read.

local response = {}

---@class spherepay.Trace of the core: what a finished call came with
---@field headers fun(self): table<string, string> lower-case names; looked up in any case
---@field attempts fun(self): table[] each with its timings
---@field count fun(self): integer of the attempts

---@class spherepay.Response
---@field status integer
---@field request_id string? correlationId (v2) or request (v1) of the body; no header is documented
---@field headers table
---@field attempts table[]
---@field timings table? of the last attempt
---@field warnings spherepay.Problem[] what was sent and is not documented; usually empty

local Response = {}

-- response -> what the three are made from; not a field, or it would get into what is copied,
-- encoded or logged.
---@type table<spherepay.Response, spherepay.Trace>
local TRACES = setmetatable({}, { __mode = "k" })

local MAKE = {}

function MAKE.headers(self)
  local trace = TRACES[self]
  return trace and trace:headers() or {}
end

function MAKE.attempts(self)
  local trace = TRACES[self]
  return trace and trace:attempts() or {}
end

function MAKE.timings(self)
  local last = self.attempts[#self.attempts]
  return last and last.timings
end

function MAKE.warnings()
  return {}
end

function Response:__index(name)
  local make = MAKE[name]
  if not make then return nil end
  local value = make(self)
  rawset(self, name, value)
  return value
end

--- Makes what has not been read yet, for who walks through all of a response.
---@param self any anything else is left alone
function response.fill(self)
  if getmetatable(self) ~= Response then return end
  for name in pairs(MAKE) do local _ = self[name] end
end

-- Where Lua asks for it (5.2 and later).
function Response:__pairs()
  response.fill(self)
  return next, self, nil
end

--- What is known of an answer.
---@param status integer
---@param request_id string?
---@param trace spherepay.Trace? nil where nothing is known
---@return spherepay.Response
function response.new(status, request_id, trace)
  local self = setmetatable({ status = status, request_id = request_id }, Response)
  TRACES[self] = trace
  return self
end

return response
