-- Makes a text fit to print: one line that cannot steer a terminal. It hides nothing: `scrub` does.

-- Characters that no one sees, and that a word may be told apart or taken apart by: soft hyphens,
-- what has no width, marks that reorder text, tags.
local UNSEEN = {
  "\194[\128-\159\173]", "\216\156", "\225\160\142", "\226\128[\139-\143\168-\174]",
  "\226\129[\160-\175]", "\239\187\191", "\239\191[\185-\187]",
  "\243\160[\128\129][\128-\191]",
}

-- Most texts are ASCII of one line: to see that costs less than to write them anew.
local function is_plain(text)
  return text:find("^[ -~]*$") ~= nil
end

--- Control characters (C0 and C1), line and paragraph separators and characters that cannot be seen
--- become spaces.
---@param text string
---@return string
local function one_line(text)
  if is_plain(text) then return text end
  text = text:gsub("[%z\1-\31\127]+", " ")
  if not text:find("[\128-\255]") then return text end
  for _, pattern in ipairs(UNSEEN) do text = text:gsub(pattern, " ") end
  return text
end

return one_line
