-- Figures of `make bench` as Markdown: what each way took against the base of its case, as the
-- least, the median and the most of the rounds, and a bar for the eye.

local report = {}

local WIDTH = 30 -- of the longest bar

local function sorted(list)
  local copy = {}
  for i, value in ipairs(list) do copy[i] = value end
  table.sort(copy)
  return copy
end

---@param list number[]
---@return number
function report.median(list)
  return sorted(list)[math.floor((#list + 1) / 2)]
end

local function ratios(list, base)
  local found = {}
  for round, value in ipairs(list) do found[round] = value / base[round] end
  found = sorted(found)
  return ("%.2f (%.2f to %.2f)"):format(report.median(found), found[1], found[#found])
end

local function time(seconds)
  if seconds < 1e-3 then return ("%.1f us"):format(seconds * 1e6) end
  return ("%.2f ms"):format(seconds * 1e3)
end

--- Prints the table of a case.
---@param case table with `title` and `count`
---@param ways { label: string, wall: number[], cpu: number[] }[] seconds of each round; the first
---  is the base
function report.case(case, ways)
  local base, longest = ways[1], 0
  for _, way in ipairs(ways) do longest = math.max(longest, report.median(way.wall)) end
  print(("\n### %s\n"):format(case.title))
  print("| way | each | wall time | CPU | |\n| --- | ---: | --- | --- | --- |")
  for _, way in ipairs(ways) do
    local median = report.median(way.wall)
    print(("| %s | %s | %s | %s | `%s` |"):format(way.label, time(median / case.count),
      ratios(way.wall, base.wall), ratios(way.cpu, base.cpu),
      ("#"):rep(math.max(1, math.floor(median / longest * WIDTH + 0.5)))))
  end
end

return report
