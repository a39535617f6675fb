-- Refusals
-- needs: get
-- gives: found, refuse, get_record

-- What Redis has where something is refused, as it stands there.
local found

local function refuse(reason, what)
  found = what
  return reason
end

-- The value of a key; false when there is none; a table when it holds no string, or a longer one than a record may be.
local function get_record(key)
  local value = get(key)
  if type(value) == 'string' and #value > MAX_RECORD_BYTES then return { too_long = value } end
  return value
end
