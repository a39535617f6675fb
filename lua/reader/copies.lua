-- One series under several keys
-- needs: native, sum_of, skip
-- gives: merge

-- `copies` are { value, timestamp }, in the order of their keys' bytes: sums must not depend on how Redis lists keys.

local merge = {}

-- A script has 200 local variables at most: these end here.
do
  local function newest_of(copies)
    local newest = copies[1]
    for i = 2, #copies do
      if (copies[i].timestamp or -1) > (newest.timestamp or -1) then
        newest = copies[i]
      end
    end
    return newest.value
  end

  function merge.counter(copies)
    skip('duplicate_series', #copies - 1)
    local sum = copies[1].value
    for i = 2, #copies do
      sum = sum + copies[i].value
    end
    return sum
  end

  function merge.gauge(copies)
    skip('duplicate_series', #copies - 1)
    return newest_of(copies)
  end

  local function are_equal_lists(a, b)
    if not a or not b or #a ~= #b then
      return a == b
    end
    for i = 1, #a do
      if a[i] ~= b[i] then
        return false
      end
    end
    return true
  end

  local function add_counts(sums, counts)
    for i = 1, #counts do
      sums[i] = (sums[i] or 0) + counts[i]
    end
    return sums
  end

  -- Whether the counts of two histograms fit together: both native, equal bounds, or both without buckets.
  local function are_alike(a, b)
    if a.native or b.native then
      return a.native ~= nil and b.native ~= nil
    end
    return are_equal_lists(a.bounds, b.bounds)
  end

  -- What the native buckets of several histograms come to, and the classic ones where all have equal bounds.
  local function add_native(merged, alike)
    local first = alike[1]
    local counts = first.bounds and not first.shown_bounds and {} or nil
    for i = 1, #alike do
      local one = alike[i]
      merged.native = merged.native and native.add(merged.native, one.native) or one.native
      if one.native_recent then
        local recent = merged.native_recent
        merged.native_recent = recent and native.add(recent, one.native_recent) or one.native_recent
      end
      local is_same = counts and not one.shown_bounds and are_equal_lists(one.bounds, first.bounds)
      counts = is_same and add_counts(counts, one.counts) or nil
    end
    merged.bounds, merged.counts = counts and first.bounds, counts
    merged.count = native.count(merged.native)
    if merged.count == 0 then
      merged.shown_bounds = first.shown_bounds
    end
  end

  function merge.histogram(copies)
    local newest = newest_of(copies)
    local alike = {}
    for i = 1, #copies do
      local histogram = copies[i].value
      if are_alike(histogram, newest) then
        alike[#alike + 1] = histogram
      end
    end
    skip('bounds_mismatch', #copies - #alike)
    skip('duplicate_series', #alike - 1)
    if newest.given or #alike == 1 then
      return newest
    end
    local merged = { sum = alike[1].sum }
    for i = 2, #alike do
      merged.sum = merged.sum + alike[i].sum
    end
    if newest.native then
      add_native(merged, alike)
      return merged
    end
    merged.bounds, merged.counts = newest.bounds, {}
    for i = 1, #alike do
      add_counts(merged.counts, alike[i].counts)
      merged.recent = alike[i].recent and add_counts(merged.recent or {}, alike[i].recent) or merged.recent
    end
    merged.count = sum_of(merged.counts)
    return merged
  end
end
