-- What a call knows by value and no text of its answer may show: the token, user and password of
-- the proxy, and what was sent. Made when the first such text is looked at: most calls have none.

local forms = require "spherepay.privacy.forms"
local need = require "spherepay.need"

local veil = {}

local MASK = "[redacted]"
local MAX_TEXT = 4096

-- A word cut in half would not be found, so it goes.
local function head(text)
  if #text <= MAX_TEXT then return text end
  return (text:sub(1, MAX_TEXT):gsub("[^ \t\r\n]*$", ""))
end

-- The engine's secrets by value. Without them, when it is closed or memory is short, no text is
-- shown.
local function mask_of(context)
  if not context.engine then return nil end
  return context.engine:mask(context.token) or function() return MASK end
end

-- What finds it in a text: loaded for the first one. Nil when that is not possible, because the
-- process has no descriptor left, say.
local function load_echo()
  local ok, echo = pcall(need.late, "spherepay.privacy.echo")
  return ok and echo or nil
end

--- A function that cuts all of it out of a text.
---@param context { params: table?, query: table?, headers: table?, token: string?,
---  engine: spherepay.core.Engine? } what was sent, and who knows the secrets
---@return fun(text: string): string
function veil.of(context)
  local mask, needles, echo
  local shown = {} -- a list of complaints says the same words of many fields
  return function(text)
    if shown[text] then return shown[text] end
    if not needles then
      echo = load_echo()
      if not echo then return MASK end
      needles = echo.needles({ context.params, context.query, context.headers, n = 3 })
      mask = mask_of(context)
    end
    local short = head(text)
    shown[text] = echo.cut(mask and mask(short) or short, needles)
    return shown[text]
  end
end

-- Whether it holds something that is known, also when that is spread over several steps.
local function is_clean(hide, value)
  if hide(value) ~= value then return false end
  local joined = value:gsub("[/.#%[%]_-]+", "")
  return hide(joined) == joined
end

--- Shows a word of a server when it has the right form and holds nothing that is known.
---@param hide fun(text: string): string of `veil.of`
---@param form fun(value: any): string? of `forms`
---@param value any
---@return string?
function veil.word(hide, form, value)
  if type(value) ~= "string" or #value > MAX_TEXT then return nil end
  local shown = form(value)
  return shown and is_clean(hide, value) and shown or nil
end

--- Shows a place that a server names, step by step.
---@param hide fun(text: string): string of `veil.of`
---@param value any
---@return string?
function veil.place(hide, value)
  if type(value) ~= "string" then return nil end
  local shown = #value <= MAX_TEXT and forms.pointer(value) or MASK
  if is_clean(hide, shown) then return shown end
  local cut = forms.pointer(hide(shown))
  return is_clean(hide, cut) and cut or MASK
end

return veil
