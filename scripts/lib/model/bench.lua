--- `moonlet model bench`: how long a model takes, and its operators.

local nn, sys = require "nn", require "sys"
local cost, layers = require "model.cost", require "model.layers"
local samples, text = require "model.samples", require "model.text"

local bench = {}

-- The value below which a part of the sorted list lies.
local function quantile(sorted, part)
  return sorted[math.max(1, math.ceil(part * #sorted))]
end

-- Microseconds of each run, at least `runs` and `seconds` of them.
local function time_runs(model, runs, seconds)
  local times, start = {}, sys.ticks_us()
  repeat
    local before = sys.ticks_us()
    local output, message = model:run()
    if not output then error(message, 0) end
    local now = sys.ticks_us()
    times[#times + 1] = now - before
  until #times >= runs and now - start >= seconds * 1e6
  table.sort(times)
  return times
end

-- Bytes that the operators read and write, weights included.
local function moved_by(op)
  local bytes = 0
  for _, list in ipairs {op.inputs, op.outputs} do
    for _, row in ipairs(list) do bytes = bytes + (row and row.bytes or 0) end
  end
  return bytes
end

-- CRC-32 of the tensors of all ports, one after the other.
local function crc_of(ports)
  local crc = 0
  for _, port in ipairs(ports) do crc = sys.crc32(port.tensor:tobytes(), crc) end
  return ("%08x"):format(crc)
end

-- model:profile, but of each operator the median of up to ten means: a machine that does something
-- else for a moment would count for the operator it meets.
local function profile_of(model, runs)
  local groups, profiles = math.min(runs, 10), {}
  for i = 1, groups do profiles[i] = model:profile(runs // groups) end
  for k, row in ipairs(profiles[1]) do
    local times = {}
    for i, profile in ipairs(profiles) do times[i] = profile[k].us end
    table.sort(times)
    row.us = quantile(times, 0.5)
  end
  return profiles[1]
end

-- Rows by operator, in order, each with its share of the time and that of all up to it.
local function operator_rows(profile, analysis)
  local total, sum, rows = 0, 0, {}
  for _, row in ipairs(profile) do total = total + row.us end
  for i, row in ipairs(profile) do
    sum = sum + row.us
    rows[i] = {
      index = row.index, name = row.name, us = row.us, macs = row.macs,
      bytes = moved_by(analysis.operators[i]),
      percent = total > 0 and 100 * row.us / total or 0,
      cumulative = total > 0 and 100 * sum / total or 0,
    }
  end
  return rows
end

-- The same by type, the longest first.
local function type_rows(rows)
  local types, list, sum = {}, {}, 0
  for _, row in ipairs(rows) do
    local kind = types[row.name]
    if not kind then
      kind = {name = row.name, count = 0, us = 0, macs = 0, bytes = 0, percent = 0}
      types[row.name], list[#list + 1] = kind, kind
    end
    kind.count = kind.count + 1
    for _, field in ipairs {"us", "macs", "bytes", "percent"} do
      kind[field] = kind[field] + row[field]
    end
  end
  table.sort(list, function(a, b)
    if a.us ~= b.us then return a.us > b.us end
    return a.name < b.name
  end)
  for _, kind in ipairs(list) do
    sum = sum + kind.percent
    kind.cumulative = sum
  end
  return list
end

local function cells(first, row)
  return {
    first, row.name, ("%.1f"):format(row.us), ("%.1f%%"):format(row.percent),
    ("%.1f%%"):format(row.cumulative), row.macs > 0 and text.count(row.macs) or "",
    row.macs > 0 and row.us > 0 and ("%.0f"):format(row.macs / row.us) or "",
    text.bytes(row.bytes),
  }
end

-- An emulator that counts instructions tells them by its clock.
local function instructions_text(report)
  local count = report.instructions
  return ("instructions per run: min %s, median %s; a microsecond here is %.4g of them"):format(
    text.exact(count.min), text.exact(count.median), 1000 / count.ns)
end

local function shown(report)
  local operators = {{"", "operator", "us", "share", "sum", "MAC", "MAC/us", "moved"}}
  for _, row in ipairs(report.operators) do
    operators[#operators + 1] = cells("" .. row.index, row)
  end
  local types = {{"", "type", "us", "share", "sum", "MAC", "MAC/us", "moved"}}
  for _, row in ipairs(report.types) do types[#types + 1] = cells("" .. row.count, row) end
  local us = report.us
  local lines = {
    ("%s: %d runs after %d, %s on %s, kernels: %s"):format(report.name, report.runs, report.warmup,
      report.build, report.board, report.isa),
    ("us per run: min %d, median %d, p95 %d, max %d"):format(us.min, us.median, us.p95, us.max),
  }
  if report.instructions then lines[#lines + 1] = instructions_text(report) end
  table.move({
    ("%s MAC, %s moved, %s RAM, %s weights"):format(text.count(report.macs),
      text.bytes(report.bytes), text.bytes(report.ram), text.bytes(report.weights)),
    cost.text(report.load),
    ("CRC-32: inputs %s, outputs %s"):format(report.crc.inputs, report.crc.outputs),
    "", text.columns(operators, "><>>>>>>"), "", text.columns(types, "><>>>>>>"),
  }, 1, 7, #lines + 1, lines)
  return table.concat(lines, "\n")
end

-- Instructions in place of microseconds, of `ns` nanoseconds each.
local function instructions_of(us, ns)
  return ns and {min = us.min * 1000 // ns, median = us.median * 1000 // ns, ns = ns}
end

-- The report, its text, and true. `instruction_ns`: the clock counts instructions, of so many
-- nanoseconds each.
function bench.run(options)
  local model, taken = cost.load(options.model)
  if not model then error(taken, 0) end
  local analysis = nn.analyze(options.model)
  local inputs = samples.of(model, options)
  if options.dump_layers then layers.save(options.dump_layers, model, inputs) end
  local given = table.pack(samples.at(inputs, 1))
  -- Some memory of an input is used again by a run, so its sum is taken before.
  local function feed()
    for i = 1, given.n do model.inputs[i].tensor:copy_(given[i]) end
  end
  feed()
  local crc = {inputs = crc_of(model.inputs)}
  model:run()
  crc.outputs = crc_of(model.outputs)
  local warmup = options.warmup or 10
  for _ = 1, warmup do model:run() end
  local times = time_runs(model, options.runs or 100, options.seconds or 0)
  local rows = operator_rows(profile_of(model, math.min(#times, 100)), analysis)
  local bytes = 0
  for _, row in ipairs(rows) do bytes = bytes + row.bytes end
  local us = {
    min = times[1], median = quantile(times, 0.5), p95 = quantile(times, 0.95),
    max = times[#times],
  }
  local report = {
    name = analysis.name, runs = #times, warmup = warmup, build = sys.build, isa = sys.isa,
    board = sys.board, us = us, instructions = instructions_of(us, options.instruction_ns),
    macs = analysis.macs, bytes = bytes, ram = taken.engine, weights = analysis.weights,
    load = taken,
    crc = crc, operators = rows, types = type_rows(rows),
  }
  return report, shown(report), true
end

return bench
