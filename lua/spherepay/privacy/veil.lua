-- What a call knows by value and no text of its answer may show: the token, user and password of
-- the proxy, and what was sent. Made when the first such text is looked at: most calls have none.

local core = require "spherepay.core"
local forms = require "spherepay.privacy.forms"
local need = require "spherepay.need"

local veil = {}

local MASK = "[redacted]"
local MAX_TEXT = 4096

---@class spherepay.Veil
local Veil = {}
Veil.__index = Veil

-- Shows nothing.
local CLOSED = setmetatable({ is_clean = function() return false end },
  { __call = function() return MASK end })

-- A word cut in half would not be found, so it goes.
local function head(text)
  if #text <= MAX_TEXT then return text end
  return (text:sub(1, MAX_TEXT):gsub("[^ \t\r\n]*$", ""))
end

-- What finds it in a text: loaded for the first one. Nil when that is not possible, because the
-- process has no descriptor left, say.
local function load_echo()
  local ok, echo = pcall(need.late, "spherepay.privacy.echo")
  return ok and echo or nil
end

-- The core's mask. Without it, when the engine is closed or memory is short, no text is shown.
local function mask_of(context)
  local engine, values = context.engine, nil
  if context.params or context.query or context.headers then
    local echo = load_echo()
    if not echo then return nil end
    values = echo.values({ context.params, context.query, context.headers, n = 3 })
  end
  if engine then return engine:mask(context.token, values) or CLOSED end
  return core.mask(nil, nil, values) or CLOSED
end

--- What hides all of it.
---@param context { params: table?, query: table?, headers: table?, token: string?,
---  engine: spherepay.core.Engine? } what was sent, and who knows the secrets
---@return spherepay.Veil
function veil.of(context)
  return setmetatable({ context = context, mask = nil }, Veil) -- with room for the mask
end

local function known_to(self)
  self.mask = mask_of(self.context)
  return self.mask or CLOSED
end

--- Cuts all of it out of a text.
---@param text string
---@return string
function Veil:text(text)
  return (self.mask or known_to(self))(head(text))
end

--- Shows a word of a server when it has the right form and holds nothing that is known.
---@param form fun(value: any): string? of `forms`
---@param value any
---@return string?
function Veil:word(form, value)
  if type(value) ~= "string" or #value > MAX_TEXT then return nil end
  local shown = form(value)
  return shown and (self.mask or known_to(self)):is_clean(value) and shown or nil
end

--- Shows a place that a server names, step by step.
---@param value any
---@return string?
function Veil:place(value)
  if type(value) ~= "string" then return nil end
  local known = self.mask or known_to(self)
  local shown = #value <= MAX_TEXT and forms.pointer(value) or MASK
  if known:is_clean(shown) then return shown end
  local cut = forms.pointer(known(shown))
  return known:is_clean(cut) and cut or MASK
end

return veil
