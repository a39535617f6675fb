-- Records of others
-- needs: is_finite, parse_json, given
-- gives: read_foreign, is_counter_value, merge

-- A record that is not as we write it, read as readers do; the second result is true for a bare number.
local function read_foreign(record, metric_type)
  local value = parse_json(record)
  if type(value) == 'number' and metric_type ~= 'histogram' then return { value = value }, true end
  if type(value) ~= 'table' or find(record, '^%s*%[') then return nil end
  local told = given(value.type)
  if told ~= nil and told ~= metric_type then return nil end
  return value, false
end

local function is_counter_value(value)
  return is_finite(value) and value >= 0
end

local merge = {}
