-- Progress on standard error: a bar with the rate and the time left on a terminal, and elsewhere a
-- line now and then. It knows no terminal itself: it is told what there is.

local bar = {}

local REDRAW, LINE_EVERY = 0.1, 10 -- seconds
local MIN_BAR, MAX_BAR = 8, 40

---@class spherepay.cli.Bar
local Bar = {}
Bar.__index = Bar

local function duration(seconds)
  seconds = math.max(0, math.ceil(seconds))
  if seconds < 60 then return ("%d s"):format(seconds) end
  if seconds < 3600 then return ("%d:%02d min"):format(math.floor(seconds / 60), seconds % 60) end
  return ("%d:%02d h"):format(math.floor(seconds / 3600), math.floor(seconds % 3600 / 60))
end

local function amount(self, number)
  if self.unit ~= "bytes" then return ("%.0f"):format(number) end -- a rate is no whole number
  if number < 1024 then return ("%.0f bytes"):format(number) end
  if number < 1024 * 1024 then return ("%.0f KB"):format(number / 1024) end
  return ("%.1f MB"):format(number / 1024 / 1024)
end

-- What stands beside the bar, most important first.
local function figures(self, done, total, now)
  local took = now - self.began
  local rate = took > 0 and (done - self.first) / took or 0
  local parts = { total and amount(self, done) .. " of " .. amount(self, total)
    or amount(self, done) }
  if total and done >= total then
    parts[2] = "in " .. duration(took)
  elseif rate > 0 then
    parts[2] = amount(self, rate) .. "/s"
    parts[3] = total and duration((total - done) / rate) .. " left" or nil
  end
  return parts
end

local function line_of(self, done, total, now)
  local parts, width = figures(self, done, total, now), self.width() - 1
  local text = table.concat(parts, ", ")
  while #text > width and #parts > 1 do
    parts[#parts] = nil
    text = table.concat(parts, ", ")
  end
  local room = math.min(MAX_BAR, width - #text - 3)
  if not total or total == 0 or room < MIN_BAR then return text end
  local filled = math.floor(room * math.min(done / total, 1))
  return "[" .. ("#"):rep(filled) .. ("."):rep(room - filled) .. "] " .. text
end

--- Shows how far it is.
---@param done integer
---@param total integer? nil: nobody knows
function Bar:update(done, total)
  local now = self.now()
  if not self.first then self.first = self.resumed or 0 end
  local is_last = total ~= nil and done >= total
  if self.finished or not is_last and now < self.next_at then return end
  self.next_at = now + (self.is_terminal and REDRAW or LINE_EVERY)
  local line = line_of(self, done, total, now)
  if self.is_terminal then
    self.write("\r\27[K" .. line .. (is_last and "\n" or ""))
    self.shown = not is_last
  else
    self.write(self.label .. ": " .. table.concat(figures(self, done, total, now), ", ") .. "\n")
  end
  self.finished = is_last
end

--- Makes room for another line.
function Bar:clear()
  if self.shown then self.write("\r\27[K") end
  self.shown = false
end

--- A bar that begins now.
---@param given { label: string, is_terminal: boolean, width: fun(): integer, now: fun(): number,
---  write: fun(text: string), unit: "bytes"|nil, resumed: integer? } resumed: how many were done
---  by an earlier run
---@return spherepay.cli.Bar
function bar.new(given)
  local self = setmetatable({}, Bar)
  for name, value in pairs(given) do self[name] = value end
  self.began = self.now()
  -- a terminal sees it at once, a log when there is something to tell
  self.next_at = self.is_terminal and self.began or self.began + LINE_EVERY
  return self
end

return bar
