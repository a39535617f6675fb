-- Native histograms
-- needs: is_finite, is_count, given, read_time, read_counts, native_bound
-- gives: native

-- Native buckets are { schema, zero_threshold, zero_count, positive, negative }, each side { indexes, counts }. The
-- functions are in one table, as a script has at most 200 local variables.
local native = {}

do
  local DEFAULT_ZERO_THRESHOLD = math.ldexp(1, -128)

  -- cjson reads [] and {} alike.
  local function is_none(list)
    list = given(list)
    return list == nil or type(list) == 'table' and next(list) == nil
  end

  local function are_indexes(value, schema)
    if type(value) ~= 'table' then
      return false
    end
    local previous, most = math.ceil(-1074 * 2 ^ schema) - 1, 2 ^ (10 + schema) + 1
    for i = 1, #value do
      local index = value[i]
      if type(index) ~= 'number' or index % 1 ~= 0 or index <= previous or index > most then
        return false
      end
      previous = index
    end
    return true
  end

  -- One side of the buckets and its sum, none of its counts above those of `limits`; nil where it is none.
  local function parse_side(value, schema, limits)
    if is_none(value) then
      return { indexes = {}, counts = {} }, 0
    elseif type(value) ~= 'table' or #value > 0 then
      return nil
    end
    local indexes, counts = value.indexes, value.counts
    if is_none(indexes) and is_none(counts) then
      return { indexes = {}, counts = {} }, 0
    elseif not are_indexes(indexes, schema) or #indexes == 0 or type(counts) ~= 'table' or #counts ~= #indexes then
      return nil
    end
    local sum, at = 0, 1
    for i = 1, #counts do
      if not is_count(counts[i]) or counts[i] == 0 then
        return nil
      end
      if limits then
        while (limits.indexes[at] or huge) < indexes[i] do
          at = at + 1
        end
        if limits.indexes[at] ~= indexes[i] or counts[i] > limits.counts[at] then
          return nil
        end
      end
      sum = sum + counts[i]
    end
    return { indexes = indexes, counts = counts }, sum
  end

  local function parse_counts(fields, schema, limits)
    local zero_count = given(fields.zeroCount) or 0
    if not is_count(zero_count) or limits and zero_count > limits.zero_count then
      return nil
    end
    local negative, negative_sum = parse_side(fields.negative, schema, limits and limits.negative)
    local positive, positive_sum = parse_side(fields.positive, schema, limits and limits.positive)
    if not negative or not positive then
      return nil
    end
    local counts = { zero_count = zero_count + 0, positive = positive, negative = negative }
    return counts, zero_count + negative_sum + positive_sum
  end

  -- The native buckets of a record and how many observations they hold; nil where its fields do not fit together.
  function native.parse(fields)
    local schema, threshold = fields.schema, given(fields.zeroThreshold) or DEFAULT_ZERO_THRESHOLD
    if type(schema) ~= 'number' or schema % 1 ~= 0 or schema < -4 or schema > 8 then
      return nil
    elseif not is_finite(threshold) or threshold < 0 then
      return nil
    end
    local buckets, sum = parse_counts(fields, schema)
    if not buckets then
      return nil
    end
    buckets.schema, buckets.zero_threshold = schema, threshold + 0
    return buckets, sum
  end

  -- The window of native buckets, its copies read; nil where there is none, false where it is no window. `counts` are
  -- those of classic buckets, if there are any, of which a copy may have none.
  function native.parse_window(window, buckets, counts)
    window = given(window)
    if window == nil then
      return nil
    elseif type(window) ~= 'table' or #window > 2 or #window == 0 and next(window) ~= nil then
      return false
    elseif #window == 0 then
      return nil
    end
    local copies, previous = {}, 0
    for i = 1, #window do
      local copy = window[i]
      local since = type(copy) == 'table' and read_time(copy.since)
      local earlier = since and since >= previous and parse_counts(copy, buckets.schema, buckets)
      if not earlier or counts and given(copy.counts) ~= nil and not read_counts(copy.counts, #counts, counts) then
        return false
      end
      earlier.since = since
      copies[i] = earlier
      previous = since
    end
    return copies
  end

  -- The sum of two sides of one schema, or what is left of the first with -1 for `sign`.
  local function combine(one, other, sign)
    local indexes, counts, n = {}, {}, 0
    local i, j = 1, 1
    while one.indexes[i] or other.indexes[j] do
      local a, b = one.indexes[i] or huge, other.indexes[j] or huge
      local count = 0
      if a <= b then
        count = one.counts[i]
        i = i + 1
      end
      if b <= a then
        count = count + sign * other.counts[j]
        j = j + 1
      end
      if count ~= 0 then
        n = n + 1
        indexes[n], counts[n] = min(a, b), count
      end
    end
    return { indexes = indexes, counts = counts }
  end

  -- The buckets without those of an earlier copy; all of them without one.
  function native.since(buckets, copy)
    if not copy then
      return buckets
    end
    return {
      schema = buckets.schema,
      zero_threshold = buckets.zero_threshold,
      zero_count = buckets.zero_count - copy.zero_count,
      positive = combine(buckets.positive, copy.positive, -1),
      negative = combine(buckets.negative, copy.negative, -1),
    }
  end

  local function lower_side(side, levels)
    local indexes, counts, n = {}, {}, 0
    for i = 1, #side.indexes do
      local index = math.ceil(side.indexes[i] / 2 ^ levels) + 0
      if indexes[n] == index then
        counts[n] = counts[n] + side.counts[i]
      else
        n = n + 1
        indexes[n], counts[n] = index, side.counts[i]
      end
    end
    return { indexes = indexes, counts = counts }
  end

  local function lower_schema(buckets, schema)
    local levels = buckets.schema - schema
    if levels <= 0 then
      return buckets
    end
    return {
      schema = schema,
      zero_threshold = buckets.zero_threshold,
      zero_count = buckets.zero_count,
      positive = lower_side(buckets.positive, levels),
      negative = lower_side(buckets.negative, levels),
    }
  end

  -- The threshold, or the outer bound of the bucket that it cuts.
  local function outer_bound(schema, side, threshold)
    for i = 1, #side.indexes do
      if native_bound(schema, side.indexes[i] - 1) >= threshold then
        break
      end
      local bound = native_bound(schema, side.indexes[i])
      if bound > threshold then
        return bound
      end
    end
    return threshold
  end

  -- How many are in the first buckets, below the threshold, and the other buckets.
  local function part(schema, side, threshold)
    local zeros, indexes, counts, n = 0, {}, {}, 0
    for i = 1, #side.indexes do
      if native_bound(schema, side.indexes[i] - 1) < threshold then
        zeros = zeros + side.counts[i]
      else
        n = n + 1
        indexes[n], counts[n] = side.indexes[i], side.counts[i]
      end
    end
    return zeros, { indexes = indexes, counts = counts }
  end

  -- The same observations with a wider zero bucket, which takes whole buckets, as in Prometheus.
  local function widen_zero(buckets, threshold)
    if threshold <= buckets.zero_threshold then
      return buckets
    end
    local schema, before = buckets.schema, buckets.zero_threshold
    while threshold ~= before do
      before = threshold
      threshold = outer_bound(schema, buckets.negative, threshold)
      threshold = outer_bound(schema, buckets.positive, threshold)
    end
    local zero_negative, negative = part(schema, buckets.negative, threshold)
    local zero_positive, positive = part(schema, buckets.positive, threshold)
    return {
      schema = schema,
      zero_threshold = threshold,
      zero_count = zero_negative + buckets.zero_count + zero_positive,
      positive = positive,
      negative = negative,
    }
  end

  -- All observations of two histograms: at the smaller schema, with a zero bucket that holds both. Zero buckets first:
  -- the finer the buckets, the fewer of them a threshold cuts.
  function native.add(one, other)
    while one.zero_threshold ~= other.zero_threshold do
      local threshold = math.max(one.zero_threshold, other.zero_threshold)
      one, other = widen_zero(one, threshold), widen_zero(other, threshold)
    end
    local schema = min(one.schema, other.schema)
    one, other = lower_schema(one, schema), lower_schema(other, schema)
    return {
      schema = schema,
      zero_threshold = one.zero_threshold,
      zero_count = one.zero_count + other.zero_count,
      positive = combine(one.positive, other.positive, 1),
      negative = combine(one.negative, other.negative, 1),
    }
  end

  function native.count(buckets)
    local sum = buckets.zero_count
    for _, side in ipairs({ buckets.negative, buckets.positive }) do
      for i = 1, #side.counts do
        sum = sum + side.counts[i]
      end
    end
    return sum
  end

  -- The same without observations.
  function native.empty(buckets)
    return {
      schema = buckets.schema,
      zero_threshold = buckets.zero_threshold,
      zero_count = 0,
      positive = { indexes = {}, counts = {} },
      negative = { indexes = {}, counts = {} },
    }
  end
end
