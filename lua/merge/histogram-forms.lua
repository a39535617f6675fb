-- Histograms of two forms
-- needs: on_demand, number_text, special_text, special_number, is_count, given, read_time, read_bounds, read_counts, counts_text,
--        bounds_text, sparse, now, now_text, streams, tail, refuse, unreadable, write, read_foreign, native,
--        exemplars, zeros, read_retired, retired_text, converted, change_layout
-- gives: forms

-- A histogram with native buckets, or with classic ones that become or were native: `native` and `counts` by `layout`,
-- or one of them. `copies` are those of its window, with the counts of the same forms. While writers of both forms
-- write, a histogram has both; an observation known by one form is counted in the bucket of the other that holds its
-- upper bound.
local forms = {}

on_demand(forms, function()
  -- Native counts that were no longer shown, with the classic ones of that time; kept as long as bounds that retired.
  local function read_retired_native(value)
    value = given(value)
    if type(value) ~= 'table' then return nil end
    local retired, classic = native.read(value), read_retired(value)
    if not retired or not classic then return nil end
    retired.since, retired.bounds, retired.classic = classic.since, classic.bounds, classic.counts
    return retired
  end

  local function form_text(counts)
    return '"schema":' .. counts.schema .. ',"zeroThreshold":' .. number_text(counts.threshold) .. ',' ..
      native.counts_text(counts)
  end

  function forms.retired_native_text(retired)
    if not retired then return '' end
    return ',"retiredNative":{"since":' .. number_text(retired.since) .. ',' .. form_text(retired) .. ',"bounds":' ..
      bounds_text(retired.bounds) .. ',"counts":' .. counts_text(retired.classic) .. '}'
  end
  forms.read_retired_native = read_retired_native

  -- A copy of the window of `histogram`; nil for anything else.
  local function read_copy(value, histogram, previous)
    if type(value) ~= 'table' then return nil end
    local since, copy = read_time(value.since), {}
    if not since or since < previous then return nil end
    if histogram.native then
      copy = native.read_counts(value, histogram.native.schema)
      if not copy or not native.is_within(copy, histogram.native) then return nil end
    end
    if given(value.counts) ~= nil or not histogram.native then
      copy.counts = histogram.counts and read_counts(given(value.counts), #histogram.counts, histogram.counts)
      if not copy.counts then return nil end
    end
    copy.since = since
    return copy
  end

  local function read_copies(window, histogram)
    window = given(window)
    local copies = {}
    if window == nil then return copies end
    if type(window) ~= 'table' or #window > 2 or #window == 0 and next(window) ~= nil then return nil end
    for i = 1, #window do
      copies[i] = read_copy(window[i], histogram, i > 1 and copies[i - 1].since or 0)
      if not copies[i] then return nil end
    end
    return copies
  end

  -- A record of whatever form; nil when it is none.
  function forms.read(record)
    local fields = read_foreign(record, 'histogram')
    if not fields then return nil end
    local sum, created = special_number(fields.sum), read_time(fields.created)
    local histogram = { sum = sum, count = given(fields.count), created = created and number_text(created) }
    local count_of_native, count_of_classic
    if sum == nil or not is_count(histogram.count) then return nil end
    if given(fields.schema) ~= nil then
      histogram.native, count_of_native = native.read(fields)
      if count_of_native ~= histogram.count then return nil end
    end
    local bounds, counts = given(fields.bounds), given(fields.counts)
    if bounds ~= nil or counts ~= nil then
      histogram.layout = read_bounds(bounds)
      if not histogram.layout then return nil end
      histogram.counts, count_of_classic = read_counts(counts, #histogram.layout + 1)
      if count_of_classic ~= histogram.count then return nil end
      histogram.bounds = bounds_text(histogram.layout)
    end
    if not histogram.native and not histogram.counts then return nil end
    histogram.copies = read_copies(fields.window, histogram)
    if not histogram.copies then return nil end
    if histogram.native then histogram.native.copies = histogram.copies end
    histogram.retired = read_retired(fields.retired)
    histogram.retired_native = read_retired_native(fields.retiredNative)
    histogram.exemplars = exemplars.read_stored(fields.exemplars)
    return histogram
  end

  function forms.new(family)
    local histogram = { sum = 0, count = 0, copies = {}, created = now_text }
    if family.native then
      -- A writer's own resolution, where it has one: that of others would be finer or coarser for no reason.
      local own = family.own_native or family.native
      histogram.native = native.new(own.schema, own.threshold)
      histogram.native.copies = histogram.copies
    end
    if family.layout then
      histogram.layout, histogram.bounds, histogram.counts = family.layout, family.bounds, zeros(family.buckets)
    end
    return histogram
  end

  local function cumulative(counts)
    local sums, sum = {}, 0
    for i = 1, #counts do
      sum = sum + counts[i]
      sums[i] = sum
    end
    return sums
  end

  -- Gives classic buckets to a histogram without. What is known of counts up to a bound is the least that they can be:
  -- the more of what the native buckets say, and of what was shown before the bounds retired, from which none may fall.
  local function add_classic(histogram, family)
    local counts = zeros(family.buckets)
    native.add_to_classic(counts, histogram.native, family.layout)
    local retired = histogram.retired
    local sums = cumulative(counts)
    local before = retired and cumulative(converted(retired.counts, retired.bounds, family.layout))
    if before and before[#before] <= sums[#sums] then
      for i = 1, #sums do
        sums[i] = max(sums[i], before[i])
        counts[i] = sums[i] - (i > 1 and sums[i - 1] or 0)
      end
    end
    histogram.counts, histogram.layout, histogram.bounds, histogram.retired = counts, family.layout, family.bounds, nil
  end

  -- What was counted since native buckets retired, as far as it is known of the counts up to each bound; nil when less
  -- stands there now, by a hand.
  local function observed_since(retired, histogram)
    local sums = cumulative(histogram.counts)
    local before = cumulative(converted(retired.classic, retired.bounds, histogram.layout))
    local since, least = {}, huge
    for i = #sums, 1, -1 do
      least = min(least, sums[i] - before[i])
      since[i] = least
    end
    if least < 0 then return nil end
    for i = #since, 2, -1 do since[i] = since[i] - since[i - 1] end
    return since
  end

  -- Gives native buckets to a histogram without: those it had, if they were retired, and what was counted since.
  local function add_native(histogram, family)
    local retired, layout = histogram.retired_native, family.native
    local since = retired and observed_since(retired, histogram)
    local schema, threshold = layout.schema, layout.threshold
    if since then schema, threshold = retired.schema, retired.threshold end
    local form = native.from_classic(sparse(since or histogram.counts), histogram.layout, schema, threshold)
    if since then native.add(form, retired) end
    histogram.native, histogram.retired_native = form, nil
    -- The copies have other buckets: the window begins anew.
    histogram.copies = {}
    form.copies = histogram.copies
  end

  local function drop_classic(histogram)
    histogram.retired = { since = now, bounds = histogram.layout, counts = histogram.counts }
    histogram.counts, histogram.layout, histogram.bounds = nil, nil, nil
    for i = 1, #histogram.copies do histogram.copies[i].counts = nil end
  end

  local function drop_native(histogram)
    local retired = histogram.native
    retired.since, retired.bounds, retired.classic = now, histogram.layout, { unpack(histogram.counts) }
    local copies = {}
    for i = 1, #histogram.copies do
      local copy = histogram.copies[i]
      if copy.counts then copies[#copies + 1] = { since = copy.since, counts = copy.counts } end
    end
    histogram.retired_native, histogram.native, histogram.copies = retired, nil, copies
  end

  -- Gives a histogram the forms of its family.
  function forms.settle(histogram, family)
    if family.layout and histogram.counts and histogram.bounds ~= family.bounds then
      change_layout(histogram, family)
      if not histogram.native then histogram.copies = {} end
      for i = 1, #histogram.copies do histogram.copies[i].counts = nil end
    end
    if family.layout and not histogram.counts then add_classic(histogram, family) end
    if family.native and not histogram.native then add_native(histogram, family) end
    if not family.layout and histogram.counts then drop_classic(histogram) end
    if not family.native and histogram.native then drop_native(histogram) end
  end

  -- The first write a minute after the newest copy keeps another, of the counts before it.
  function forms.turn_window(histogram)
    local copies = histogram.copies
    local newest = copies[#copies]
    if newest and newest.since <= now and now - newest.since < WINDOW_ROTATION_MS then return end
    local copy, form = { since = now }, histogram.native
    if form then copy.zero, copy.positive, copy.negative = form.zero, form.positive, form.negative end
    if histogram.counts then copy.counts = { unpack(histogram.counts) } end
    -- A copy from a time to come is a wrong clock's: copies must be in order, so it goes.
    for i = #copies, 1, -1 do copies[i] = nil end
    if newest and newest.since <= now then copies[1] = newest end
    copies[#copies + 1] = copy
  end

  -- Adds what was observed to each form; what is known by the other form alone is counted at its upper bounds.
  function forms.add(histogram, added, family)
    local counts, form = histogram.counts, histogram.native
    local of_bounds = added.at and not family.takes_native_only
    if counts and of_bounds then
      for i = 1, #added.at do
        local at = family.places and family.places[added.at[i]] or added.at[i]
        counts[at] = counts[at] + added.by[i]
      end
    elseif counts then
      native.add_to_classic(counts, added.native, histogram.layout)
    end
    if not form then return end
    native.add(form, added.native or native.from_classic(added, family.own_bounds, form.schema, form.threshold))
    native.limit(form, (family.own_native or family.native).most)
  end

  local function copy_text(copy)
    local parts = { '{"since":' .. number_text(copy.since) }
    if copy.zero then parts[#parts + 1] = native.counts_text(copy) end
    if copy.counts then parts[#parts + 1] = '"counts":' .. counts_text(copy.counts) end
    return concat(parts, ',') .. '}'
  end

  local function record_text(histogram, recorded)
    local form, copies = histogram.native, {}
    for i = 1, #histogram.copies do copies[i] = copy_text(histogram.copies[i]) end
    local totals = '{"type":"histogram","count":' .. format('%d', histogram.count) .. ',"sum":' ..
      special_text(histogram.sum)
    return totals .. (form and ',' .. form_text(form) or '') ..
      (histogram.counts and ',"bounds":' .. histogram.bounds .. ',"counts":' .. counts_text(histogram.counts) or '') ..
      ',"window":[' .. concat(copies, ',') .. ']' .. retired_text(histogram.retired) ..
      forms.retired_native_text(histogram.retired_native) ..
      exemplars.text(histogram.exemplars, recorded, form, histogram.layout) ..
      (histogram.created and ',"created":' .. histogram.created or '') .. tail
  end

  -- As the record is written: never longer than one may be.
  function forms.text(histogram, recorded)
    local text = record_text(histogram, recorded)
    while #text > MAX_RECORD_BYTES and (histogram.retired or histogram.retired_native) do
      histogram.retired, histogram.retired_native = nil, nil
      text = record_text(histogram, recorded)
    end
    while #text > MAX_RECORD_BYTES and histogram.native and histogram.native.schema > -4 do
      native.lower(histogram.native, histogram.native.schema - 1)
      text = record_text(histogram, recorded)
    end
    return text
  end

  function forms.merge(key, record, added, family, sum)
    local histogram = record and forms.read(record)
    if record and not histogram then return unreadable(record) end
    if histogram then forms.settle(histogram, family) else histogram = forms.new(family) end
    if histogram.count + added.count > MAX_COUNT then return refuse('overflow', record or '') end
    forms.turn_window(histogram)
    forms.add(histogram, added, family)
    histogram.count, histogram.sum = histogram.count + added.count, streams.plus(histogram.sum, sum)
    return write(key, forms.text(histogram, added.exemplars))
  end
end)
