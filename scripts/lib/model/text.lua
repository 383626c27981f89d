--- Text of reports: columns, figures, shapes.

local text = {}

-- "12,345"
function text.exact(number)
  local digits = ("%d"):format(number)
  return (digits:reverse():gsub("(%d%d%d)(%d)", "%1,%2", 1):gsub("(,%d%d%d)(%d)", "%1,%2")
    :reverse())
end

-- "2.66 M"
function text.count(number)
  for _, unit in ipairs {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} do
    if number >= unit[1] then return ("%.3g %s"):format(number / unit[1], unit[2]) end
  end
  return ("%.3g"):format(number)
end

-- "17.2 KiB"
function text.bytes(number)
  if number < 1024 then return ("%d B"):format(number) end
  if number < 1024 * 1024 then return ("%.1f KiB"):format(number / 1024) end
  return ("%.1f MiB"):format(number / (1024 * 1024))
end

-- "int8 {1, 49, 10, 1}"
function text.tensor(row)
  return ("%s {%s}"):format(row.dtype, table.concat(row.shape, ", "))
end

-- "scale 0.1, zero point 3"; a short one for places with little room.
function text.quantization(row, short)
  if short then
    return ("scale %.3g, zero %d%s"):format(row.scale, row.zero_point, row.scales and " ..." or "")
  end
  local shown = ("scale %.6g, zero point %d"):format(row.scale, row.zero_point)
  if not row.scales then return shown end
  return ("%s, %d scales along axis %d"):format(shown, row.scales, row.axis)
end

-- Without what would move a terminal, and cut where it is longer than `most` or 40: converters
-- make names of 300 characters.
function text.printable(name, most)
  most = most or 40
  local shown = name:gsub("[%c\127-\255]", "?")
  return #shown > most and shown:sub(1, most - 3) .. "..." or shown
end

-- For XML and HTML.
function text.escape(words)
  return (words:gsub("[&<>\"]", {
    ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
  }))
end

-- Rows of texts as columns, as wide as their longest. `align` has one of "<" and ">" for
-- each column.
function text.columns(rows, align)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, #cell) end
  end
  for n, row in ipairs(rows) do
    local cells = {}
    for i, cell in ipairs(row) do
      local pad = (" "):rep(widths[i] - #cell)
      cells[i] = align:sub(i, i) == ">" and pad .. cell or cell .. pad
    end
    lines[n] = (table.concat(cells, "  "):gsub("%s+$", ""))
  end
  return table.concat(lines, "\n")
end

return text
