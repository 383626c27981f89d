return "a module"
