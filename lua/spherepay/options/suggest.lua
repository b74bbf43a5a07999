-- The nearest known name to a mistyped one, for "did you mean" hints.
-- Not a general fuzzy search: short lists of identifiers, one answer or none.

local ascii = require "spherepay.http.ascii"

local MAX_NAME = 64

local function min(a, b)
  return a < b and a or b
end

-- Optimal string alignment: insert, delete, replace, swap two neighbours.
local function distance(a, b)
  local before_last, last = nil, {}
  for j = 0, #b do last[j] = j end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      local best = min(min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (same and 0 or 1))
      local swapped = i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j)
      if swapped then best = min(best, before_last[j - 2] + 1) end
      row[j] = best
    end
    before_last, last = last, row
  end
  return last[#b]
end

-- How wrong a name may be and still be recognised: a third of it, at most three letters.
local function tolerance(name)
  return min(3, math.floor((#name + 2) / 3))
end

local function bare(name)
  return (ascii.lower(name):gsub("[_%-]", ""))
end

--- Finds the candidate that `name` was most likely meant to be. Case, `_` and `-` do not count
--- as differences; of equally near candidates the first in the list wins.
---@param name any what was written; anything but a short string has no neighbour
---@param candidates string[] the names that exist
---@return string? nearest
local function suggest(name, candidates)
  if type(name) ~= "string" or name == "" or #name > MAX_NAME then return nil end
  local wanted = bare(name)
  local nearest, best = nil, tolerance(wanted) + 1
  for _, candidate in ipairs(candidates) do
    local far = distance(wanted, bare(candidate))
    if far < best then nearest, best = candidate, far end
  end
  return nearest
end

return suggest
