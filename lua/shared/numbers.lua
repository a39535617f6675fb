-- Numbers
-- gives: is_finite, is_count, number_text, special_name, special_number

local function is_finite(value)
  return type(value) == 'number' and value == value and value < huge and value > -huge
end

local function is_count(value)
  return type(value) == 'number' and value >= 0 and value <= MAX_COUNT and value % 1 == 0
end

-- A finite number as JSON, the shortest text that reads back equal: tostring and cjson.encode keep 14 digits.
local function number_text(value)
  if value > 0 and value < 1e15 and value % 1 == 0 then
    return format('%d', value)
  end
  local text = format('%.15g', value)
  if tonumber(text) == value then
    return text
  end
  text = format('%.16g', value)
  if tonumber(text) == value then
    return text
  end
  return format('%.17g', value)
end

-- JSON has no text for these: records hold them as strings.
local SPECIAL_NUMBERS = { NaN = 0 / 0, ['+Inf'] = huge, ['-Inf'] = -huge }

-- The name of a number that is not finite.
local function special_name(value)
  if value ~= value then
    return 'NaN'
  end
  return value > 0 and '+Inf' or '-Inf'
end

-- The number in a record: a finite one, or the name of another. nil for anything else.
local function special_number(value)
  if type(value) ~= 'number' then
    return SPECIAL_NUMBERS[value]
  end
  return is_finite(value) and value or nil
end
