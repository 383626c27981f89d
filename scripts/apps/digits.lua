-- digits.lua - reads handwritten digits.
--
--   moonlet digits.lua [time]
--
-- An int8 network of 13 kB looks at 540 images it was not trained on. The script shows
-- some of them, then how often the network is right, and where it errs: on every machine
-- the same. With `time` it also tells how fast it is.

local nn, progress, sys, tensor = require "nn", require "progress", require "sys", require "tensor"

local LEAST_ACCURACY = 0.97
-- From paper to ink. A pixel takes two characters, as a character is twice as high as wide.
local SHADES = {"  ", "░░", "▒▒", "▓▓", "██"}

local function data_file(name) return assert(sys.find(name)) end

-- Model, images (uint8 {540, 8, 8}, 0 is paper, 16 is ink) and labels (uint8 {540}).
local function load_all()
  -- float_io: probabilities come out as numbers from 0 to 1 instead of int8.
  local model = assert(nn.load(data_file "digits.tflite", {float_io = true}))
  local images = assert(tensor.load(data_file "digits_images.npy"))
  local labels = assert(tensor.load(data_file "digits_labels.npy"))
  return model, images, labels
end

-- The digits the model reads, its confidence in each, and the time it took in all.
local function read_digits(model, images)
  local count = #images
  local inputs = (images / 16):reshape({count, 1, 8, 8, 1})
  local digits, confidences, elapsed_us = {}, {}, 0
  for i in progress.iter(count) do
    local start = sys.ticks_us()
    local probabilities = model:run(inputs[i])
    elapsed_us = elapsed_us + sys.ticks_us() - start
    local best = probabilities:argmax()
    digits[i] = best - 1  -- positions count from 1, digits from 0
    confidences[i] = probabilities:at(1, best)
  end
  return digits, confidences, elapsed_us
end

-- counts[label + 1][digit + 1]: how many images of `label` were read as `digit`.
local function count_readings(labels, digits)
  local counts = tensor.zeros({10, 10}, "int32")
  for i, digit in ipairs(digits) do
    local row, column = labels[i] + 1, digit + 1
    counts:set(counts:at(row, column) + 1, row, column)
  end
  return counts
end

local function text_row(image, row)
  local cells = {}
  for column = 1, image:dim(2) do cells[column] = SHADES[1 + image:at(row, column) // 4] end
  return table.concat(cells)
end

-- Four images side by side, 76 columns, and below each what caption(position) says.
local function show(positions, images, caption)
  local captions = {}
  for n, i in ipairs(positions) do captions[n] = caption(i) end
  for row = 1, images:dim(2) do
    local parts = {}
    for n, i in ipairs(positions) do parts[n] = text_row(images[i], row) end
    print(table.concat(parts, "    "))
  end
  print(table.concat(captions, "    "))
end

local function show_counts(counts)
  print("read as:   0   1   2   3   4   5   6   7   8   9")
  for label = 0, 9 do
    local cells = {}
    for digit = 0, 9 do
      local count = counts:at(label + 1, digit + 1)
      cells[digit + 1] = ("%4s"):format(count == 0 and "." or count)
    end
    print(("digit %d:%s"):format(label, table.concat(cells)))
  end
end

-- The first `limit` positions whose image was read wrongly.
local function find_mistakes(labels, digits, limit)
  local positions = {}
  for i, digit in ipairs(digits) do
    if digit ~= labels[i] and #positions < limit then positions[#positions + 1] = i end
  end
  return positions
end

local function main(with_time)
  local model, images, labels = load_all()
  print((tostring(model):gsub(", [^,]+ RAM$", "")))  -- memory differs between machines
  local digits, confidences, elapsed_us = read_digits(model, images)
  local function caption(i)
    return ("%d read as %d %3.0f%%"):format(labels[i], digits[i], 100 * confidences[i])
  end

  print()
  show({10, 20, 30, 40}, images, caption)

  local counts = count_readings(labels, digits)
  local right = (counts * tensor.eye(10, "int32")):sum()
  local accuracy = right / #labels
  print(("\n%d of %d right: %.2f %%\n"):format(right, #labels, 100 * accuracy))
  show_counts(counts)

  local mistakes = find_mistakes(labels, digits, 4)
  if #mistakes > 0 then
    print("\nMistakes:\n")
    show(mistakes, images, caption)
  end
  if with_time then print(("\n%.0f us per image"):format(elapsed_us / #labels)) end
  return accuracy
end

if main(... == "time") < LEAST_ACCURACY then
  print(("Less than %.0f %% right."):format(100 * LEAST_ACCURACY))
  os.exit(1)
end
