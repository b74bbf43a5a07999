-- Collects all garbage, for specs that ask whether something was collected. Code that LuaJIT has
-- compiled keeps the functions and tables it was compiled for, so it is thrown away first.

local jit = rawget(_G, "jit")

return function()
  if jit then jit.flush() end
  for _ = 1, 4 do collectgarbage() end
end
