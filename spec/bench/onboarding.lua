-- What an upload of 15 MB and a walk over 10,000 customers cost: memory of the process at its peak,
-- and wall time beside that of the curl command. Against the sandbox behind nginx, over loopback.
-- Needs Linux, for /proc.

local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"

local BYTES = 15 * 1024 * 1024
local ROUNDS = 9
local CUSTOMERS, PAGE = 10000, 100

local JANE = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
}

local function status(name)
  for line in io.lines "/proc/self/status" do
    local kilobytes = line:match("^" .. name .. ":%s*(%d+)")
    if kilobytes then return tonumber(kilobytes) end
  end
end

-- Has the peak of the memory begin anew.
local function reset_peak()
  collectgarbage()
  collectgarbage()
  local file = assert(io.open("/proc/self/clear_refs", "w"))
  file:write "5"
  file:close()
  return status "VmHWM"
end

local function median(list)
  table.sort(list)
  return list[math.floor((#list + 1) / 2)]
end

local function make_file(size)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write "%PDF-1.7"
  for _ = 1, size / 4096 do file:write(("x"):rep(4096)) end
  file:close()
  os.execute(("truncate -s %d %s"):format(size, path))
  return path
end

local function now()
  return require("socket").gettime()
end

local function upload(client, id, path)
  local began = now()
  spherepay.check(client.document.upload {
    targetId = id, documentType = "passport", country = "USA", file = path,
  })
  return now() - began
end

local function curl(url, id, path)
  local pipe = io.popen(("curl -s -o /dev/null -w '%%{time_total}' -H 'Authorization: Bearer key' "
    .. "-H Expect: -F target=customer -F targetId=%s -F documentType=passport -F country=USA "
    .. "-F 'file=@%s;type=application/pdf' %s/v2/document"):format(id, path, url))
  local seconds = tonumber(pipe:read "*a")
  pipe:close()
  return seconds
end

local function bench_upload(client, host)
  local jane = spherepay.check(client.customer.create(JANE))
  local small, large = make_file(65536), make_file(BYTES)
  upload(client, jane.id, small)
  local before = reset_peak()
  upload(client, jane.id, large)
  local grown = status "VmHWM" - before
  local ours, theirs = {}, {}
  for i = 1, ROUNDS do
    ours[i] = upload(client, jane.id, large)
    theirs[i] = curl(host.url, jane.id, large)
  end
  os.remove(small)
  os.remove(large)
  print(("upload of 15 MB: peak memory grows by %d kB; %.1f ms, curl %.1f ms, ratio %.2f"):format(
    grown, median(ours) * 1000, median(theirs) * 1000, median(ours) / median(theirs)))
end

local function fill(host)
  local maker = spherepay.new { token = "key", base_url = host.url, rate_limit = false }
  local left = CUSTOMERS
  local function rows()
    left = left - 1
    return left >= 0 and JANE or nil
  end
  for _, customer, err in maker.customer.create_many(rows, { concurrency = 50 }) do
    spherepay.check(customer, err)
  end
  maker:close()
end

local function bench_each(client)
  local count, base, most = 0, nil, 0
  local began = now()
  for customer, err in client.customer.each { limit = PAGE } do
    spherepay.check(customer, err)
    count = count + 1
    if count % 1000 == 0 then
      collectgarbage()
      local kilobytes = collectgarbage "count"
      base = base or kilobytes
      most = math.max(most, kilobytes - base)
    end
  end
  print(("each over %d customers: %d pages in %.2f s; Lua's memory moves by %.0f kB"):format(count,
    client:stats().done, now() - began, most))
end

local host = sandbox.start { tls = false }
local client = spherepay.new { token = "key", base_url = host.url }
bench_upload(client, host)
client:close()
host.reset()
fill(host)
client = spherepay.new { token = "key", base_url = host.url }
bench_each(client)
client:close()
host.stop()
