-- Texts of figures: numbers, and labels that neither a terminal nor XML takes for orders.

local format = {}

-- A value as people write it: few digits, no point where there is no fraction.
function format.number(value)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  return (("%.4g"):format(value):gsub("e([+-])0*(%d)", function(sign, digit)
    return "e" .. (sign == "-" and "-" or "") .. digit
  end))
end

-- An end of a range whose other end is `other`: what is next to nothing between them is 0.
function format.end_of_range(value, other)
  return format.number(math.abs(value) * 10000 < math.abs(other - value) and 0 or value)
end

-- A label in UTF-8, or in ASCII, on one line: what is neither becomes "?".
function format.label(text, ascii)
  text = text:gsub("%c", " ")
  if not utf8.len(text) then text = text:gsub("[\x80-\xff]", "?") end
  return ascii and text:gsub(utf8.charpattern, function(char) return #char > 1 and "?" or nil end)
    or text
end

-- At most so many characters of it.
function format.cut(text, columns)
  if utf8.len(text) <= columns then return text end
  return text:sub(1, utf8.offset(text, columns + 1) - 1)
end

-- Lines of whole words, at most so long unless a word is longer.
function format.wrap(text, columns)
  local lines, line = {}, nil
  for word in text:gmatch "%S+" do
    if line and utf8.len(line) + 1 + utf8.len(word) <= columns then
      line = line .. " " .. word
    else
      lines[#lines + 1] = line
      line = word
    end
  end
  lines[#lines + 1] = line
  return lines
end

return format
