-- The same everywhere, what it prints included.
local test = require "test"

print "a line\nand another"
test.it("has its module beside it", function()
  test.expect(require "beside"):equals("a module")
end)
