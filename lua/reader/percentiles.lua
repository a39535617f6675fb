-- Windows and percentiles
-- needs: now_ms, special_number, given
-- gives: earlier_copy, recent_counts, parse_percentiles, sum_of

-- The copy in a window that observations are counted since: those of the last one to two minutes. nil without a window,
-- false when there were none. packages/metric-format/src/percentiles.ts says which copy fits, and why.
local function earlier_copy(window)
  if given(window) == nil or #window == 0 then
    return nil
  end
  local older, newest = window[1], window[#window]
  local newest_age_ms = now_ms - newest.since
  if newest_age_ms >= 2 * WINDOW_ROTATION_MS then
    return false
  elseif newest_age_ms < WINDOW_ROTATION_MS and now_ms - older.since < 3 * WINDOW_ROTATION_MS then
    return older
  end
  return newest
end

-- The counts less those of the fitting copy, in its own list; all of them without a window; nil when there were none.
local function recent_counts(counts, window)
  local copy = earlier_copy(window)
  if not copy then
    return copy == nil and counts or nil
  end
  local recent = copy.counts
  for i = 1, #counts do
    recent[i] = counts[i] - recent[i]
  end
  return recent
end

local function parse_percentiles(fields)
  local percentiles = {}
  for i = 1, #PERCENTILES do
    local raw = fields[sub(PERCENTILES[i].suffix, 2)]
    percentiles[i] = special_number(raw)
    if not percentiles[i] and given(raw) ~= nil then
      return nil
    end
  end
  return percentiles
end

local function sum_of(list)
  local sum = 0
  for i = 1, #list do
    sum = sum + list[i]
  end
  return sum
end
