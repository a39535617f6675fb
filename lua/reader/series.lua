-- Reading the series
-- needs: settings, now_ms, sorted, native, parse_record, get, WRONG_TYPE, read_hash, skip, merge
-- gives: read_key, read_repeated, series_read, last_write_ms

-- Whether a counter or histogram is too young to be shown with its value. One that lives only for a short while is not,
-- once it has less life left than it had: else it might go before its value was seen.
local function is_new(key, created)
  local age = now_ms - created
  if age < 0 or age >= settings.new_ms then
    return false
  end
  local left = pcall_redis('PTTL', key)
  return type(left) ~= 'number' or left < 0 or left > age
end

-- A counter or histogram as it is before its first event: a histogram has no percentiles then.
local function at_zero(value)
  if type(value) == 'number' or type(value) == 'string' then
    return 0
  elseif value.given then
    return { count = 0, sum = 0, given = {} }
  end
  local zero = { count = 0, sum = 0, bounds = value.bounds }
  if value.native then
    zero.native = native.empty(value.native)
    if not value.bounds then
      zero.bounds = native.derive(value.native)
      zero.shown_bounds = zero.bounds
    end
  end
  zero.counts = {}
  for i = 1, #zero.bounds + 1 do
    zero.counts[i] = 0
  end
  return zero
end

-- Whether the metric read last is a hash: then the next one is asked as a hash first, as each wrong guess is an error
-- in the statistics of Redis.
local is_hash_likely = false

-- The fields of a key that answers `reply` where a string is asked for; nil and the reason where it is no metric, nil
-- alone where the key is gone.
local function read_no_string(type_, key, reply)
  if not reply then
    return nil
  elseif not find(reply.err, WRONG_TYPE) then
    return nil, 'unreadable'
  end
  local fields, reason = read_hash(type_, key)
  is_hash_likely = fields ~= nil
  return fields, reason
end

-- The value and timestamp of a key; nil and the reason where it has none, nil alone where the key is gone. `parse` is
-- parse_shown for strings, or else parse_record's own.
local function read_key(type_, key, parse)
  local record, reason
  if is_hash_likely then
    record, reason = read_hash(type_, key)
    -- As of a key that is gone, too.
    is_hash_likely = reason ~= 'wrong_redis_type'
  end
  if not is_hash_likely then
    record = get(key)
  end
  if type(record) ~= 'string' then
    parse = nil
    if not is_hash_likely then
      record, reason = read_no_string(type_, key, record)
    end
    if not record then
      return nil, reason
    end
  end
  local value, timestamp, created = (parse or parse_record[type_])(record, type_)
  if created and is_new(key, created) then
    value = at_zero(value)
  end
  return value, timestamp
end

local function read_repeated(type_, repeated_keys)
  local copies, newest_ms = {}, nil
  for _, key in ipairs(sorted(repeated_keys)) do
    local value, timestamp = read_key(type_, key)
    if value then
      copies[#copies + 1] = { value = value, timestamp = timestamp }
      newest_ms = timestamp and timestamp > (newest_ms or -1) and timestamp or newest_ms
    elseif timestamp then
      skip(timestamp)
    end
  end
  if #copies > 1 then
    return merge[type_](copies), newest_ms
  end
  return copies[1] and copies[1].value, newest_ms
end

local series_read = {}
for i = 1, #METRIC_TYPES do
  series_read[METRIC_TYPES[i]] = 0
end
local last_write_ms = -1
