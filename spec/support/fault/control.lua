-- The side door of the fault server: one JSON object a line each way, from the spec that drives
-- it. It translates between lines and the journal, the script and the certificates.
--
-- A line is { "do": NAME, ... }; the answer is { "ok": true, ... }, or "ok": false and "error".

local cjson = require("cjson")

local commands = {}

function commands.hello(server)
  local files = server.certificates.files
  return {
    ca_file = files.ca_file, client_cert = files.client_cert, client_key = files.client_key,
    pin = server.certificates.pin, cert = files.cert, key = files.key,
    stale_cert = files.stale_cert,
  }
end

function commands.script(server, line)
  server.script:add(line.list)
end

function commands.default(server, line)
  server.script:set_default(line.behaviour)
end

function commands.log(server)
  return { list = server.journal.entries }
end

function commands.connections(server)
  return { list = server.journal.connections }
end

function commands.mark(server)
  server.journal:mark()
end

function commands.say(server, line)
  for on in pairs(server.open) do on:say(line.bytes, line.close) end
end

function commands.freeze(server)
  for on in pairs(server.open) do on.is_frozen = true end
end

function commands.wait(server, line)
  local is_reached = server.journal:wait(line.counts, line.timeout)
  return { reached = is_reached, counts = server.journal.counts }
end

function commands.tls(server, line)
  server:set_tls(line.options)
end

function commands.clear(server)
  server.script:clear()
  server:drop()
  server.journal:clear()
end

function commands.quit(server)
  server:quit()
end

local function answer(server, text)
  local is_right, result = pcall(function()
    local line = cjson.decode(text)
    local command = assert(commands[line["do"]], "unknown command")
    return command(server, line) or {}
  end)
  if not is_right then return { ok = false, error = tostring(result) } end
  local blame = table.remove(server.journal.faults, 1)
  if blame then return { ok = false, error = "the fault server failed: " .. blame } end
  result.ok = true
  return result
end

local control = {}

--- Answers lines until the spec goes away, then ends the server.
---@param server table
---@param sock table cqueues socket
function control.serve(server, sock)
  sock:setmode("t", "bn")
  sock:onerror(function(_, _, code) return code end)
  sock:setmaxline(16 * 1024 * 1024)
  for text in sock:lines() do
    sock:write(cjson.encode(answer(server, text)) .. "\n")
  end
  server:quit()
end

return control
