-- Joins reports of `moonlet test --format junit` into one, on standard output:
--   moonlet tools/merge_junit.lua FILE... > all.xml
local counts <const> = {"tests", "failures", "errors", "skipped"}
local total, seconds, suites = {}, 0, {}
for _, path in ipairs(arg) do
  local file <close> = assert(io.open(path))
  local head, inside = file:read "a":match "<testsuites([^>]*)>\n(.*)</testsuites>\n$"
  if not head then error(path .. ": no whole report", 0) end
  for _, name in ipairs(counts) do
    total[name] = (total[name] or 0) + math.tointeger(head:match(name .. '="(%d+)"'))
  end
  seconds = seconds + tonumber(head:match 'time="([%d.]+)"')
  suites[#suites + 1] = inside
end
io.write '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="moonlet test"'
for _, name in ipairs(counts) do io.write((' %s="%d"'):format(name, total[name] or 0)) end
io.write((' time="%.6f">\n%s</testsuites>\n'):format(seconds, table.concat(suites)))
