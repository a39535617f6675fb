-- Reading values
-- gives: get

local AFTER_RECORD = format('%d', MAX_RECORD_BYTES)

-- What GET answers, but of a value that is too long for a record only one byte too many: to copy a hundred megabytes
-- holds Redis for a quarter of a second.
local function get(key)
  local value = pcall_redis('GETRANGE', key, '0', AFTER_RECORD)
  -- An error is a table, and has no length.
  if value and #value > 0 then
    return value
  end
  -- Gone, empty, no string, or the user may not call GETRANGE.
  return pcall_redis('GET', key)
end
