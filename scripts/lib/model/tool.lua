--- Runs one of the tools behind `moonlet model` where this is called.

local json = require "json"

-- What it has to show, and whether all is well.
return function(name, options)
  local report, shown, fine = require("model." .. name).run(options)
  return options.json and json.encode(report) or shown, fine
end
