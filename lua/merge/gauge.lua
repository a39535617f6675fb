-- Gauges
-- needs: is_finite, special_number, read_time, special_text, read_common, ttl_text, streams, now, now_text, made_at,
--        read_text, refuse, get_record, live_at, note_live, unreadable, refusal, write, write_bare, add_to_bare,
--        read_foreign, merge

local GAUGE = '^{"type":"gauge","mode":"(%l+)","value":([^,]+),"timestamp":([1-9]%d*)}$'

-- The gauge that `record` is, or the reason why it is none of this mode.
local function read_gauge(record, mode)
  local told, text, time_text = match(record, GAUGE)
  local value = text and read_common(text)
  if value then
    if told ~= mode then return nil, refuse('mode_conflict', told) end
    return { value = value, at = tonumber(time_text) }
  end
  local fields, is_bare = read_foreign(record, 'gauge')
  if not fields or special_number(fields.value) == nil then return nil, unreadable(record) end
  -- A bare number is what INCR and SET leave: it may be added to and set, but is nobody's by lease.
  if is_bare and mode == 'sum' then told = mode else told = read_text(fields.mode) or 'last' end
  if told ~= mode then return nil, refuse('mode_conflict', told) end
  return { value = special_number(fields.value), at = read_time(fields.timestamp), is_bare = is_bare }
end

local function gauge_text(mode, value, at_text)
  return '{"type":"gauge","mode":"' .. mode .. '","value":' .. special_text(value) .. ',"timestamp":' .. at_text .. '}'
end

local function add_to_gauge(key, operation, record, gauge)
  local stored, add = gauge and gauge.value or 0, operation.add
  if gauge and gauge.is_bare then return add_to_bare(key, record, stored, add) end
  local sum = streams.plus(stored, add)
  if is_finite(stored) and not is_finite(sum) then return refuse('overflow', record or '') end
  return write(key, gauge_text('sum', sum, now_text))
end

function merge.gauge(key, operation)
  local mode, gauge = operation.mode, nil
  local record, failure = get_record(key)
  if failure then return refusal(failure, key) end
  if record then
    local reason
    gauge, reason = read_gauge(record, mode)
    if reason then return reason end
  end
  if mode == 'sum' then return add_to_gauge(key, operation, record, gauge) end
  local value = special_number(operation.set)
  local lease = mode == 'process' and operation.lease or nil
  local at = max(0, min(now, floor(made_at - operation.age)))
  if gauge and gauge.is_bare and is_finite(value) then return write_bare(key, value) end
  -- A time to come is a wrong clock's, and must not win for ever. One process alone sets a gauge that it leases.
  local is_older = mode == 'last' and gauge and gauge.at and gauge.at > at and gauge.at <= now
  if is_older or (operation.touch and gauge) then
    pcall_redis('PEXPIRE', key, lease and format('%.0f', lease) or ttl_text)
    note_live(key, lease and format('%.0f', now + lease) or live_at)
    return nil, true
  end
  return write(key, gauge_text(mode, value, format('%.0f', at)), lease)
end
