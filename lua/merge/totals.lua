-- Totals of streams
-- needs: on_demand, is_finite, number_text, special_text, read_common, bounds_text, counts_text, decode_counts,
--        sparse, ttl, native, streams

-- A stream says what it counted since its start. Its last total is kept, so that of the next one only what is more is
-- added. `known` is the state of a stream: `start`, `time` and `value`, and `residual`, which was counted but lost by
-- rounding; of a histogram `value` is the sum, and `observed` has the counts.

on_demand(streams, function()
  local TTL_TEXT = format('%.0f', 2 * ttl)

  local function is_before(one, other)
    if #one ~= #other then return #one < #other end
    return one < other
  end

  -- A time in nanoseconds as milliseconds.
  local function milliseconds(nanoseconds)
    return tonumber(sub(nanoseconds, 1, -7)) or 0
  end

  local function dense(added, n)
    local counts = {}
    for i = 1, n do counts[i] = 0 end
    for i = 1, #added.at do counts[added.at[i]] = added.by[i] end
    return counts
  end

  -- The counts of a histogram as a state has them: by its writer's bounds, native ones, or both.
  local function observed_text(observed, family)
    local text, form = '', observed.native
    if observed.at then
      local bounds = family.own_bounds
      text = ' bounds=' .. bounds_text(bounds) .. ' counts=' .. counts_text(dense(observed, #bounds + 1))
    end
    if not form then return text end
    return text .. ' native={"schema":' .. form.schema .. ',"zeroThreshold":' .. number_text(form.threshold) .. ',' ..
      native.counts_text(form) .. '}'
  end

  local function read_state(key)
    local text = pcall_redis('GET', key)
    if type(text) ~= 'string' then return nil end
    local start, last, value, residual, rest = match(text, '^(%d+) (%d+) (%S+) (%S+)(.*)$')
    if not start then return nil end
    return { start = start, time = last, value = read_common(value), residual = tonumber(residual), rest = rest }
  end

  local function state_text(state, family)
    return state.start .. ' ' .. state.time .. ' ' .. special_text(state.value) .. ' ' .. number_text(state.residual) ..
      (state.observed and observed_text(state.observed, family) or '')
  end

  local function classic_beyond(observed, counts)
    local later = dense(observed, #counts)
    for i = 1, #counts do
      later[i] = later[i] - counts[i]
      if later[i] < 0 then return nil end
    end
    return later
  end

  -- What a histogram has observed since a state of its stream: nil where it has less, false where the buckets of both
  -- cannot be compared.
  local function observed_beyond(observed, known, family)
    local more, before = { count = observed.count }, known.observed
    if observed.at then
      local counts
      if before then
        counts = before.at and dense(before, #family.own_bounds + 1)
      else
        local bounds, as_text = match(known.rest, ' bounds=(%S+) counts=(%S+)')
        counts = bounds == bounds_text(family.own_bounds) and decode_counts(as_text, #family.own_bounds + 1)
      end
      if not counts then return false end
      local later = classic_beyond(observed, counts)
      if not later then return nil end
      local added = sparse(later)
      more.at, more.by, more.count = added.at, added.by, 0
      for i = 1, #added.by do more.count = more.count + added.by[i] end
    end
    if not observed.native then return more end
    local form = before and before.native
    if not form then
      local is_read, fields = pcall(decode, match(known.rest, ' native=(%S+)') or '')
      form = is_read and type(fields) == 'table' and native.read(fields)
    end
    if not form then return false end
    more.native = native.beyond(observed.native, form)
    if not more.native then return nil end
    local _, count = native.read_counts({
      zeroCount = more.native.zero, positive = more.native.positive, negative = more.native.negative,
    }, more.native.schema)
    more.count = count
    return more
  end

  -- Adds observations to those of other totals.
  local function add_observed(taken, observed, family)
    local sum = taken.observed or { count = 0 }
    taken.observed = sum
    sum.count = sum.count + observed.count
    if observed.at then
      local n = #family.own_bounds + 1
      local counts = sum.at and dense(sum, n) or dense({ at = {} }, n)
      for i = 1, #observed.at do counts[observed.at[i]] = counts[observed.at[i]] + observed.by[i] end
      local both = sparse(counts)
      sum.at, sum.by = both.at, both.by
    end
    if not observed.native then return end
    if not sum.native then sum.native = native.new(observed.native.schema, observed.native.threshold) end
    native.add(sum.native, observed.native)
  end

  -- Adds what a value has grown by, exactly. A value that is the same as before adds nothing, not even what was lost.
  local function add_growth(taken, state, value, before, residual)
    state.value, state.residual = value, 0
    if value == before then
      state.residual = residual
      return
    end
    local add, growth = taken.add, value - before
    add.about, taken.grown = add.about + growth, state
    if not is_finite(growth) then
      add.is_special = true
      return
    end
    if residual == 0 and value % 1 == 0 and before % 1 == 0 and math.abs(value) <= MAX_COUNT
      and math.abs(before) <= MAX_COUNT and math.abs(add.whole + growth) <= MAX_COUNT then
      add.whole = add.whole + growth
      return
    end
    local terms = add.terms or {}
    add.terms = terms
    terms[#terms + 1], terms[#terms + 2], terms[#terms + 3] = value, -before, residual
  end

  local function nothing_of(family)
    local layout = family.own_native
    return {
      count = 0, at = family.own_bounds and {} or nil, by = {},
      native = layout and native.new(layout.schema, layout.threshold) or nil,
    }
  end

  local function add_note(taken, word)
    taken.notes[word] = (taken.notes[word] or 0) + 1
  end

  -- How a total counts: all of it (nil), beyond what is known of the stream, or not at all (false).
  local function base_of(taken, point, known, is_new, family)
    local is_gauge = family.type == 'gauge'
    if not known then
      local is_unknown = point.start == '0' or point.start == point.time
      -- A stream older than states live may have been counted before, unless its source was never silent so long.
      local is_old = milliseconds(point.time) - milliseconds(point.start) > 2 * ttl and not point.whole
      if is_unknown and is_gauge or not is_unknown and not (is_old and not is_new()) then return nil end
      add_note(taken, 'baseline')
      return point
    end
    if is_before(point.start, known.start) then
      add_note(taken, 'out_of_order')
      return false
    end
    local is_same = point.start == known.start
    if is_same and not is_before(known.time, point.time) then
      add_note(taken, 'repeated')
      return false
    end
    -- What a gauge shows is what its streams say now; where it is gone, none of it is there.
    if is_gauge then return not (is_new() and not taken.states[point.key]) and known or nil end
    if not is_same then return nil end
    if point.observed then
      local more = observed_beyond(point.observed, known, family)
      if more == false then
        add_note(taken, 'other_buckets')
        return point
      end
      if more then return known, more end
    elseif point.value >= known.value then
      return known
    end
    add_note(taken, 'reset')
    return nil
  end

  -- What totals of streams add to a series. `is_new` tells whether the series is not there yet.
  function streams.take(points, family, is_new)
    local taken = { add = { whole = 0, about = 0, residual = 0 }, notes = {}, states = {} }
    for i = 1, #points do
      local point = points[i]
      local known = taken.states[point.key] or read_state(point.key)
      local base, more = base_of(taken, point, known, is_new, family)
      if base ~= false then
        local state = { start = point.start, time = point.time, observed = point.observed }
        if point.observed and base ~= point then add_observed(taken, more or point.observed, family) end
        -- What was lost by rounding is lost with the gauge; a count that begins anew brings it along.
        local residual = known and (base or family.type ~= 'gauge') and known.residual or 0
        add_growth(taken, state, point.value, base and base.value or 0, residual)
        if taken.grown and taken.grown == taken.states[point.key] then taken.grown = state end
        taken.states[point.key] = state
      end
    end
    if family.type == 'histogram' and not taken.observed then add_observed(taken, nothing_of(family), family) end
    return taken
  end

  -- Keeps the totals that were taken, when what they add is in the series.
  function streams.keep(taken, family)
    if taken.grown then taken.grown.residual = taken.add.residual end
    for key, state in pairs(taken.states) do pcall_redis('SET', key, state_text(state, family), 'PX', TTL_TEXT) end
  end
end)
