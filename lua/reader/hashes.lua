-- Hashes
-- needs: parse_json
-- gives: WRONG_TYPE, read_hash

local WRONG_TYPE = '^%-?WRONGTYPE'

-- The fields of a hash that is a metric; nil and the reason where it is none. Lengths are asked for first: a field may
-- hold any number of bytes.
local function read_hash(type_, key)
  local names, size = HASH_FIELDS[type_], 0
  for i = 1, #names do
    local length = pcall_redis('HSTRLEN', key, names[i])
    if type(length) ~= 'number' then
      return nil, find(length.err, WRONG_TYPE) and 'wrong_redis_type' or 'unreadable'
    elseif length == 0 and i <= 2 then
      return nil, 'wrong_redis_type'
    end
    size = size + length
  end
  if size > MAX_RECORD_BYTES then
    return nil, 'value_too_long'
  end
  local texts = pcall_redis('HMGET', key, unpack(names))
  if texts.err then
    return nil, 'unreadable'
  end
  local fields = {}
  for i = 1, #names do
    local text = texts[i]
    if text and text ~= '' then
      local value, reason = parse_json(text)
      if reason == 'invalid_utf8' then
        return nil, reason
      end
      -- Text that is not JSON stands for itself.
      if reason then
        value = text
      end
      fields[names[i]] = value
    end
  end
  return fields
end
