-- Counters and gauges
-- needs: special_number, parse_json, given, read_time
-- gives: is_json_object, parse_fields, parse_record

-- cjson makes the same of {} and [].
local function is_json_object(value, text)
  return type(value) == 'table' and find(text, '^[ \t\r\n]*{') ~= nil
end

-- The fields of a record, which is JSON or the fields of a hash; nil and the reason where it is none.
local function parse_fields(type_, record)
  local value = record
  if type(record) == 'string' then
    local reason
    value, reason = parse_json(record)
    if reason then
      return nil, reason
    elseif type(value) == 'number' and type_ ~= 'histogram' then
      return { value = value }
    elseif not is_json_object(value, record) then
      return nil, 'invalid_record'
    end
  end
  if value.type ~= type_ and given(value.type) ~= nil then
    return nil, 'type_mismatch'
  end
  return value
end

-- By type: the value of a record, its timestamp and when it was created, as far as it says; nil and the reason where it
-- is none.
local parse_record = {}

function parse_record.counter(record)
  local fields, reason = parse_fields('counter', record)
  if not fields then
    return nil, reason
  end
  local value = fields.value
  if given(value) == nil then
    return nil, 'missing_value'
  elseif type(value) ~= 'number' or value < 0 or value == huge then
    return nil, 'invalid_value'
  end
  return value, read_time(fields.timestamp), read_time(fields.created)
end

function parse_record.gauge(record)
  local fields, reason = parse_fields('gauge', record)
  if not fields then
    return nil, reason
  elseif given(fields.value) == nil then
    return nil, 'missing_value'
  end
  local value = special_number(fields.value)
  if not value then
    return nil, 'invalid_value'
  end
  return value, read_time(fields.timestamp)
end
