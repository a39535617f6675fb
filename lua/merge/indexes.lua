-- Indexes
-- needs: now, now_text, has_series, reply, write_mark, live, changed, live_length, changed_length, removed, refused

local trouble = ''

local function index(...)
  local done = pcall_redis(...)
  if type(done) == 'table' and done.err then trouble = done.err end
  return done
end

-- First: what was written anew is entered again.
if removed[1] then
  index('ZREM', KEYS[4], unpack(removed))
  index('ZREM', KEYS[3], unpack(removed))
end

if changed_length > 0 then
  local revision = index('INCR', KEYS[2])
  -- Removed while the data stand: it must not fall, nor be taken for that of data that went back.
  if revision == 1 and has_series() then
    revision = now
    index('SET', KEYS[2], now_text)
  end
  if type(revision) == 'number' then
    local scored = { 'ZADD', KEYS[3] }
    local revision_text = format('%.0f', revision)
    for i = 1, changed_length do scored[2 * i + 1], scored[2 * i + 2] = revision_text, changed[i] end
    index(unpack(scored))
  end
end
if live_length > 2 then index(unpack(live)) end

local expired = index('ZRANGEBYSCORE', KEYS[4], '-inf', now_text, 'LIMIT', 0, PRUNED_AT_ONCE)
if expired[1] then
  index('ZREM', KEYS[4], unpack(expired))
  index('ZREM', KEYS[3], unpack(expired))
end

local refusals = concat(refused, ' ')
if refusals ~= '' then
  pcall_redis('SET', KEYS[5], ARGV[5] .. ' ' .. refusals, 'KEEPTTL')
  write_mark(' ' .. refusals)
end
return reply('applied', trouble, refusals)
