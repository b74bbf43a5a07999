-- Brings the spellings of one text into one form, so that a name is found however it comes back: in
-- another case, composed or decomposed or without its accents, percent-encoded, with the escapes
-- of JSON or HTML, full width, with other separators.
-- Not for showing: the form only serves to compare. Latin, Greek and Cyrillic letters are known,
-- others compare as they are. No table of Unicode: its host may have none.

local ascii = require "spherepay.http.ascii"

local fold = {}

-- The letters below the accents, "." where there is none, from U+00C0 and from U+1E00.
local LATIN = "aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y"
  .. "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkkkllllll."
  .. ".llnnnnnn.nnoooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
  .. "b..............e.......i..l.....oo.............uu....zz........."
  .. ".............aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa...."
  .. "aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............"
  .. "................"
local LATIN_MORE = "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
  .. "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
  .. "wwwwwwwwwwxxxxyyzzzzzzhtwy.s....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
  .. "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......"

-- Two letters each, one stands for the other.
local PAIRS = "ΆαΈεΉηΊιΌοΎυΏωΐιΪιΫυάαέεήηίιΰυςσϊιϋυόούυώω"
  .. "ЀеЁеЃгЇіЌкЍиЎуЙийиѐеёеѓгїіќкѝиўу"

local SPECIAL = {
  [0xC6] = "ae", [0xE6] = "ae", [0xDE] = "th", [0xFE] = "th", [0xDF] = "ss", [0x1E9E] = "ss",
  [0x132] = "ij", [0x133] = "ij", [0x152] = "oe", [0x153] = "oe", [0x14A] = "n", [0x14B] = "n",
  [0x18F] = "e", [0x259] = "e", [0x2019] = "'", [0x2BC] = "'", [0x212A] = "k",
}

local function utf8_of(code)
  local floor, char = math.floor, string.char
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xC0 + floor(code / 64), 0x80 + code % 64) end
  if code < 0x10000 then
    return char(0xE0 + floor(code / 4096), 0x80 + floor(code / 64) % 64, 0x80 + code % 64)
  end
  return char(0xF0 + floor(code / 262144) % 8, 0x80 + floor(code / 4096) % 64,
    0x80 + floor(code / 64) % 64, 0x80 + code % 64)
end

-- The code point at `i` of a list of bytes, and how many bytes it has; a byte that is no UTF-8 is
-- read as Latin-1.
local function code_at(bytes, i)
  local first = bytes[i]
  local count = first >= 0xF0 and 4 or first >= 0xE0 and 3 or first >= 0xC2 and 2 or 1
  if count == 1 or first > 0xF4 then return first, 1 end
  local code = first % (count == 2 and 32 or count == 3 and 16 or 8)
  for k = 1, count - 1 do
    local byte = bytes[i + k]
    if not byte or byte < 0x80 or byte > 0xBF then return first, 1 end
    code = code * 64 + byte % 64
  end
  return code, count
end

do
  local bytes, i = { PAIRS:byte(1, -1) }, 1
  while bytes[i] do
    local accented, length = code_at(bytes, i)
    local plain, more = code_at(bytes, i + length)
    SPECIAL[accented] = utf8_of(plain)
    i = i + length + more
  end
end

local function is_mark(code)
  return (code >= 0x300 and code <= 0x36F) or code == 0xAD or (code >= 0x200B and code <= 0x200F)
    or (code >= 0x202A and code <= 0x202E) or (code >= 0x2060 and code <= 0x2069) or code == 0xFEFF
end

-- What stands between words and groups of digits.
local function is_separator(code)
  return code <= 0x20 or code == 0x2B or code == 0x2C or code == 0x2D or code == 0x2E
    or code == 0x5F or code == 0x85 or code == 0xA0 or (code >= 0x2000 and code <= 0x2015)
    or code == 0x202F or code == 0x3000
end

-- The folded letter, " " for a separator, "" for a mark that is no letter.
local function folded(code)
  if code >= 0xFF01 and code <= 0xFF5E then code = code - 0xFEE0 end
  if is_mark(code) then return "" end
  if is_separator(code) then return " " end
  if code >= 0x41 and code <= 0x5A then return string.char(code + 32) end
  if code < 0x80 then return string.char(code) end
  if SPECIAL[code] then return SPECIAL[code] end
  local letter
  if code >= 0xC0 and code <= 0x24F then
    letter = LATIN:sub(code - 0xBF, code - 0xBF)
  elseif code >= 0x1E00 and code <= 0x1EFF then
    letter = LATIN_MORE:sub(code - 0x1DFF, code - 0x1DFF)
  elseif (code >= 0x391 and code <= 0x3A9) or (code >= 0x410 and code <= 0x42F) then
    code = code + 0x20
  elseif code >= 0x400 and code <= 0x40F then
    code = code + 0x50
  end
  return letter and letter ~= "." and letter or utf8_of(code)
