-- A change of layout
-- needs: number_text, given, read_time, read_bounds, read_counts, counts_text, bounds_text, now, union_of, zeros
-- gives: read_retired, retired_text, converted, change_layout

-- Counts by bounds that are no longer all shown, as they were when the last of these went.
local function read_retired(value)
  value = given(value)
  if type(value) ~= 'table' then return nil end
  local since, bounds = read_time(value.since), read_bounds(given(value.bounds))
  local counts = bounds and read_counts(given(value.counts), #bounds + 1)
  if not since or not counts or now - since > RETIRED_MS then return nil end
  return { since = since, bounds = bounds, counts = counts }
end

local function retired_text(retired)
  if not retired then return '' end
  return ',"retired":{"since":' .. number_text(retired.since) .. ',"bounds":' .. bounds_text(retired.bounds) ..
    ',"counts":' .. counts_text(retired.counts) .. '}'
end

-- The counts of buckets with the bounds `from` in buckets with the bounds `to`: those of each bucket go where its upper
-- bound lies. So what is counted up to a bound of both stays as it is, and up to any other it is what is known.
local function converted(counts, from, to)
  local result, place = zeros(#to + 1), 1
  for i = 1, #counts do
    while place <= #to and (not from[i] or to[place] < from[i]) do place = place + 1 end
    result[place] = result[place] + counts[i]
  end
  return result
end

-- What was counted since the last bounds retired; nil when less stands there now, by a hand.
local function counted_since(retired, histogram)
  local before, since = converted(retired.counts, retired.bounds, histogram.layout), {}
  for i = 1, #before do
    since[i] = histogram.counts[i] - before[i]
    if since[i] < 0 then return nil end
  end
  return since
end

-- Gives a histogram the layout of its family. Counts by bounds that retire are kept for a day: when the bounds return,
-- no bucket may show less than before, since Prometheus would take that for a restart.
local function change_layout(histogram, family)
  local retired, all = histogram.retired, nil
  local since = retired and counted_since(retired, histogram)
  if since then all = union_of({ retired.bounds, histogram.layout, family.layout }) end
  if not all or #all > MAX_BOUNDS then since, all = nil, union_of({ histogram.layout, family.layout }) end
  local counts = converted(since or histogram.counts, histogram.layout, all)
  if since then
    local before = converted(retired.counts, retired.bounds, all)
    for i = 1, #before do counts[i] = counts[i] + before[i] end
  end
  histogram.bounds, histogram.layout = family.bounds, family.layout
  histogram.counts = converted(counts, all, family.layout)
  local is_any_gone = #all > #family.layout and #all <= MAX_BOUNDS
  histogram.retired = is_any_gone and { since = now, bounds = all, counts = counts } or nil
  -- The copies of the window have other buckets: it begins anew.
  histogram.since, histogram.newest_counts, histogram.older = nil, nil, ''
end
