-- Runs the curl command against a fault server, for the specs of the fault server itself. Specs of
-- spherepay have their own client.

local REPORT = "\\n%{http_code} %{exitcode} %{http_version} %{num_connects}\\n"

local transfer = {}

--- What curl exits with.
transfer.EXIT = {
  NOT_HTTP = 1, H2 = 16, PARTIAL = 18, TIMEOUT = 28, TLS = 35, EMPTY = 52, RECEIVE = 56,
  CERTIFICATE = 60, PIN = 90, STREAM = 92,
}

--- Options that make a transfer after curl's --next report too.
transfer.REPORTING = "-s -m 5 -w '" .. REPORT .. "'"

--- Runs curl.
---@param server table
---@param arguments string for the shell, with the address
---@return table outcome of the last transfer: `status`, `exit`, `version`, `connects`; and `out`,
---  everything written before its report
function transfer.curl(server, arguments)
  local how = transfer.REPORTING .. " --cacert " .. server.ca_file .. " "
  local pipe = io.popen("curl " .. how .. arguments .. " 2>&1")
  local text = pipe:read("*a")
  pipe:close()
  local out, status, exit, version, connects = text:match("^(.*)\n(%d+) (%d+) (%S+) (%d+)\n$")
  return {
    out = out, status = tonumber(status), exit = tonumber(exit), version = version,
    connects = tonumber(connects),
  }
end

return transfer
