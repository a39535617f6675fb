-- Fields of records
-- needs: is_finite, given
-- gives: read_time, read_bounds, read_counts, is_window

-- Milliseconds since the epoch; nil for anything else.
local function read_time(value)
  if is_finite(value) and value >= 0 then
    return value
  end
  return nil
end

-- Upper bounds of buckets, finite and ascending; nil for anything else.
local function read_bounds(value)
  if type(value) ~= 'table' or #value == 0 or #value > MAX_BOUNDS then
    return nil
  end
  local previous = -huge
  for i = 1, #value do
    local bound = value[i]
    if type(bound) ~= 'number' or not (bound > previous and bound < huge) then
      return nil
    end
    previous = bound
  end
  return value
end

-- Counts of `n` buckets, none above `limits`, and their sum; nil for anything else.
local function read_counts(value, n, limits)
  if type(value) ~= 'table' or #value ~= n then
    return nil
  end
  local sum = 0
  for i = 1, n do
    local count = value[i]
    if type(count) ~= 'number' or count < 0 or count > MAX_COUNT or count % 1 ~= 0 or limits and count > limits[i] then
      return nil
    end
    sum = sum + count
  end
  return value, sum
end

-- Whether this is a window of `counts`: at most two earlier copies of them, the older one first. None is one, too.
local function is_window(window, counts)
  window = given(window)
  if window == nil then
    return true
  elseif type(window) ~= 'table' or #window > 2 or #window == 0 and next(window) ~= nil then
    -- cjson reads [] and {} alike.
    return false
  end
  local previous = 0
  for i = 1, #window do
    local copy = window[i]
    local since = type(copy) == 'table' and read_time(copy.since)
    if not since or since < previous or not read_counts(copy.counts, #counts, counts) then
      return false
    end
    previous = since
  end
  return true
end
