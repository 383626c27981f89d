-- complain(text): a line for whoever gave the command, on standard error; in a sandbox, which has
-- none, on the output.
return function(text)
  if io.stderr then
    io.stderr:write(text, "\n")
  else
    print(text)
  end
end
