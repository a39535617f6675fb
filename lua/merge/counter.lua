-- Counters
-- needs: number_text, read_time, read_common, streams, now_text, tail, exemplars, refuse, get_record, unreadable,
--        refusal, write, TIMESTAMP_LENGTH, is_renewed, write_renewed, add_to_bare, read_foreign, is_counter_value,
--        merge

-- Canonical records, by far the most, are read by one pattern: a tenth of the time of a full look.
local COUNTER = '^{"type":"counter","value":([%d.e+-]+)(,"created":[1-9]%d*),"timestamp":[1-9]%d*}$'
local COUNTER_OF_UNKNOWN_AGE = '^{"type":"counter","value":([%d.e+-]+),"timestamp":[1-9]%d*}$'

local COUNTER_BEGIN = '{"type":"counter","value":'
local COUNTER_VALUE = '^([1-9]%d*)(),'
local EXEMPLARS_BEGIN, CREATED_BEGIN = ',"exemplars":[', ',"created":'
local CREATED_LENGTH = 24

-- Adds to a counter with a whole value, as it is after the first recording; false where there is more to look at.
local function add_to_renewed_counter(key, record, add, recorded)
  if not is_renewed(record) or sub(record, 1, #COUNTER_BEGIN) ~= COUNTER_BEGIN then return false end
  local text, at = match(record, COUNTER_VALUE, #COUNTER_BEGIN + 1)
  local created_at = #record - TIMESTAMP_LENGTH - CREATED_LENGTH + 1
  if not text or #text > 15 or find(record, CREATED_BEGIN, created_at, true) ~= created_at then return false end
  local kept = ''
  if at ~= created_at then
    kept = sub(record, at, created_at - 1)
    if sub(kept, 1, #EXEMPLARS_BEGIN) ~= EXEMPLARS_BEGIN then return false end
  end
  if recorded then kept = exemplars.text(kept ~= '' and exemplars.read_text(kept), recorded, nil, nil, 1) end
  local value = streams.plus(text + 0, add)
  if value == huge then return true, refuse('overflow', record) end
  return true, write_renewed(key,
    COUNTER_BEGIN .. number_text(value) .. kept .. sub(record, created_at, -TIMESTAMP_LENGTH - 1) .. tail)
end

function merge.counter(key, add, recorded)
  local record, failure = get_record(key)
  if failure then return refusal(failure, key) end
  if not record then
    local shown = recorded and exemplars.text(nil, recorded, nil, nil, 1) or ''
    local value = streams.plus(0, add)
    if value == huge then return refuse('overflow', '') end
    return write(key, COUNTER_BEGIN .. number_text(value) .. shown .. ',"created":' .. now_text .. tail)
  end
  local is_added, reason = add_to_renewed_counter(key, record, add, recorded)
  if is_added then return reason end
  local text, created = match(record, COUNTER)
  if not text then text, created = match(record, COUNTER_OF_UNKNOWN_AGE), '' end
  local value, stored = text and read_common(text), nil
  if not is_counter_value(value) then
    local fields, is_bare = read_foreign(record, 'counter')
    if not fields or not is_counter_value(fields.value) then return unreadable(record) end
    value = fields.value
    if is_bare then return add_to_bare(key, record, value, add) end
    stored = exemplars.read_stored(fields.exemplars)
    local began = read_time(fields.created)
    created = began and ',"created":' .. number_text(began) or ''
  end
  value = max(0, streams.plus(value, add))
  if value == huge then return refuse('overflow', record) end
  local shown = (stored or recorded) and exemplars.text(stored, recorded, nil, nil, 1) or ''
  return write(key, COUNTER_BEGIN .. number_text(value) .. shown .. created .. tail)
end
