-- Records as the library writes them
-- needs: json_decode, parse_json, read_bounds, parse_record, recent_counts, sum_of
-- gives: CANONICAL, parse_shown

local CANONICAL, parse_shown

-- A script has 200 local variables at most: these end here.
do
  -- Counters and gauges as the library writes them: what stands before the value and after it.
  CANONICAL = { counter = '{"type":"counter","value":', gauge = '{"type":"gauge","mode":"last","value":' }
  -- The same with most values: a decimal that ends neither with 0 nor with a point, and where it ends.
  local USUAL_DECIMAL = '([1-9]%d*%.?%d*[1-9])(),'
  local USUAL = { counter = '^' .. CANONICAL.counter .. USUAL_DECIMAL, gauge = '^' .. CANONICAL.gauge .. USUAL_DECIMAL }
  local CANONICAL_END = {
    counter = '^,"created":([1-9]%d*),"timestamp":([1-9]%d*)}$',
    gauge = '^,"timestamp":([1-9]%d*)}$',
    histogram = '^,"created":([1-9]%d*),"timestamp":([1-9]%d*)}$',
  }
  local CANONICAL_BYTES = 200
  local ZERO, POINT = byte('0.', 1, 2)

  -- Whether digits and points are a number as format_number writes it: without an exponent, and no digit too many.
  local function is_short_decimal(text)
    -- Most are told by one pattern; it is tried on fifteen characters at most.
    if find(text, '^[1-9]%d*%.?%d*[1-9]$') then
      return true
    end
    local point = find(text, '.', 1, true)
    if not point then
      return byte(text) ~= ZERO or #text == 1
    end
    local last = byte(text, -1)
    return last ~= ZERO and last ~= POINT and not find(text, '.', point + 1, true)
      and (byte(text) ~= ZERO and point > 1 or point == 2 and byte(text, 3) ~= ZERO)
  end

  -- By type and by the end of a record: its times, { timestamp, created }, or false. Series that were written together
  -- have the same end.
  local known_ends = { counter = {}, gauge = {}, histogram = {} }

  local function read_end(type_, text)
    -- Of a gauge there is one time, of the others two.
    local created, timestamp = match(text, CANONICAL_END[type_])
    if created and not timestamp then
      timestamp, created = created, nil
    end
    local times = timestamp and #timestamp <= 15 and { tonumber(timestamp), created and tonumber(created) } or false
    known_ends[type_][text] = times
    return times
  end

  -- The end that was read last, by type: its text and times.
  local last_ends = { counter = { text = '' }, gauge = { text = '' }, histogram = { text = '' } }

  -- The times at the end of a record from a place on, or false.
  local function times_from(record, type_, at)
    local last = last_ends[type_]
    if #record - at + 1 == #last.text and find(record, last.text, at, true) then
      return last.times
    end
    local text = sub(record, at)
    local times = known_ends[type_][text]
    if times == nil then
      times = read_end(type_, text)
    end
    last.text, last.times = text, times
    return times
  end

  -- The value of a record as its text, and the times, where it is a decimal of at most fifteen digits, none too many;
  -- nil for any other.
  local function read_usual(record, type_)
    local value, finish = match(record, USUAL[type_])
    local times = value and times_from(record, type_, finish)
    if not times then
      local start = CANONICAL[type_]
      value, finish = match(record, '^([%d.]+)()', #start + 1)
      if value and sub(record, 1, #start) == start and #value <= 15 and is_short_decimal(value) then
        times = times_from(record, type_, finish)
      end
    end
    if times and #value <= 15 then
      return value, times
    end
    return nil
  end

  -- As parse_record, but several times as quick for most, and then the value is text: it stands in the record as
  -- format_number would write it.
  function parse_shown(record, type_)
    if #record <= CANONICAL_BYTES then
      local value, times = read_usual(record, type_)
      if value then
        return value, times[1], times[2]
      end
    end
    return parse_record[type_](record)
  end

  -- Histograms: lists are passed over by their brackets, what stands between is told by patterns. The bounds are judged
  -- once for all series that have them; lists of counts are told to be such by their characters.
  local HISTOGRAM = '^{"type":"histogram","count":([1-9]%d*),"sum":([^,]+)'
    .. ',"bounds":(%b[]),"counts":(%b[]),"window":%[()'
  local WINDOW_COPY = '^{"since":([1-9]%d*),"counts":(%b[])}([],])()'
  local EXEMPLARS = '^,"exemplars":(%b[])()'
  -- The longest text of a whole number that is exact.
  local EXACT_BYTES = 15

  -- By the text of a list: the bounds in it, or false.
  local known_bounds = {}

  local function bounds_in(text)
    local bounds = known_bounds[text]
    if bounds == nil then
      bounds = read_bounds(parse_json(text)) or false
      known_bounds[text] = bounds
    end
    return bounds
  end

  -- The `n` counts in a text that has digits and commas alone, so that each is a whole number; nil for any other text.
  -- Some JSON was parsed before.
  local function counts_in(text, n)
    local is_list, counts
    if find(text, '^%[[%d,]+%]$') then
      is_list, counts = pcall(json_decode, text)
    end
    return is_list and #counts == n and counts or nil
  end

  -- The copies in a window, and where it ends; nil for any doubt.
  local function read_window(record, at, counts)
    local window, previous, n = {}, 0, #counts
    for i = 1, 2 do
      local since, list, after, next_at = match(record, WINDOW_COPY, at)
      local time = since and #since <= EXACT_BYTES and tonumber(since)
      local copy = time and time >= previous and counts_in(list, n)
      if not copy then
        return nil
      end
      for j = 1, n do
        if copy[j] > counts[j] then
          return nil
        end
      end
      window[i] = { since = time, counts = copy }
      if after == ']' then
        return window, next_at
      end
      at, previous = next_at, time
    end
    return nil
  end

  -- The times at the end of a record, which may have exemplars before them; false where in doubt.
  local function times_at(record, at)
    local list, after = match(record, EXEMPLARS, at)
    if list and parse_json(list) then
      at = after
    end
    return times_from(record, 'histogram', at)
  end

  -- The number in a text and, where format_number would write it so, the text; nil for any doubt.
  local function read_sum(text)
    if #text <= 15 and find(text, '^[%d.]+$') and is_short_decimal(text) then
      return tonumber(text), text
    end
    return find(text, '^%-?[1-9]%d*%.%d+$') and #text <= 30 and tonumber(text) or nil
  end

  -- A histogram and its times, { timestamp, created }; nil for any record that is not beyond doubt.
  local function read_usual_histogram(record)
    if #record > MAX_RECORD_BYTES then
      return nil
    end
    local count_text, sum_text, bounds_text, counts_text, window_at = match(record, HISTOGRAM)
    local bounds = count_text and #count_text <= EXACT_BYTES and bounds_in(bounds_text)
    local sum, shown_sum = nil, nil
    if bounds then
      sum, shown_sum = read_sum(sum_text)
    end
    local counts = sum and counts_in(counts_text, #bounds + 1)
    local count = tonumber(count_text)
    if not counts or sum_of(counts) ~= count then
      return nil
    end
    local window, end_at = read_window(record, window_at, counts)
    local times = window and times_at(record, end_at)
    if not times then
      return nil
    end
    local recent = recent_counts(counts, window)
    return { count = count, sum = sum, shown_sum = shown_sum, bounds = bounds, counts = counts, recent = recent }, times
  end

  local parse_any_histogram = parse_record.histogram

  function parse_record.histogram(record)
    if type(record) == 'string' then
      local histogram, times = read_usual_histogram(record)
      if histogram then
        return histogram, times[1], times[2]
      end
    end
    return parse_any_histogram(record)
  end
end
