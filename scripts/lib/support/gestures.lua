--- Movements of a hand as a sensor of acceleration and rotation sees them, and what tells them
-- apart: what `gesture.lua` and `teach.lua` work on. The movements are made up, from a seed.

local dsp, tensor = require "dsp", require "tensor"

local gestures = {
  names = {"circle", "lift", "rest", "shake", "wave"},
  columns = {"ax", "ay", "az", "gx", "gy", "gz"},  -- g and radians per second
  rate = 50,     -- Hz
  window = 100,  -- samples that are looked at together
}

local time <const> = tensor.arange(gestures.window) / gestures.rate

local function swing(hertz, phase, size) return (time * (2 * math.pi * hertz) + phase):sin() * size end

-- move(x, tempo, phase, strength, place) adds a movement to the columns of x.
local moves = {}

function moves.rest(x, tempo, phase, strength)
  x[4]:add_(swing(0.3 * tempo, phase, 0.1 * strength))
end

function moves.wave(x, tempo, phase, strength)
  x[2]:add_(swing(2.2 * tempo, phase, 0.6 * strength))
  x[6]:add_(swing(2.2 * tempo, phase + 1.2, 2.0 * strength))
end

function moves.circle(x, tempo, phase, strength)
  x[1]:add_(swing(1.5 * tempo, phase, 0.5 * strength))
  x[2]:add_(swing(1.5 * tempo, phase + math.pi / 2, 0.5 * strength))
  x[6]:add_(swing(1.5 * tempo, phase, 0.8 * strength))
end

function moves.shake(x, tempo, phase, strength)
  x[1]:add_(swing(4.5 * tempo, phase, 1.1 * strength))
  x[2]:add_(swing(4.5 * tempo, phase + 0.5, 0.4 * strength))
  x[5]:add_(swing(4.5 * tempo, phase, 1.0 * strength))
end

function moves.lift(x, tempo, _, strength, place)
  local width = 0.25 / tempo
  local bump = (((time - 0.5 - place) / width) ^ 2 * -0.5):exp()
  x[3]:add_((time - 0.5 - place) / width * bump * (-0.8 * strength))
  x[5]:add_(bump * (1.2 * strength))
end

-- How one person moves; the same for the same number and seed.
local function style_of(person, seed)
  local r = tensor.rand({5}, seed * 1000 + person)
  return {tempo = 0.6 + 0.8 * r[1], strength = 0.25 + 0.75 * r[2], noise = 0.1 + 0.25 * r[3],
    tilt = {1.6 * (r[4] - 0.5), 1.6 * (r[5] - 0.5)}}
end

-- A sensor that is not held straight: turned about its first two axes.
local function turned(x, tilt)
  local ca, sa, cb, sb = math.cos(tilt[1]), math.sin(tilt[1]), math.cos(tilt[2]), math.sin(tilt[2])
  local turn = tensor.new {{cb, sa * sb, ca * sb}, {0, ca, -sa}, {-sb, sa * cb, ca * cb}}
  return tensor.concat({turn:matmul(x:slice {1, 3}), turn:matmul(x:slice {4, 6})}, 1)
end

--- gestures.make(name, person, seed, number) -> tensor
-- What the sensor sees when that person makes the gesture for the nth time: {window, 6}.
function gestures.make(name, person, seed, number)
  local style = style_of(person, seed)
  local own = (seed * 64 + person) * 4096 + number
  local r = tensor.rand({4}, own)
  local x = tensor.randn({6, gestures.window}, own + (1 << 40)) * style.noise
  x[3]:add_(1)  -- gravity
  moves[name](x, style.tempo * (0.7 + 0.6 * r[1]), 2 * math.pi * r[2],
    style.strength * (0.4 + 0.9 * r[3]), r[4])
  return turned(x, style.tilt):transpose()
end

--- gestures.features(x) -> tensor
-- Of a window {samples, 6}: for each column its mean, effective value, range, crossings of the
-- mean and the centre of its spectrum in Hz; {30}.
function gestures.features(x)
  local rows = x:transpose():clone()
  local mean = rows:mean(2)
  rows:sub_(mean:unsqueeze(2))
  local spectrum = dsp.cabs(dsp.rfft(rows))
  return tensor.concat({mean, dsp.rms(rows), dsp.peak_to_peak(rows),
    dsp.zero_crossings(rows):astype "float32", dsp.spectral_centroid(spectrum, gestures.rate)}, 1)
end

return gestures
