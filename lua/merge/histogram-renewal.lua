-- Histograms written again and again
-- needs: special_text, read_common, now, streams, tail, exemplars, TIMESTAMP_LENGTH, is_renewed, write_renewed
-- gives: add_to_renewed_histogram

local add_to_renewed_histogram

do
  local HISTOGRAM_BEGIN = '{"type":"histogram","count":'
  -- Up to where the bounds follow.
  local COUNT_AND_SUM = '^([1-9]%d*),"sum":([^,]+)()'
  local SINCE = '^{"since":([1-9]%d*),$'
  local SINCE_LENGTH = 23
  local known_newest = {}

  -- Whether the window, whose copies begin at `at`, is not to be turned yet.
  local function is_window_open(record, at)
    -- Behind the window, exemplars may hold the same texts: it ends with the first of these.
    local last = find(record, '}],"', at, true)
    if not last then return false end
    local _, comma = find(record, '},{"since":', at, true)
    if comma and comma < last then at = comma - #'"since":' end
    local told = sub(record, at, at + SINCE_LENGTH - 1)
    local known = known_newest[told]
    if known == nil then
      local since = match(told, SINCE)
      known = since ~= nil and now >= tonumber(since) and now - since < WINDOW_ROTATION_MS
      known_newest[told] = known
    end
    return known
  end

  -- From the bracket or comma on: the count that so many others precede, and where it begins and ends.
  local count_patterns = {}

  local function count_after(n)
    local pattern = count_patterns[n]
    if not pattern then
      pattern = '^[%[,]' .. rep('%d+,', n) .. '()(%d+)()'
      count_patterns[n] = pattern
    end
    return pattern
  end

  -- The text of a record, joined at once: to make a table for each, or a text for each part, takes longer.
  local pieces = { HISTOGRAM_BEGIN, '', ',"sum":', '', '' }
  local FIXED_PIECES = #pieces

  -- Adds to a histogram of the family's layout; false where there is more to look at.
  function add_to_renewed_histogram(key, record, added, sum, family)
    if not is_renewed(record) then return false end
    local bounds_at, before_counts = find(record, family.before_counts, 1, true)
    if not bounds_at or sub(record, 1, #HISTOGRAM_BEGIN) ~= HISTOGRAM_BEGIN then return false end
    local count_text, sum_text, sum_end = match(record, COUNT_AND_SUM, #HISTOGRAM_BEGIN + 1)
    local stored_sum = sum_end == bounds_at and read_common(sum_text)
    if not stored_sum then return false end
    local count = count_text + added.count
    local _, before_window = find(record, '],"window":[', before_counts, true)
    if count > MAX_COUNT or not before_window or not is_window_open(record, before_window + 1) then return false end
    local from, passed, length = before_counts + 1, 0, FIXED_PIECES
    for i = 1, #added.at do
      local at, text, after = match(record, count_after(added.at[i] - passed - 1), from)
      if not at or #text > 15 then return false end
      pieces[length + 1], pieces[length + 2] = sub(record, from, at - 1), format('%d', text + added.by[i])
      from, passed, length = after, added.at[i], length + 2
    end
    local rest
    if added.exemplars then
      rest = exemplars.spliced(record, from, -TIMESTAMP_LENGTH - 1, added.exemplars, nil, family.layout)
      if not rest then return false end
    else
      rest = sub(record, from, -TIMESTAMP_LENGTH - 1)
    end
    pieces[2], pieces[4] = format('%d', count), special_text(streams.plus(stored_sum, sum))
    pieces[5], pieces[length + 1], pieces[length + 2] = family.before_counts, rest, tail
    return true, write_renewed(key, concat(pieces, '', 1, length + 2))
  end
end
