--- The command of the interpreter that runs this spec.
---@return string
return function()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end
