-- Values and histograms
-- needs: is_text, format_number, format_le, percentiles_of, parse_shown, skip, read_key, series_read, last_write_ms,
--        uniform_series, read_group, FIRST_LINE, add_section, write, help_of
-- gives: write_values, write_histograms

-- Counters or gauges that have labels of the same names; false for any others.
local function write_uniform_values(name, group)
  local list, key_of = uniform_series(name, group)
  if not list then
    return false
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
    add_section(name, type_, help_of(name), lines)
  end
  return true
end

local function write_values(name, group)
  if write_uniform_values(name, group) then
    return
  end
  local lines, n = {}, FIRST_LINE
  local head = name .. '{'
  local count = read_group(group, function(labels, value)
    local text = type(value) == 'string' and value or format_number(value)
    local series = labels == '' and name or head .. labels .. '}'
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
    add_section(name, group.type, help_of(name), lines)
  end
end

local le_texts = {}

local function le_text(bound)
  local text = le_texts[bound]
  if not text then
    text = format_le(bound) .. '"}'
    le_texts[bound] = text
  end
  return text
end

local function write_histograms(name, group)
  local lines, n = {}, FIRST_LINE
  local percentile_lines, percentile_n = {}, {}
  for i = 1, #PERCENTILES do
    percentile_lines[i], percentile_n[i] = {}, FIRST_LINE
  end
  local count = read_group(group, function(labels, histogram)
    local braced = labels == '' and '' or '{' .. labels .. '}'
    local bucket = name .. '_bucket{' .. labels .. (labels == '' and 'le="' or ',le="')
    local bounds, counts = histogram.bounds, histogram.counts
    if bounds then
      local cumulative, shown = 0, '0'
      for i = 1, #bounds do
        if counts[i] > 0 then
          cumulative = cumulative + counts[i]
          -- Lua's own text has 14 digits, and is the quicker.
          shown = cumulative < 1e14 and cumulative .. '' or format_number(cumulative)
        end
        local series = bucket .. (le_texts[bounds[i]] or le_text(bounds[i]))
        if is_text then
          n = n + 1
          lines[n] = series .. ' ' .. shown
        else
          lines[n + 1] = series
          lines[n + 2] = shown
          n = n + 2
        end
      end
    end
    local observations = format_number(histogram.count)
    n = write(lines, n, bucket .. '+Inf"}', observations)
    n = write(lines, n, name .. '_sum' .. braced, format_number(histogram.sum))
    n = write(lines, n, name .. '_count' .. braced, observations)
    local percentiles = percentiles_of(histogram)
    for i = 1, #PERCENTILES do
      if percentiles and percentiles[i] then
        local series = name .. PERCENTILES[i].suffix .. braced
        percentile_n[i] = write(percentile_lines[i], percentile_n[i], series, format_number(percentiles[i]))
      end
    end
  end)
  if count > 0 then
    add_section(name, 'histogram', help_of(name), lines)
  end
  for i = 1, #PERCENTILES do
    if percentile_n[i] > FIRST_LINE then
      add_section(name .. PERCENTILES[i].suffix, 'gauge', format(PERCENTILES[i].help, name), percentile_lines[i])
    end
  end
  return count > 0
end
