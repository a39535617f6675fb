-- Native counts
-- needs: on_demand, is_finite, is_count, given, counts_text, native_index, native_bound
-- gives: native

-- The counts of a native histogram: `schema`, `threshold` and `zero`, and `positive` and `negative`, each with
-- `indexes`, which ascend, and `counts`. Lists are never changed, so copies share them. `copies` are earlier ones, part
-- of these: they are brought along.
local native = {}

on_demand(native, function()
  local NONE = { indexes = {}, counts = {} }
  local DEFAULT_THRESHOLD = 2 ^ -128
  local least_indexes = {}

  local function least_index(schema)
    local least = least_indexes[schema] or native_index(schema, 2 ^ -1074)
    least_indexes[schema] = least
    return least
  end

  function native.is_schema(value)
    return type(value) == 'number' and value >= -4 and value <= 8 and value % 1 == 0
  end

  function native.read_threshold(value)
    value = given(value)
    if value == nil then return DEFAULT_THRESHOLD end
    return is_finite(value) and value >= 0 and value + 0 or nil
  end

  local function is_nothing(list)
    return list == nil or type(list) == 'table' and next(list) == nil
  end

  local function read_side(value, schema)
    value = given(value)
    if is_nothing(value) then return NONE, 0 end
    if type(value) ~= 'table' or value[1] ~= nil then return nil end
    local indexes, counts = given(value.indexes), given(value.counts)
    if is_nothing(indexes) and is_nothing(counts) then return NONE, 0 end
    if type(indexes) ~= 'table' or type(counts) ~= 'table' or #indexes ~= #counts or #indexes == 0 then return nil end
    local previous, most, sum = least_index(schema) - 1, 2 ^ (10 + schema) + 1, 0
    for i = 1, #indexes do
      local index, count = indexes[i], counts[i]
      if type(index) ~= 'number' or index % 1 ~= 0 or index <= previous or index > most then return nil end
      if not is_count(count) or count == 0 then return nil end
      previous, sum = index, sum + count
    end
    return { indexes = indexes, counts = counts }, sum
  end

  -- Counts of buckets of a schema, and their sum; nil for anything else.
  function native.read_counts(fields, schema)
    local zero = given(fields.zeroCount)
    if zero == nil then zero = 0 end
    local positive, of_positive = read_side(fields.positive, schema)
    local negative, of_negative = read_side(fields.negative, schema)
    if not positive or not negative or not is_count(zero) then return nil end
    return { zero = zero, positive = positive, negative = negative }, zero + of_positive + of_negative
  end

  -- The native form of a record or operation, and how many observations it has; nil for anything else.
  function native.read(fields)
    local threshold = native.read_threshold(fields.zeroThreshold)
    if not native.is_schema(fields.schema) or not threshold then return nil end
    local counts, total = native.read_counts(fields, fields.schema)
    if not counts then return nil end
    counts.schema, counts.threshold, counts.copies = fields.schema, threshold, {}
    return counts, total
  end

  function native.new(schema, threshold)
    return { schema = schema, threshold = threshold, zero = 0, positive = NONE, negative = NONE, copies = {} }
  end

  local function is_side_within(earlier, later)
    local at = 1
    for i = 1, #earlier.indexes do
      local index = earlier.indexes[i]
      while later.indexes[at] and later.indexes[at] < index do at = at + 1 end
      if later.indexes[at] ~= index or earlier.counts[i] > later.counts[at] then return false end
    end
    return true
  end

  -- Whether no count of an earlier copy is above the present one.
  function native.is_within(earlier, later)
    return earlier.zero <= later.zero and is_side_within(earlier.positive, later.positive)
      and is_side_within(earlier.negative, later.negative)
  end

  local function side_text(name, side)
    if #side.indexes == 0 then return '' end
    return ',"' .. name .. '":{"indexes":[' .. concat(side.indexes, ',') .. '],"counts":' .. counts_text(side.counts) ..
      '}'
  end

  function native.counts_text(counts)
    return '"zeroCount":' .. format('%d', counts.zero) .. side_text('positive', counts.positive) ..
      side_text('negative', counts.negative)
  end

  local function each_part(counts, change)
    change(counts)
    for i = 1, #counts.copies do
      if counts.copies[i].zero then change(counts.copies[i]) end
    end
  end

  local function lowered(side, width)
    local indexes, counts, n = {}, {}, 0
    for i = 1, #side.indexes do
      local index = math.ceil(side.indexes[i] / width) + 0
      if n > 0 and indexes[n] == index then
        counts[n] = counts[n] + side.counts[i]
      else
        n = n + 1
        indexes[n], counts[n] = index, side.counts[i]
      end
    end
    return { indexes = indexes, counts = counts }
  end

  function native.lower(counts, schema)
    if counts.schema <= schema then return end
    local width = 2 ^ (counts.schema - schema)
    each_part(counts, function(part)
      part.positive, part.negative = lowered(part.positive, width), lowered(part.negative, width)
    end)
    counts.schema = schema
  end

  local function has_index(side, index)
    for i = 1, #side.indexes do
      if side.indexes[i] == index then return true end
    end
    return false
  end

  -- The side without the buckets up to `last`, and how many observations those had.
  local function cut(side, last)
    local indexes, counts, taken = {}, {}, 0
    for i = 1, #side.indexes do
      if side.indexes[i] <= last then
        taken = taken + side.counts[i]
      else
        indexes[#indexes + 1], counts[#counts + 1] = side.indexes[i], side.counts[i]
      end
    end
    return { indexes = indexes, counts = counts }, taken
  end

  -- As Prometheus does it: a threshold that cuts a bucket with observations is raised to the end of that.
  local function raise_threshold(counts, threshold)
    local last = native_index(counts.schema, threshold)
    local bound = native_bound(counts.schema, last)
    local is_cut = bound > threshold and (has_index(counts.positive, last) or has_index(counts.negative, last))
    if is_cut then threshold = bound end
    if bound > threshold then last = last - 1 end
    each_part(counts, function(part)
      local of_positive, of_negative
      part.positive, of_positive = cut(part.positive, last)
      part.negative, of_negative = cut(part.negative, last)
      part.zero = part.zero + of_positive + of_negative
    end)
    counts.threshold = threshold
  end

  local function added_up(a, b)
    if #b.indexes == 0 then return a end
    if #a.indexes == 0 then return b end
    local indexes, counts, n, i, j = {}, {}, 0, 1, 1
    while a.indexes[i] or b.indexes[j] do
      local of_a, of_b = a.indexes[i] or huge, b.indexes[j] or huge
      n = n + 1
      if of_a == of_b then
        indexes[n], counts[n] = of_a, a.counts[i] + b.counts[j]
      elseif of_a < of_b then
        indexes[n], counts[n] = of_a, a.counts[i]
      else
        indexes[n], counts[n] = of_b, b.counts[j]
      end
      if of_a <= of_b then i = i + 1 end
      if of_b <= of_a then j = j + 1 end
    end
    return { indexes = indexes, counts = counts }
  end
  native.added_up = added_up

  local function copy_of(counts)
    return {
      schema = counts.schema, threshold = counts.threshold, zero = counts.zero, positive = counts.positive,
      negative = counts.negative, copies = {},
    }
  end

  -- Gives both the lower schema of the two, and the larger threshold.
  local function align(one, other)
    while one.threshold ~= other.threshold do
      if one.threshold < other.threshold then raise_threshold(one, other.threshold)
      else raise_threshold(other, one.threshold) end
    end
    local schema = min(one.schema, other.schema)
    native.lower(one, schema)
    native.lower(other, schema)
  end

  local function side_beyond(later, earlier)
    local indexes, counts, at = {}, {}, 1
    for i = 1, #later.indexes do
      local index, count = later.indexes[i], later.counts[i]
      if earlier.indexes[at] == index then
        count, at = count - earlier.counts[at], at + 1
      end
      if count > 0 then indexes[#indexes + 1], counts[#counts + 1] = index, count end
    end
    return { indexes = indexes, counts = counts }
  end

  -- What `later` has more than `earlier`; nil where it has less.
  function native.beyond(later, earlier)
    later, earlier = copy_of(later), copy_of(earlier)
    align(later, earlier)
    if not native.is_within(earlier, later) then return nil end
    later.zero = later.zero - earlier.zero
    later.positive = side_beyond(later.positive, earlier.positive)
    later.negative = side_beyond(later.negative, earlier.negative)
    return later
  end

  -- Adds `added`: at the lower schema of the two, with the larger threshold.
  function native.add(counts, added)
    added = copy_of(added)
    align(added, counts)
    counts.zero = counts.zero + added.zero
    counts.positive = added_up(counts.positive, added.positive)
    counts.negative = added_up(counts.negative, added.negative)
  end

  -- Lowers the schema until there are at most so many buckets; not below -4.
  function native.limit(counts, most)
    while #counts.positive.indexes + #counts.negative.indexes > most and counts.schema > -4 do
      native.lower(counts, counts.schema - 1)
    end
  end

  local function side_of(counted)
    local indexes, counts = {}, {}
    for index in pairs(counted) do indexes[#indexes + 1] = index end
    table.sort(indexes)
    for i = 1, #indexes do counts[i] = counted[indexes[i]] end
    return { indexes = indexes, counts = counts }
  end

  -- Counts by classic buckets, `by[i]` of the bucket `at[i]`, each observation taken for the upper bound of its bucket.
  function native.from_classic(added, bounds, schema, threshold)
    local zero, positive, negative = 0, {}, {}
    for i = 1, #added.at do
      local bound, count = bounds[added.at[i]] or huge, added.by[i]
      if math.abs(bound) <= threshold then
        zero = zero + count
      else
        local side, index = bound > 0 and positive or negative, native_index(schema, math.abs(bound))
        side[index] = (side[index] or 0) + count
      end
    end
    return {
      schema = schema, threshold = threshold, zero = zero, positive = side_of(positive), negative = side_of(negative),
      copies = {},
    }
  end

  local function place_of(bounds, value)
    local low, high = 1, #bounds + 1
    while low < high do
      local middle = floor((low + high) / 2)
      if value <= bounds[middle] then high = middle else low = middle + 1 end
    end
    return low
  end
  native.place_of = place_of

  -- Native counts added to those of classic buckets, each observation taken for the upper bound of its bucket.
  function native.add_to_classic(counts, added, bounds)
    local function count_at(value, count)
      local place = place_of(bounds, value)
      counts[place] = counts[place] + count
    end
    count_at(added.threshold, added.zero)
    local positive, negative = added.positive, added.negative
    for i = 1, #positive.indexes do
      count_at(native_bound(added.schema, positive.indexes[i]), positive.counts[i])
    end
    for i = 1, #negative.indexes do
      count_at(-native_bound(added.schema, negative.indexes[i] - 1), negative.counts[i])
    end
  end
end)
