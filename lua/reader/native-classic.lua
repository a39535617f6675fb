-- Classic buckets derived from native ones
-- needs: native, native_bound

do
  local powers_by_resolution = {}

  -- The bounds that are shown: powers of two up to 2^20, of four up to 2^40, as far as they are bounds of the schema
  -- and outside the zero bucket.
  local function shown_powers(schema, zero_threshold)
    local name = schema .. ' ' .. format('%.17g', zero_threshold)
    local powers = powers_by_resolution[name]
    if not powers then
      local step = schema < 0 and 2 ^ -schema or 1
      powers = {}
      for exponent = -20, 40 do
        local power = math.ldexp(1, exponent)
        local is_listed = exponent <= 20 or exponent % 2 == 0
        if is_listed and exponent % step == 0 and power >= zero_threshold then
          powers[#powers + 1] = power
        end
      end
      powers_by_resolution[name] = powers
    end
    return powers
  end

  -- Bounds, and counts per bucket, one more than bounds, of buckets for readers that know no native ones. Why these
  -- bounds: packages/metric-format/src/native/derived-buckets.ts.
  function native.derive(buckets)
    local schema, positive, negative = buckets.schema, buckets.positive, buckets.negative
    local powers = shown_powers(schema, buckets.zero_threshold)
    local n = #powers
    local all, first = {}, 2 * n + 1
    for i = 1, first do
      all[i] = 0
    end
    local function count(place, number)
      all[place] = all[place] + number
      if number > 0 and place < first then
        first = place
      end
    end
    -- Each is counted at the first bound at or above all of its bucket; -powers[i] stands at n + 1 - i.
    local place = 0
    for i = 1, #negative.indexes do
      local finish = native_bound(schema, negative.indexes[i] - 1)
      while place < n and powers[place + 1] <= finish do
        place = place + 1
      end
      count(n + 1 - place, negative.counts[i])
    end
    count(n + 1, buckets.zero_count)
    place = 1
    for i = 1, #positive.indexes do
      local finish = native_bound(schema, positive.indexes[i])
      while place <= n and powers[place] < finish do
        place = place + 1
      end
      count(n + place, positive.counts[i])
    end
    local bounds, counts = {}, {}
    for i = first, 2 * n do
      bounds[i - first + 1] = i <= n and -powers[n + 1 - i] or powers[i - n]
    end
    for i = first, 2 * n + 1 do
      counts[i - first + 1] = all[i]
    end
    return bounds, counts
  end

  -- The classic buckets that a histogram is shown with: its own, or derived ones; nil where it has none.
  function native.classic_of(histogram)
    if histogram.bounds or not histogram.native then
      return histogram.bounds, histogram.counts
    end
    local shown = histogram.shown_bounds
    if not shown then
      return native.derive(histogram.native)
    end
    local counts = {}
    for i = 1, #shown + 1 do
      counts[i] = 0
    end
    return shown, counts
  end
end
