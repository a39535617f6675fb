-- Arguments
-- gives: is_text, settings, now_ms

local function argument_error(what, argument, expected)
  local shown = gsub(sub(argument, 1, 64), '[^ -~]', '?')
  return redis.error_reply('ERR redis-exporter.lua: ' .. what .. ' is "' .. shown .. '", expected ' .. expected)
end

local FORMS = { ['0'] = 'scrape', pairs = 'pairs', text = 'text' }
local form = FORMS[ARGV[1] or 'text']
if not form then
  return argument_error('the first argument', ARGV[1], '"0", "pairs", "text" or none')
end
local is_text = form == 'text'

local settings = {
  now_ms = false,
  max_series = MAX_ANSWER_SERIES,
  scan_limit = SCAN_LIMIT_KEYS,
  new_ms = form == 'scrape' and NEW_SERIES_MS or 0,
}
for i = 2, #ARGV do
  local name, digits = match(ARGV[i], '^([a-z_]+)=([0-9]+)$')
  if not name or settings[name] == nil or #digits > 15 then
    local expected = 'now_ms=, max_series= or scan_limit= and a whole number, or new_ms= and one'
    return argument_error('a setting', ARGV[i], expected)
  end
  settings[name] = tonumber(digits)
end

-- Redis's clock. A user who may not call TIME may well call INFO, which redis_exporter cannot do without.
local function redis_now_ms()
  local time = redis.pcall('TIME')
  if not time.err then
    return tonumber(time[1]) * 1000 + floor(tonumber(time[2]) / 1000)
  end
  local info = redis.pcall('INFO', 'server')
  local micros = type(info) == 'string' and match(info, 'server_time_usec:([0-9]+)')
  return micros and floor(tonumber(micros) / 1000)
end

local now_ms = settings.now_ms or redis_now_ms()
if not now_ms then
  return redis.error_reply('ERR redis-exporter.lua: this user is allowed neither TIME nor INFO: add +time')
end
