--- How far two arrays of numbers are apart.

local compare = {}

-- Both as float64; a quantised one as the real numbers it stands for.
local function real(x, port)
  local values = x:astype "float64"
  if port and port.scale and port.scale > 0 and x.dtype ~= "float32" then
    return (values - port.zero_point) * port.scale
  end
  return values
end

-- `got` and `expected` as real numbers, which the ports say how to read: {count, different,
-- max_error, rmse, cosine, range}. Where both have one dtype, `different` counts elements
-- whose values differ.
function compare.tensors(got, expected, got_port, expected_port)
  local a, b = real(got, got_port), real(expected, expected_port)
  local error_ = (a - b):abs()
  local norms = (a * a):sum() * (b * b):sum()
  return {
    count = got.size,
    different = (got.dtype == expected.dtype and got:ne(expected) or a:ne(b)):sum(),
    max_error = error_:max(),
    rmse = math.sqrt((error_ * error_):mean()),
    cosine = norms > 0 and (a * b):sum() / math.sqrt(norms) or (error_:max() == 0 and 1 or 0),
    range = b:max() - b:min(),
  }
end

return compare