end

local NAMED = { amp = "&", lt = "<", gt = ">", quot = "\"", apos = "'" }

-- Each reader looks at an escape at `i`: the bytes it stands for, and where it ends.
local READERS = {}

READERS["%"] = function(text, i)
  local hex, stop = text:match("^%%([0-9A-Fa-f][0-9A-Fa-f])()", i)
  while hex == "25" and text:find("^[0-9A-Fa-f][0-9A-Fa-f]", stop) do
    hex, stop = text:match("^([0-9A-Fa-f][0-9A-Fa-f])()", stop)
  end
  if hex then return string.char(tonumber(hex, 16)), stop - 1 end
end

local function unit_at(text, i)
  local hex, stop = text:match("^\\+u([0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f])()", i)
  if hex then return tonumber(hex, 16), stop end
end

READERS["\\"] = function(text, i)
  local code, stop = unit_at(text, i)
  if not code then
    local letter, past = text:match("^\\+([/\"'\\nrt])()", i)
    if letter then return letter:find("[nrt]") and " " or letter, past - 1 end
    return nil
  end
  local low, past = unit_at(text, stop)
  if code >= 0xD800 and code < 0xDC00 and low and low >= 0xDC00 and low < 0xE000 then
    code, stop = 0x10000 + (code - 0xD800) * 1024 + low - 0xDC00, past
  end
  return utf8_of(code), stop - 1
end

READERS["&"] = function(text, i)
  local name, stop = text:match("^&([a-z]+);()", i)
  if name and NAMED[name] then return NAMED[name], stop - 1 end
  local digits, past = text:match("^&#([0-9]+);()", i)
  local code = digits and #digits < 8 and tonumber(digits)
  if not digits then
    digits, past = text:match("^&#[xX]([0-9A-Fa-f]+);()", i)
    code = digits and #digits < 7 and tonumber(digits, 16)
  end
  if code and code < 0x110000 then return utf8_of(code), past - 1 end
end

-- The bytes of the text without its escapes, and where in the text each begins and ends.
local function unescape(text)
  local bytes, from, to = {}, {}, {}
  local i, count = 1, 0
  while i <= #text do
    local reader = READERS[text:sub(i, i)]
    local plain, stop
    if reader then plain, stop = reader(text, i) end
    if not plain then plain, stop = text:sub(i, i), i end
    for k = 1, #plain do
      count = count + 1
      bytes[count], from[count], to[count] = plain:byte(k), i, stop
    end
    i = stop + 1
  end
  return bytes, from, to
end

--- The form of a text.
---@param text string
---@return string form
---@return integer[] from for each byte of the form: where in the text its letter begins
---@return integer[] to and where it ends
function fold.text(text)
  local bytes, starts, stops = unescape(text)
  local parts, from, to = {}, {}, {}
  local i, count, size = 1, 0, 0
  while bytes[i] do
    local code, length = code_at(bytes, i)
    local letter = folded(code)
    local stop = stops[i + length - 1]
    if letter == "" or (letter == " " and (parts[count] == " " or count == 0)) then
      if size > 0 then to[size] = stop end -- belongs to the letter before
    else
      count = count + 1
      parts[count] = letter
      for _ = 1, #letter do
        size = size + 1
        from[size], to[size] = starts[i], stop
      end
    end
    i = i + length
  end
  return table.concat(parts), from, to
end

--- The form of a text alone. Most are ASCII without escapes, and need no look at each letter.
---@param text string
---@return string form
function fold.form(text)
  if text:find("[\128-\255%%&\\]") then return (fold.text(text)) end
  return (ascii.lower(text):gsub("[%z\1-\32+,._-]+", " "):gsub("^ ", ""))
end

--- The form of a value that is looked for: without separators at its ends.
---@param value string
---@return string
function fold.value(value)
  return (fold.form(value):gsub(" $", ""))
end

return fold
