-- What the marks of a figure have in common.
--
-- A mark knows what it spans, `x_range` and `y_range` (from left to right, from bottom to top), and
-- draws itself: mark:draw(pen, axes), in parts of the unit square. What it asks of the axes:
-- `rounded`, ends at round numbers; `exact_y`, a y axis that ends where the mark does; `whole_x`,
-- `whole_y`, whole numbers alone; `x_names`, `y_names`, names in place of numbers, the first of
-- which is at `x_first` or `y_first` (1).

local marks = {}

-- The first mark that has the field; nil where none has.
function marks.with(list, field)
  for _, mark in ipairs(list) do
    if mark[field] then return mark end
  end
end

return marks
