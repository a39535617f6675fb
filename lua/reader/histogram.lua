-- Histograms
-- needs: is_count, special_number, given, read_time, read_bounds, read_counts, is_window, parse_fields, parse_record,
--        recent_counts, parse_percentiles

-- A histogram is { count, sum, bounds, counts, recent } or { count, sum, given = percentiles }.
function parse_record.histogram(record)
  local fields, reason = parse_fields('histogram', record)
  if not fields then
    return nil, reason
  end
  local count, bounds, counts, window = fields.count, fields.bounds, fields.counts, fields.window
  if given(count) == nil or given(fields.sum) == nil then
    return nil, 'missing_value'
  end
  local sum = special_number(fields.sum)
  if not is_count(count) or not sum then
    return nil, 'invalid_value'
  end
  if given(bounds) == nil and given(counts) == nil then
    local percentiles = parse_percentiles(fields)
    if not percentiles then
      return nil, 'invalid_histogram'
    end
    -- 0 added makes 0 of -0.
    return { count = count + 0, sum = sum, given = percentiles }, read_time(fields.timestamp), read_time(fields.created)
  end
  local total
  if read_bounds(bounds) then
    counts, total = read_counts(counts, #bounds + 1)
  end
  if total ~= count or not is_window(window, counts) then
    return nil, 'invalid_histogram'
  end
  local recent = recent_counts(counts, window)
  local histogram = { count = count + 0, sum = sum, bounds = bounds, counts = counts, recent = recent }
  return histogram, read_time(fields.timestamp), read_time(fields.created)
end
