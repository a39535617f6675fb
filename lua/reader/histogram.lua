-- Histograms
-- needs: is_count, special_number, given, read_time, read_bounds, read_counts, is_window, parse_fields, parse_record,
--        native, earlier_copy, recent_counts, parse_percentiles

do
  -- Bounds and counts that hold `count` observations; nil where they are none.
  local function parse_classic(fields, count)
    local bounds, counts, total = fields.bounds, nil, nil
    if read_bounds(bounds) then
      counts, total = read_counts(fields.counts, #bounds + 1)
    end
    if total == count then
      return bounds, counts
    end
  end

  local function parse_native(fields, count, has_classic)
    local buckets, total = native.parse(fields)
    if total ~= count then
      return nil
    end
    local bounds, counts
    if has_classic then
      bounds, counts = parse_classic(fields, count)
      if not bounds then
        return nil
      end
    end
    local window = native.parse_window(fields.window, buckets, counts)
    if window == false then
      return nil
    end
    local copy = earlier_copy(window)
    local recent = copy ~= false and native.since(buckets, copy) or nil
    return { native = buckets, native_recent = recent, bounds = bounds, counts = counts }
  end

  local function parse_shape(fields, count)
    local has_classic = given(fields.bounds) ~= nil or given(fields.counts) ~= nil
    if given(fields.schema) ~= nil then
      return parse_native(fields, count, has_classic)
    elseif not has_classic then
      local percentiles = parse_percentiles(fields)
      return percentiles and { given = percentiles }
    end
    local bounds, counts = parse_classic(fields, count)
    if not bounds or not is_window(fields.window, counts) then
      return nil
    end
    return { bounds = bounds, counts = counts, recent = recent_counts(counts, fields.window) }
  end

  -- A histogram is { count, sum } with { bounds, counts, recent }, with { native, native_recent } and bounds and counts
  -- where it has classic buckets too, or with { given = percentiles }.
  function parse_record.histogram(record)
    local fields, reason = parse_fields('histogram', record)
    if not fields then
      return nil, reason
    end
    local count = fields.count
    if given(count) == nil or given(fields.sum) == nil then
      return nil, 'missing_value'
    end
    local sum = special_number(fields.sum)
    if not is_count(count) or not sum then
      return nil, 'invalid_value'
    end
    local histogram = parse_shape(fields, count)
    if not histogram then
      return nil, 'invalid_histogram'
    end
    -- 0 added makes 0 of -0.
    histogram.count, histogram.sum = count + 0, sum
    return histogram, read_time(fields.timestamp), read_time(fields.created)
  end
end
