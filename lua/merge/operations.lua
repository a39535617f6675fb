-- The operations of the call
-- needs: is_finite, is_count, special_number, given, read_time, read_counts, read_common, decode_counts, sparse,
--        malformed, family_total, first_series_argument, streams, series_total, native, exemplars, read_argument,
--        families
-- gives: family_of, adds, operations, exemplars_of

-- What happens to each series, in their order: its family; in `adds` what is added to a counter, or to the sum of a
-- histogram; in `operations` what is added to the counts of a histogram, and the whole operation of all others.
-- `exemplars_of` has the exemplars of counters.
local family_of, adds, operations, exemplars_of = {}, {}, {}, {}

do
  local function is_flag(value)
    return value == nil or type(value) == 'boolean'
  end

  -- The observations of an operation: what is added to classic counts, and to native ones, or to either; nil for
  -- anything else.
  local function read_observations(operation, family)
    local added, counts, count, native_count = nil, nil, nil, nil
    if operation.counts ~= nil or operation.schema == nil then
      if not family.own_bounds then return nil end
      counts, count = read_counts(operation.counts, #family.own_bounds + 1)
      if not counts then return nil end
      added = sparse(counts)
    end
    if operation.schema ~= nil then
      if not family.own_native then return nil end
      local form
      form, native_count = native.read(operation)
      if not form or counts and count ~= native_count or native_count > MAX_COUNT then return nil end
      added = added or {}
      added.native = form
    end
    added.count = count or native_count
    return added
  end

  local function read_nanoseconds(value)
    return type(value) == 'string' and #value <= 20 and find(value, '^[1-9]%d*$') and value or nil
  end

  -- One total of a stream; nil for anything else.
  local function read_total(told, family)
    if type(told) ~= 'table' or not is_count(told.stream) then return nil end
    if told.stream < 1 or told.stream > streams.total then return nil end
    local start, value = given(told.start), told.value
    local point = { key = KEYS[streams.before + told.stream], time = read_nanoseconds(told.time), value = value }
    if start == nil then point.start = '0' else point.start = read_nanoseconds(start) end
    if not point.start or not point.time then return nil end
    if given(told.whole) ~= nil then
      if told.whole ~= true then return nil end
      point.whole = true
    end
    if family.type == 'histogram' then
      point.value, point.observed = special_number(told.sum), read_observations(told, family)
      return point.value ~= nil and point.observed and point or nil
    end
    if not is_finite(value) then return nil end
    return (family.type ~= 'counter' or value >= 0) and point or nil
  end

  -- The totals of streams in an operation, in the order in which they count; false for anything else.
  local function read_totals(operation, family)
    local list = operation.totals
    if type(list) ~= 'table' or #list == 0 or operation.add ~= nil then return false end
    if operation.counts ~= nil or operation.schema ~= nil then return false end
    local points = {}
    for i = 1, #list do
      points[i] = read_total(list[i], family)
      if not points[i] then return false end
    end
    operation.points = points
    return true
  end

  local is_operation = {
    counter = function(operation, family)
      operation.exemplars = operation.exemplar ~= nil and exemplars.read_recorded({ operation.exemplar }) or nil
      if operation.exemplar ~= nil and not operation.exemplars then return false end
      if operation.totals ~= nil then return read_totals(operation, family) end
      return is_finite(operation.add) and operation.add >= 0
    end,
    gauge = function(operation, family)
      if operation.mode ~= family.mode then return false end
      if operation.mode == 'sum' and operation.totals ~= nil then return read_totals(operation, family) end
      if operation.totals ~= nil then return false end
      if operation.mode == 'sum' then return is_finite(operation.add) end
      if operation.mode == 'process' and not (is_count(operation.lease) and operation.lease >= 1) then return false end
      return special_number(operation.set) ~= nil and read_time(operation.age) ~= nil
    end,
    histogram = function(operation, family)
      if operation.totals ~= nil then
        if operation.exemplars ~= nil then
          operation.exemplars = exemplars.read_recorded(operation.exemplars)
          if not operation.exemplars then return false end
          if #operation.exemplars == 0 then operation.exemplars = nil end
        end
        return read_totals(operation, family)
      end
      local added = read_observations(operation, family)
      operation.sum = special_number(operation.sum)
      if not added or operation.sum == nil then return false end
      if operation.exemplars ~= nil then
        added.exemplars = exemplars.read_recorded(operation.exemplars)
        if not added.exemplars then return false end
        if #added.exemplars == 0 then added.exemplars = nil end
      end
      operation.added = added
      return true
    end,
  }

  local families_by_text = {}
  for i = 1, family_total do families_by_text[format('%d', i)] = families[i] end

  -- Operations as our own writers write them, by far the most, are read by one pattern; any other is decoded. Many are
  -- alike, so what was read is looked up by its text: of a histogram up to the counts.
  local COUNTER_OPERATION = '^{"type":"counter","family":(%d+),"add":([1-9]%d*)}$'
  local HISTOGRAM_COUNTS = '^{"type":"histogram","family":(%d+),"counts":(%b[])$'
  local TYPE_AT, HISTOGRAM_INITIAL, CLOSING_BRACE = #'{"type":"' + 1, byte('h'), byte('}')
  local known_families, known_adds = {}, {}

  local function read_counter_operation(i, text)
    local index, add_text = match(text, COUNTER_OPERATION)
    local family = families_by_text[index]
    if not family or family.type ~= 'counter' or #add_text > 15 then return false end
    local add = tonumber(add_text)
    known_families[text], known_adds[text] = family, add
    family_of[i], adds[i] = family, add
    return true
  end

  local function read_histogram_operation(i, text)
    local last = find(text, '],"sum":', 1, true)
    if not last or byte(text, -1) ~= CLOSING_BRACE then return false end
    local sum, counts_of_family = read_common(sub(text, last + 8, -2)), sub(text, 1, last)
    if not is_finite(sum) then return false end
    local family = known_families[counts_of_family]
    if not family then
      local index, counts_as_text = match(counts_of_family, HISTOGRAM_COUNTS)
      family = families_by_text[index]
      if not family or not family.own_bounds then return false end
      local counts, count = decode_counts(counts_as_text, family.buckets)
      if not counts then return false end
      local added = sparse(counts)
      added.count = count
      known_families[counts_of_family], known_adds[counts_of_family] = family, added
      family.is_observed = true
    end
    family_of[i], adds[i], operations[i] = family, sum, known_adds[counts_of_family]
    return true
  end

  local function read_any_operation(i, index)
    local operation = read_argument(index)
    local family = families[operation.family]
    if not family then
      malformed('ARGV[' .. index .. ']: expected "family":1 to ' .. family_total)
    end
    if not is_flag(operation.remove) or not is_flag(operation.touch) then
      malformed('ARGV[' .. index .. ']: expected remove and touch to be true or false, got ' .. ARGV[index])
    end
    -- What else would be recorded is not lost without a word. Only a value of mode process may come with a touch: it is
    -- set where nothing is left to touch.
    local has_value = operation.add ~= nil or operation.counts ~= nil or operation.set ~= nil or operation.schema ~= nil
      or operation.totals ~= nil
    if has_value and (operation.remove or operation.touch and family.mode ~= 'process') then
      malformed('ARGV[' .. index .. ']: expected either a value or to remove or touch, got ' .. ARGV[index])
    end
    operation.points = nil
    local is_whole = operation.remove or operation.touch and not has_value
    if not is_whole and not (operation.type == family.type and is_operation[family.type](operation, family)) then
      malformed('ARGV[' .. index .. ']: expected an operation on a ' .. family.type .. ', got ' .. ARGV[index])
    end
    family_of[i] = family
    if is_whole or operation.points or family.type == 'gauge' then
      operations[i] = operation
      if operation.points and family.type == 'histogram' then family.is_observed = true end
    elseif family.type == 'counter' then
      adds[i], exemplars_of[i] = operation.add, operation.exemplars
    else
      adds[i], operations[i] = operation.sum, operation.added
      family.is_observed = true
    end
  end

  for i = 1, series_total do
    local index = first_series_argument + i - 1
    local text = ARGV[index]
    local family = known_families[text]
    if family then
      family_of[i], adds[i] = family, known_adds[text]
    else
      local is_histogram = byte(text, TYPE_AT) == HISTOGRAM_INITIAL
      local read_usual = is_histogram and read_histogram_operation or read_counter_operation
      if not read_usual(i, text) then read_any_operation(i, index) end
    end
  end
end
