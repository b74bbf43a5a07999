-- What became of the rows of an import, in a file that outlives the process: before a row is sent
-- its line is on the disk, and when it has ended another. Of the data there is a digest alone, and
-- of the customer the id. Reading and writing the file is the core's.
--
--   begun 7 5f0c... 1767225600     row 7, with that digest, is about to be sent, at that time
--   done 7 5f0c... customer_66c4   it is this customer
--   undone 7 5f0c...               it was refused, or never left

local core = require "spherepay.core"
local json = require "spherepay.http.json"

local ledger = {}

local SALT = "spherepay journal"

---@class spherepay.Ledger
---@field rows table<integer, { state: "begun"|"done"|"undone", digest: string, id: string?,
---  at: integer? }>
---@field ids table<string, boolean> customers that belong to a row
local Ledger = {}
Ledger.__index = Ledger

local function note(self, state, index, digest, rest)
  local row = { state = state, digest = digest }
  if state == "begun" then row.at = tonumber(rest) end
  if state == "done" then
    row.id = rest
    self.ids[rest] = true
  end
  self.rows[index] = row
end

local STATES = { begun = true, done = true, undone = true }

-- A line that was cut has not all its parts, or no end.
local function read(self, text)
  for line in text:gmatch("([^\n]*)\n") do
    local state, index, digest, rest = line:match("^(%l+) (%d+) (%x+) ?(%S*)$")
    local is_whole = STATES[state] and #digest == 64 and (state == "undone") == (rest == "")
    if is_whole then note(self, state, tonumber(index), digest, rest) end
  end
end

--- Opens a journal, or makes it.
---@param path string
---@return spherepay.Ledger? ledger
---@return string? message
function ledger.open(path)
  local file, text = core.journal(path)
  if not file then return nil, text end
  local self = setmetatable({ file = file, rows = {}, ids = {} }, Ledger)
  read(self, text)
  return self
end

--- The digest of a row, or nil for one that cannot be sent.
---@param row any
---@return string?
function ledger.digest(row)
  local text = json.encode(row)
  return type(text) == "string" and core.sign(text, SALT) or nil
end

--- Notes what becomes of a row; returns when that is on the disk.
---@param state "begun"|"done"|"undone"
---@param index integer
---@param digest string
---@param rest string|number|nil the time, or the id
---@return boolean? ok
---@return string? message
function Ledger:write(state, index, digest, rest)
  local line = ("%s %d %s"):format(state, index, digest)
  if rest then line = line .. " " .. tostring(rest) end
  local ok, message = self.file:append(line)
  if ok then note(self, state, index, digest, rest and tostring(rest)) end
  return ok, message
end

function Ledger:close()
  self.file:close()
end

return ledger
