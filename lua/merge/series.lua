-- Series
-- needs: is_finite, number_text, ttl, ttl_text, streams, now, refuse
-- gives: live_at, live, changed, live_length, changed_length, note_live, unreadable, refusal, write,
--        TIMESTAMP_LENGTH, is_renewed, write_renewed, write_bare, add_to_bare

local live_at = format('%.0f', now + ttl)
local live, changed = { 'ZADD', KEYS[4] }, {}
local live_length, changed_length = 2, 0

local function note_live(key, score)
  live[live_length + 1], live[live_length + 2] = score, key
  live_length = live_length + 2
end

local function unreadable(record)
  return refuse('unreadable_value', #record .. ' ' .. record)
end

-- Not every user may ask for the type.
local function refusal(failure, key)
  if failure.too_long then return unreadable(failure.too_long) end
  if not find(failure.err, '^WRONGTYPE') then return refuse('refused', failure.err) end
  local asked = pcall_redis('TYPE', key)
  return refuse('wrong_redis_type', asked.ok)
end

-- `lease` is a time to live of its own, in milliseconds.
local function write(key, record, lease)
  local done = pcall_redis('SET', key, record, 'PX', lease and format('%.0f', lease) or ttl_text)
  if done.err then return refusal(done, key) end
  note_live(key, lease and format('%.0f', now + lease) or live_at)
  return nil
end

-- A series written again and again is judged, and gets a new time to live, once in a sixtieth of that: when its record
-- was written in the same one as now, the number is added and the rest goes back as it came. `told` is the end of the
-- record that tells when, of this many characters as long as a time has 13 digits, until the year 2286.
local TIMESTAMP_LENGTH = 27
local TIMESTAMP = '^,"timestamp":([1-9]%d*)}$'
local renewal_ms = max(1, floor(ttl / RENEWALS_IN_A_LIFE))
local known_renewed = {}

local function is_renewed(record)
  local told = sub(record, -TIMESTAMP_LENGTH)
  local known = known_renewed[told]
  if known == nil then
    local at = match(told, TIMESTAMP)
    known = at ~= nil and floor(at / renewal_ms) == floor(now / renewal_ms)
    known_renewed[told] = known
  end
  return known
end

local function write_renewed(key, record)
  local done = pcall_redis('SET', key, record, 'KEEPTTL')
  return done.err and refusal(done, key) or nil
end

local function note_bare(key)
  local left = pcall_redis('PTTL', key)
  note_live(key, type(left) == 'number' and left >= 0 and format('%.0f', now + left) or '+inf')
end

-- A bare number stays one, with the time to live that its own writer gave it, so that INCR goes on working.
local function write_bare(key, value)
  local done = pcall_redis('SET', key, number_text(value), 'KEEPTTL')
  if done.err then return refusal(done, key) end
  note_bare(key)
  return nil
end

local function add_to_bare(key, record, value, add)
  -- Redis adds whole numbers in 64 bits, where a double would lose units beyond 2^53.
  local whole = type(add) == 'number' and add or not add.terms and add.whole
  if whole and whole == floor(whole) and math.abs(whole) <= MAX_COUNT
    and (record == '0' or find(record, '^%-?[1-9]%d*$')) then
    local done = pcall_redis('INCRBY', key, format('%.0f', whole))
    if type(done) == 'table' then
      return find(done.err, 'overflow') and refuse('overflow', record) or refusal(done, key)
    end
    note_bare(key)
    return nil
  end
  local sum = streams.plus(value, add)
  if not is_finite(sum) then return refuse('overflow', record) end
  return write_bare(key, sum)
end
