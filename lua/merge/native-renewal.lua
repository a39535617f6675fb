-- Native histograms written again and again
-- needs: special_text, read_common, counts_text, decode_counts, now, streams, tail, native, exemplars, write,
--        TIMESTAMP_LENGTH, is_renewed, write_renewed
-- gives: add_to_known_native

-- Adds to a native histogram as we write it ourselves, of the schema, threshold and forms that are added, without
-- reading the copies of its window: a quarter of the time of a full look. False where there is more to look at.
local add_to_known_native

do
  local HEAD = '^{"type":"histogram","count":([1-9]%d*),"sum":([^,]+),"schema":(-?%d),"zeroThreshold":([^,]+),' ..
    '"zeroCount":(%d+)()'
  local POSITIVE = '^,"positive":{"indexes":(%b[]),"counts":(%b[])}()'
  local NEGATIVE = '^,"negative":{"indexes":(%b[]),"counts":(%b[])}()'
  local END = '^,"created":[1-9]%d*,"timestamp":[1-9]%d*}$'
  local END_LENGTH = 51
  local NEWEST = '^{"since":([1-9]%d*),'

  -- One side of a record; with `is_known` as true a record that was written just now, whose lists are not judged again.
  local function read_side(record, pattern, at, is_known)
    local indexes_as_text, counts_as_text, after = match(record, pattern, at)
    if not indexes_as_text then return { indexes = {}, counts = {}, text = '' }, 0, at end
    if not find(indexes_as_text, '^%[[%d,-]+%]$') or not find(counts_as_text, '^%[[%d,]+%]$') then return nil end
    local is_list, indexes = pcall(decode, indexes_as_text)
    local are_counts, counts = pcall(decode, counts_as_text)
    if not is_list or not are_counts or #indexes == 0 or #indexes ~= #counts then return nil end
    local sum, previous = 0, -huge
    for i = 1, is_known and 0 or #indexes do
      local index, count = indexes[i], counts[i]
      if index <= previous or count < 1 or count > MAX_COUNT then return nil end
      sum, previous = sum + count, index
    end
    return { indexes = indexes, counts = counts, text = indexes_as_text }, sum, after
  end

  local function place_of(indexes, index)
    local low, high = 1, #indexes
    while low < high do
      local middle = floor((low + high) / 2)
      if indexes[middle] < index then low = middle + 1 else high = middle end
    end
    return indexes[low] == index and low or nil
  end

  -- The text of a side with what is added, and its number of buckets.
  local function side_text(name, side, added)
    local is_new = false
    for i = 1, #added.indexes do
      local at = place_of(side.indexes, added.indexes[i])
      if not at then
        is_new = true
        break
      end
    end
    if is_new then
      side = native.added_up(side, added)
      side.text = '[' .. concat(side.indexes, ',') .. ']'
    else
      local counts = side.counts
      for i = 1, #added.indexes do
        local at = place_of(side.indexes, added.indexes[i])
        counts[at] = counts[at] + added.counts[i]
      end
    end
    if #side.indexes == 0 then return '', 0 end
    local text = ',"' .. name .. '":{"indexes":' .. side.text .. ',"counts":' .. counts_text(side.counts) .. '}'
    return text, #side.indexes
  end

  -- The text of the classic buckets with what is added; nil where they are not those of the family.
  local function classic_text(record, at, added, family)
    if not find(record, '^,"bounds":', at) then return not family.layout and '' or nil, at end
    if not family.layout or not added.at or family.takes_native_only then return nil end
    local first, last = find(record, family.before_counts, at, true)
    local counts_as_text, after = match(record, '^(%b[])()', (last or 0) + 1)
    local counts, sum = nil, nil
    if first == at and counts_as_text then counts, sum = decode_counts(counts_as_text, family.buckets) end
    if not counts then return nil end
    for i = 1, #added.at do
      local place = family.places and family.places[added.at[i]] or added.at[i]
      counts[place] = counts[place] + added.by[i]
    end
    return family.before_counts .. counts_text(counts), after, sum
  end

  -- Where the window ends, and whether its newest copy is not a minute old yet.
  local function read_window(record, at)
    if sub(record, at, at + 10) ~= ',"window":[' then return nil end
    local last = find(record, '}],"', at, true)
    if not last then return nil end
    local _, comma = find(record, '},{"since":', at, true)
    local newest = comma and comma < last and comma - #'"since":' or at + 11
    local since = tonumber(match(record, NEWEST, newest))
    if not since or now < since or now - since >= WINDOW_ROTATION_MS then return nil end
    return last + 1
  end

  function add_to_known_native(key, record, added, sum, family)
    local form, is_known = added.native, is_renewed(record)
    if not form or not find(sub(record, -END_LENGTH), END) then return false end
    local count_text, sum_text, schema, threshold, zero_text, at = match(record, HEAD)
    if not count_text or tonumber(schema) ~= form.schema or tonumber(threshold) ~= form.threshold then return false end
    local stored_sum, count, zero = read_common(sum_text), tonumber(count_text), tonumber(zero_text)
    local positive, negative, of_positive, of_negative, of_classic, classic
    positive, of_positive, at = read_side(record, POSITIVE, at, is_known)
    if not positive then return false end
    negative, of_negative, at = read_side(record, NEGATIVE, at, is_known)
    if not negative or not stored_sum then return false end
    classic, at, of_classic = classic_text(record, at, added, family)
    local window_end = classic and read_window(record, at)
    if not window_end or count + added.count > MAX_COUNT then return false end
    if not is_known then
      -- What follows the window is judged by a full look, but for exemplars, which are.
      local rest = sub(record, window_end + 1, -END_LENGTH - 1)
      if rest ~= '' and sub(rest, 1, 14) ~= ',"exemplars":[' then return false end
      if zero + of_positive + of_negative ~= count or (of_classic or count) ~= count then return false end
    end
    local positive_text, positives = side_text('positive', positive, form.positive)
    local negative_text, negatives = side_text('negative', negative, form.negative)
    if positives + negatives > (family.own_native or family.native).most and form.schema > -4 then return false end
    local rest
    if added.exemplars then
      rest = exemplars.spliced(record, at, -TIMESTAMP_LENGTH - 1, added.exemplars, form)
      if not rest then return false end
    else
      rest = sub(record, at, -TIMESTAMP_LENGTH - 1)
    end
    local text = '{"type":"histogram","count":' .. format('%d', count + added.count) .. ',"sum":' ..
      special_text(streams.plus(stored_sum, sum)) .. ',"schema":' .. schema .. ',"zeroThreshold":' .. threshold ..
      ',"zeroCount":' .. format('%d', zero + form.zero) .. positive_text .. negative_text .. classic .. rest .. tail
    if #text > MAX_RECORD_BYTES then return false end
    return true, (is_known and write_renewed or write)(key, text)
  end
end
