-- Names that no other worker gives, on no other machine, now or later: of the owner of a look, of
-- what is known since a customer was forgotten.

local unique = {}

-- A place in memory tells two workers of a pid apart, on machines that began in one moment.
local function name_of_worker(host, pid)
  return ("%d.%.3f.%s."):format(pid, host.now(), tostring({}):match("0x(%x+)") or "")
end

--- What gives names, in any process that comes of this one.
---@param host table ngx
---@return fun(): string name without a space, and not a number
function unique.new(host)
  local pid, worker, count = nil, nil, 0
  return function()
    local current = host.worker.pid()
    if pid ~= current then
      worker = name_of_worker(host, current) -- first: Lua may have no memory for it
      pid = current
    end
    count = count + 1
    return worker .. count
  end
end

return unique
