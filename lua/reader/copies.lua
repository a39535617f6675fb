-- One series under several keys
-- needs: sum_of, skip
-- gives: merge

local merge

-- A script has 200 local variables at most: these end here.
do
  -- `copies` are { value, timestamp }, in the order of their keys' bytes: sums must not depend on how Redis lists keys.

  local function newest_of(copies)
    local newest = copies[1]
    for i = 2, #copies do
      if (copies[i].timestamp or -1) > (newest.timestamp or -1) then
        newest = copies[i]
      end
    end
    return newest.value
  end

  merge = {}

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

  function merge.histogram(copies)
    local newest = newest_of(copies)
    local alike = {}
    for i = 1, #copies do
      local histogram = copies[i].value
      if are_equal_lists(histogram.bounds, newest.bounds) then
        alike[#alike + 1] = histogram
      end
    end
    skip('bounds_mismatch', #copies - #alike)
    skip('duplicate_series', #alike - 1)
    if newest.given or #alike == 1 then
      return newest
    end
    local merged = { bounds = newest.bounds, counts = {}, sum = alike[1].sum }
    for i = 1, #alike do
      if i > 1 then
        merged.sum = merged.sum + alike[i].sum
      end
      add_counts(merged.counts, alike[i].counts)
      merged.recent = alike[i].recent and add_counts(merged.recent or {}, alike[i].recent) or merged.recent
    end
    merged.count = sum_of(merged.counts)
    return merged
  end
end
