-- Records as the library writes them
-- needs: parse_record
-- gives: CANONICAL, parse_shown

-- Counters and gauges as the library writes them. Two parts side by side that both take digits would try every way to
-- share them out.
local CANONICAL = {
  counter = '^{"type":"counter","value":([%d.]+),"created":([1-9]%d*),"timestamp":([1-9]%d*)}$',
  gauge = '^{"type":"gauge","mode":"last","value":([%d.]+),"timestamp":([1-9]%d*)}$',
}
local CANONICAL_BYTES = 200
local ZERO, POINT = byte('0.', 1, 2)

-- Whether digits and points are a number as format_number writes it: without an exponent, and no digit too many.
local function is_short_decimal(text)
  local point = find(text, '.', 1, true)
  if not point then
    return byte(text) ~= ZERO or #text == 1
  end
  local last = byte(text, -1)
  return last ~= ZERO and last ~= POINT and not find(text, '.', point + 1, true)
    and (byte(text) ~= ZERO and point > 1 or point == 2 and byte(text, 3) ~= ZERO)
end

-- As parse_record, but twice as quick for most, and then the value is text: a decimal of at most fifteen digits, none
-- too many, stands in the record as format_number would write it.
local function parse_shown(record, type_)
  if #record <= CANONICAL_BYTES then
    -- Of a gauge there is one time, of a counter two.
    local value, created, timestamp = match(record, CANONICAL[type_])
    if value and not timestamp then
      timestamp, created = created, nil
    end
    if value and #value <= 15 and #timestamp <= 15 and is_short_decimal(value) then
      return value, tonumber(timestamp), created and tonumber(created)
    end
  end
  return parse_record[type_](record)
end
