-- Values and histograms
-- needs: is_text, native, format_number, format_le, escape_name, bare_series, open_series, percentiles_of, parse_shown,
--        skip, read_key, series_read, last_write_ms, uniform_series, read_group, FIRST_LINE, add_section, write, help_of
-- gives: write_values, write_histograms

local write_values, write_histograms

-- A script has 200 local variables at most: these end here.
do
  -- Counters or gauges that have labels of the same names: how many there are; nil for any others.
  local function write_uniform_values(name, group)
    local shown = escape_name(name)
    local list, key_of = uniform_series(open_series(shown), group)
    if not list then
      return nil
    end
    local lines, n = {}, FIRST_LINE
    local type_, count, newest_ms = group.type, 0, last_write_ms
    for i = 1, #list do
      local series = list[i]
      local value, timestamp = read_key(type_, key_of[series], parse_shown)
      if value then
        count = count + 1
        if timestamp and timestamp > newest_ms then
          newest_ms = timestamp
        end
        local text = type(value) == 'string' and value or format_number(value)
        if is_text then
          n = n + 1
          lines[n] = series .. ' ' .. text
        else
          lines[n + 1] = series
          lines[n + 2] = text
          n = n + 2
        end
      elseif timestamp then
        skip(timestamp)
      end
    end
    last_write_ms = newest_ms
    series_read[type_] = series_read[type_] + count
    if count > 0 then
      add_section(shown, type_, help_of(name), lines)
    end
    return count
  end

  function write_values(name, group)
    local uniform_count = write_uniform_values(name, group)
    if uniform_count then
      return uniform_count > 0
    end
    local lines, n = {}, FIRST_LINE
    local shown = escape_name(name)
    local bare, head = bare_series(shown), open_series(shown)
    local count = read_group(group, function(labels, value)
      local text = type(value) == 'string' and value or format_number(value)
      local series = labels == '' and bare or head .. labels .. '}'
      if is_text then
        n = n + 1
        lines[n] = series .. ' ' .. text
      else
        lines[n + 1] = series
        lines[n + 2] = text
        n = n + 2
      end
    end)
    if count > 0 then
      add_section(shown, group.type, help_of(name), lines)
    end
    return count > 0
  end

  -- How the series of buckets end, by the bounds of the histogram that was written last: most of a family have the
  -- same.
  local le_bounds, le_ends, le_texts = nil, nil, {}

  local function ends_of_buckets(bounds)
    if bounds ~= le_bounds then
      le_bounds, le_ends = bounds, {}
      for i = 1, #bounds do
        le_texts[bounds[i]] = le_texts[bounds[i]] or format_le(bounds[i]) .. '"}'
        le_ends[i] = le_texts[bounds[i]]
      end
    end
    return le_ends
  end

  -- The series of a metric by their labels.
  local function series_of(name)
    local bare, head = bare_series(name), open_series(name)
    return function(labels)
      return labels == '' and bare or head .. labels .. '}'
    end
  end

  function write_histograms(name, group)
    local lines, n = {}, FIRST_LINE
    local shown_name = escape_name(name)
    local bucket_head = open_series(shown_name .. '_bucket')
    local sum_series, count_series = series_of(shown_name .. '_sum'), series_of(shown_name .. '_count')
    local percentile_lines, percentile_n, percentile_series = {}, {}, {}
    for i = 1, #PERCENTILES do
      percentile_lines[i], percentile_n[i] = {}, FIRST_LINE
      percentile_series[i] = series_of(shown_name .. PERCENTILES[i].suffix)
    end
    local count = read_group(group, function(labels, histogram)
      local bucket = bucket_head .. labels .. (labels == '' and 'le="' or ',le="')
      local bounds, counts = native.classic_of(histogram)
      if bounds then
        local ends, cumulative, shown = ends_of_buckets(bounds), 0, '0'
        for i = 1, #bounds do
          if counts[i] > 0 then
            cumulative = cumulative + counts[i]
            shown = cumulative < 1e15 and format('%d', cumulative) or format_number(cumulative)
          end
          if is_text then
            n = n + 1
            lines[n] = bucket .. ends[i] .. ' ' .. shown
          else
            lines[n + 1] = bucket .. ends[i]
            lines[n + 2] = shown
            n = n + 2
          end
        end
      end
      local observations = format_number(histogram.count)
      n = write(lines, n, bucket .. '+Inf"}', observations)
      n = write(lines, n, sum_series(labels), histogram.shown_sum or format_number(histogram.sum))
      n = write(lines, n, count_series(labels), observations)
      local percentiles = percentiles_of(histogram)
      for i = 1, percentiles and #PERCENTILES or 0 do
        if percentiles[i] then
          local series = percentile_series[i](labels)
          percentile_n[i] = write(percentile_lines[i], percentile_n[i], series, format_number(percentiles[i]))
        end
      end
    end)
    if count > 0 then
      add_section(shown_name, 'histogram', help_of(name), lines)
    end
    for i = 1, #PERCENTILES do
      if percentile_n[i] > FIRST_LINE then
        local help = format(PERCENTILES[i].help, shown_name)
        add_section(shown_name .. PERCENTILES[i].suffix, 'gauge', help, percentile_lines[i])
      end
    end
    return count > 0
  end
end
