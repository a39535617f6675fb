-- Order by bytes
-- gives: is_before, sorted

-- Lua compares strings in the locale that Redis was started in, and under most of them 'a' comes before 'B'.
local function does_locale_order_bytes()
  for code = 33, 126 do
    if char(code - 1) >= char(code) then
      return false
    end
  end
  return 'a_b' < 'aab' and 'a-b' < 'aab' and 'Ba' < 'aB'
end

local function is_before_by_bytes(a, b)
  for i = 1, min(#a, #b), 4 do
    local a1, a2, a3, a4 = byte(a, i, i + 3)
    local b1, b2, b3, b4 = byte(b, i, i + 3)
    if a1 ~= b1 then
      return a1 < b1
    elseif a2 ~= b2 then
      return (a2 or -1) < (b2 or -1)
    elseif a3 ~= b3 then
      return (a3 or -1) < (b3 or -1)
    elseif a4 ~= b4 then
      return (a4 or -1) < (b4 or -1)
    end
  end
  return #a < #b
end

-- nil stands for Lua's own order, which is several times faster.
local is_before = nil
if not does_locale_order_bytes() then
  is_before = is_before_by_bytes
end

local function sorted(list)
  sort(list, is_before)
  return list
end
