-- Refusals
-- needs: get
-- gives: found, refuse, get_record

-- What Redis has where something is refused, as it stands there.
local found

local function refuse(reason, what)
  found = what
  return reason
end

-- The value of a key; false when there is none. The second result is a failure: the key holds no string, or one that is
-- longer than a record may be.
local function get_record(key)
  local value = get(key)
  if not value then return false end
  local length = #value
  if length > MAX_RECORD_BYTES then return false, { too_long = value } end
  if length == 0 and type(value) == 'table' then return false, value end
  return value
end
