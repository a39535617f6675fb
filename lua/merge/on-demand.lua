-- Functions on demand
-- gives: on_demand

-- Lets `fill` make the functions of a table when the first of them is asked for, since most calls need none.
local function on_demand(functions, fill)
  setmetatable(functions, {
    __index = function(_, name)
      setmetatable(functions, nil)
      fill()
      return functions[name]
    end,
  })
end
