-- Records of histograms
-- needs: number_text, special_number, given, read_time, read_bounds, read_counts, is_window, read_common,
--        counts_text, bounds_text, decode_counts, now, now_text, exemplars, read_foreign, window_copy, take_window,
--        read_retired
-- gives: read_histogram, turn_window

local read_histogram, turn_window

do
  -- Lists are passed over by their brackets, which takes a third of the time of judging each character; decode_counts
  -- judges them. Each part is matched where the one before it ends: a pattern that looked for the newest copy would
  -- take a time that grows with the square of a hostile record.
  local HISTOGRAM = '^{"type":"histogram","count":([1-9]%d*),"sum":([^,]+)' ..
    ',"bounds":(%b[]),"counts":(%b[]),"window":%[()'
  local WINDOW_COPY = '^{"since":([1-9]%d*),"counts":(%b[])}()(,?)()'
  local CLOSING_BRACKET = byte(']')
  local HISTOGRAM_END = '^,"created":([1-9]%d*),"timestamp":[1-9]%d*}$'

  -- The second result is true for one with native buckets.
  local function read_foreign_histogram(record)
    local fields = read_foreign(record, 'histogram')
    if not fields then return nil end
    if given(fields.schema) ~= nil then return nil, true end
    local bounds, sum = read_bounds(fields.bounds), special_number(fields.sum)
    if not bounds or sum == nil then return nil end
    local counts, count = read_counts(fields.counts, #bounds + 1)
    if not counts or count ~= fields.count then return nil end
    local created = read_time(fields.created)
    local histogram = {
      bounds = bounds_text(bounds), counts = counts, count = count, sum = sum, older = '',
      created = created and number_text(created),
    }
    histogram.layout, histogram.retired = bounds, read_retired(fields.retired)
    histogram.exemplars, histogram.retired_native = exemplars.read_stored(fields.exemplars), given(fields.retiredNative)
    if not is_window(fields.window, counts) then return nil end
    take_window(histogram, given(fields.window) or {})
    return histogram
  end

  -- The newest copy of the window that begins at `first`: where it begins and ends, and what it says; nil when there is
  -- none, or something else stands there.
  local function newest_copy(record, first)
    local at, since, counts, after, comma, next_at = first, match(record, WINDOW_COPY, first)
    while comma == ',' do
      at = next_at
      since, counts, after, comma, next_at = match(record, WINDOW_COPY, at)
    end
    return after and at, after, since, counts
  end

  -- The layout is the family's in all but the rarest cases, so the bounds are compared as text and never read. The
  -- newest copy of the window is judged when it becomes the older one; until then it is carried along.
  function read_histogram(record, family)
    local count_text, sum_text, bounds, counts_as_text, window_at = match(record, HISTOGRAM)
    if bounds ~= family.bounds then return read_foreign_histogram(record) end
    local newest_at, after, since, newest_counts = newest_copy(record, window_at)
    local stored, created
    if newest_at and byte(record, after) == CLOSING_BRACKET then
      local kept, end_at = exemplars.read_at(record, after + 1)
      stored, created = kept, match(record, HISTOGRAM_END, end_at)
    end
    if not created then return read_foreign_histogram(record) end
    local sum = read_common(sum_text)
    local counts, count = decode_counts(counts_as_text, family.buckets)
    if sum == nil or not counts or count ~= tonumber(count_text) then return nil end
    return {
      bounds = bounds, counts = counts, count = count, sum = sum, since = tonumber(since), created = created,
      older = sub(record, window_at, newest_at - 1), newest = sub(record, newest_at, after - 1),
      newest_counts = newest_counts, exemplars = stored,
    }
  end

  -- The first write a minute after the newest copy keeps another, of the counts before it. Returns false when the
  -- newest turns out to be none.
  function turn_window(histogram)
    local since = histogram.since
    if since and since <= now and now - since < WINDOW_ROTATION_MS then return true end
    if histogram.newest_counts then
      local n = #histogram.counts
      if not read_counts(decode_counts(histogram.newest_counts, n), n, histogram.counts) then return false end
    end
    -- A copy from a time to come is a wrong clock's: copies must be in order, so it goes.
    histogram.older = since and since <= now and histogram.newest .. ',' or ''
    histogram.newest = window_copy(now_text, counts_text(histogram.counts))
    return true
  end
end
