-- What the command shows of a value: a card for a person, JSON for a program.

local json = require("spherepay.http.json")
local scrub = require("spherepay.privacy.scrub")
local verification = require("spherepay.verification")

local output = {}

local INDENT = "  "
local MAX_NAME = 34

-- A compact JSON text with one member a line. Strings are left as they are.
local function indented(text)
  local out, depth, at = {}, 0, 1
  local function line() out[#out + 1] = "\n" .. INDENT:rep(depth) end
  while at <= #text do
    local char = text:sub(at, at)
    if char == '"' then
      local ends = at + 1
      while text:sub(ends, ends) ~= '"' do
        ends = ends + (text:sub(ends, ends) == "\\" and 2 or 1)
      end
      out[#out + 1], at = text:sub(at, ends), ends
    elseif text:find("^%[%]", at) or text:find("^{}", at) then
      out[#out + 1], at = text:sub(at, at + 1), at + 1
    elseif char == "{" or char == "[" then
      out[#out + 1], depth = char, depth + 1
      line()
    elseif char == "}" or char == "]" then
      depth = depth - 1
      line()
      out[#out + 1] = char
    elseif char == "," then
      out[#out + 1] = char
      line()
    else
      out[#out + 1] = char == ":" and ": " or char
    end
    at = at + 1
  end
  return table.concat(out)
end

--- A value as JSON: many lines for a person, or one.
---@param value any
---@param one_line boolean?
---@return string
function output.json(value, one_line)
  local text, problems = json.encode(value)
  if type(text) ~= "string" then
    error("the answer cannot be written as JSON: " .. (problems and problems[1].detail or "?"), 0)
  end
  return (one_line and text or indented(text)) .. "\n"
end

local function is_list(value)
  return getmetatable(value) == json.ARRAY_MT or value[1] ~= nil
end

local function shown(value)
  if value == json.null then return "null" end
  return scrub.one_line(tostring(value))
end

local function sorted(object)
  local names = {}
  for name in pairs(object) do names[#names + 1] = tostring(name) end
  table.sort(names)
  return names
end

-- The members of an object as "a.b" and text.
local function rows_of(object, prefix, rows)
  for _, name in ipairs(sorted(object)) do
    local value, path = object[name], prefix .. name
    if type(value) ~= "table" then
      rows[#rows + 1] = { path, shown(value) }
    elseif is_list(value) then
      for i, item in ipairs(value) do
        local place = ("%s.%d"):format(path, i - 1)
        if type(item) == "table" then
          rows_of(item, place .. ".", rows)
        else
          rows[#rows + 1] = { place, shown(item) }
        end
      end
    else
      rows_of(value, path .. ".", rows)
    end
  end
  return rows
end

--- The members of an object, one a line; a name that leaves no room has a line of its own.
---@param object table
---@param width integer
---@return string
function output.members(object, width)
  local rows, most = rows_of(object, "", {}), 0
  for _, row in ipairs(rows) do
    if #row[1] <= MAX_NAME then most = math.max(most, #row[1]) end
  end
  local lines = {}
  for _, row in ipairs(rows) do
    if #row[1] <= most and most + 4 + #row[2] <= width then
      lines[#lines + 1] = ("  %s%s  %s"):format(row[1], (" "):rep(most - #row[1]), row[2])
    else
      lines[#lines + 1] = "  " .. row[1] .. "\n      " .. row[2]
    end
  end
  return table.concat(lines, "\n") .. (lines[1] and "\n" or "")
end

-- What a card shows otherwise: in the checklist.
local IN_CHECKLIST = {
  id = true, type = true, verificationProfiles = true, verificationLevels = true,
  requirements = true,
}

--- A sentence in lines of at most so many columns.
---@param text string
---@param width integer
---@return string with a line break at the end
function output.folded(text, width)
  local lines, line = {}, ""
  for word in scrub.one_line(text):gmatch("%S+") do
    if line ~= "" and #line + 1 + #word > width then
      lines[#lines + 1], line = line, ""
    end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n") .. "\n"
end

--- A customer or a representative: the data, and the checklist.
---@param customer table
---@param terminal { width: fun(): integer, wants_color: fun(): boolean }
---@return string
function output.card(customer, terminal)
  local data = {}
  for name, value in pairs(customer) do
    if not IN_CHECKLIST[name] then data[name] = value end
  end
  local width = terminal.width()
  return output.members(data, width) .. "\n"
    .. verification.render(customer, { width = width, color = terminal.wants_color() })
end

return output
