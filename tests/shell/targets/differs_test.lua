-- Different on purpose: the host must report it.
local sys, test = require "sys", require "test"

test.it("is the same everywhere", function() test.expect(1 + 1):equals(2) end)
test.it("runs on " .. sys.board, function() test.expect(sys.board):differs(nil) end)
