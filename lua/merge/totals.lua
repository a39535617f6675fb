-- Totals of streams
-- needs: number_text, ttl, streams

-- A stream says what it counted since its start. Its last total is kept, so that of the next one only what is more is
-- added. `known` is the state of a stream: `start`, `time` and `value`, and `residual`, which was counted but lost by
-- rounding.

do
  local TTL_TEXT = format('%.0f', 2 * ttl)

  local function is_before(one, other)
    if #one ~= #other then return #one < #other end
    return one < other
  end

  -- A time in nanoseconds as milliseconds.
  local function milliseconds(nanoseconds)
    return tonumber(sub(nanoseconds, 1, -7)) or 0
  end

  local function read_state(key)
    local text = pcall_redis('GET', key)
    if type(text) ~= 'string' then return nil end
    local start, last, value, residual = match(text, '^(%d+) (%d+) (%S+) (%S+)$')
    if not start then return nil end
    return { start = start, time = last, value = tonumber(value), residual = tonumber(residual) }
  end

  local function state_text(state)
    return state.start .. ' ' .. state.time .. ' ' .. number_text(state.value) .. ' ' .. number_text(state.residual)
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
    if residual == 0 and value % 1 == 0 and before % 1 == 0 and math.abs(value) <= MAX_COUNT
      and math.abs(before) <= MAX_COUNT and math.abs(add.whole + growth) <= MAX_COUNT then
      add.whole = add.whole + growth
      return
    end
    local terms = add.terms or {}
    add.terms = terms
    terms[#terms + 1], terms[#terms + 2], terms[#terms + 3] = value, -before, residual
  end

  local function add_note(taken, word)
    taken.notes[word] = (taken.notes[word] or 0) + 1
  end

  -- How a total counts: all of it (nil), beyond what is known of the stream, or not at all (false).
  local function base_of(taken, point, known, is_new, family)
    local is_gauge = family.type == 'gauge'
    if not known then
      local is_unknown = point.start == '0' or point.start == point.time
      -- A stream that is older than states live may have been counted before.
      local is_old = milliseconds(point.time) - milliseconds(point.start) > 2 * ttl
      if is_gauge or not is_unknown and not (is_old and not is_new()) then return nil end
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
    if point.value >= known.value then return known end
    add_note(taken, 'reset')
    return nil
  end

  -- What totals of streams add to a series. `is_new` tells whether the series is not there yet.
  function streams.take(points, family, is_new)
    local taken = { add = { whole = 0, about = 0, residual = 0 }, notes = {}, states = {} }
    for i = 1, #points do
      local point = points[i]
      local known = taken.states[point.key] or read_state(point.key)
      local base = base_of(taken, point, known, is_new, family)
      if base ~= false then
        local state = { start = point.start, time = point.time }
        add_growth(taken, state, point.value, base and base.value or 0, known and known.residual or 0)
        if taken.grown and taken.grown == taken.states[point.key] then taken.grown = state end
        taken.states[point.key] = state
      end
    end
    return taken
  end

  -- Keeps the totals that were taken, when what they add is in the series.
  function streams.keep(taken)
    if taken.grown then taken.grown.residual = taken.add.residual end
    for key, state in pairs(taken.states) do pcall_redis('SET', key, state_text(state), 'PX', TTL_TEXT) end
  end
end
