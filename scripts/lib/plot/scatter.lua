-- plot.scatter: points, of one kind or of several classes.

local names, points, values = require "plot.names", require "plot.points", require "plot.values"

local scatter = {options = {classes = "any", legend = "any"}}

local function before(a, b)
  if type(a) == type(b) and type(a) ~= "boolean" then return a < b end
  return tostring(a) < tostring(b)
end

-- The points of each class, and the classes in order.
local function by_class(x, y, classes)
  local lists, order = {}, {}
  for i = 1, #y do
    local class = classes[i]
    if not lists[class] then
      lists[class] = {x = {}, y = {}}
      order[#order + 1] = class
    end
    local list = lists[class]
    list.x[#list.x + 1], list.y[#list.y + 1] = x[i], y[i]
  end
  table.sort(order, before)
  return lists, order
end

-- Labels, as many as there are points, that can be told apart.
local function check_classes(classes, n)
  local list, why = names.list("classes", classes, n)
  if not list then return nil, why end
  for i = 1, n do
    if classes[i] ~= classes[i] then return nil, "option 'classes': a label is NaN" end
  end
  return classes
end

function scatter.add(figure, options, x, y)
  local why
  x, why = values.vector(x)
  if not x then return 1, why end
  y, why = values.vector(y)
  if not y then return 2, why end
  if #x ~= #y then return 2, ("%d values expected, one for each of x, got %d"):format(#x, #y) end
  local lists, order = {{x = x, y = y}}, {1}
  local classes, legend = options.classes, nil
  if classes then
    classes, why = check_classes(classes, #y)
    if not classes then return 3, why end
    lists, order = by_class(x, y, classes)
    legend = {}
    for i, class in ipairs(order) do legend[i] = tostring(class) end
  end
  if options.legend then
    legend, why = names.list("legend", options.legend, #order)
    if not legend then return 3, why end
  end
  local marks = {}
  for i, class in ipairs(order) do
    marks[i] = points.new(lists[class].x, lists[class].y, figure.colors + i)
  end
  names.add_series(figure, marks, legend, "points", #order)
end

return scatter
