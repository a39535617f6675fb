-- Arguments
-- gives: is_text, is_escaping, settings, now_ms

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
  max_series = false,
  scan_limit = SCAN_LIMIT_KEYS,
  page = PAGE,
  pages = PAGES,
  new_ms = form == 'scrape' and NEW_SERIES_MS or 0,
}
local is_escaping = ESCAPING == 'underscores'
local IS_ESCAPING = { ['escaping=underscores'] = true, ['escaping=allow-utf-8'] = false }

local function read_setting(setting)
  if IS_ESCAPING[setting] ~= nil then
    is_escaping = IS_ESCAPING[setting]
    return true
  end
  local name, digits = match(setting, '^([a-z_]+)=([0-9]+)$')
  if not name or settings[name] == nil or #digits > 15 then
    return false
  end
  settings[name] = tonumber(digits)
  return true
end

for i = 2, #ARGV do
  if not read_setting(ARGV[i]) then
    local expected = 'now_ms=, max_series= or scan_limit= and a whole number, or new_ms=, page= or pages= and one, or '
      .. 'escaping=underscores'
    return argument_error('a setting', ARGV[i], expected)
  end
end

do
  -- Most pages, and how many series each has at most on the average, so that a call of counters and gauges takes less
  -- than five milliseconds even where each is of another metric.
  local MAX_PAGES, PAGE_SERIES = 2048, 250

  local function is_power_of_two(number)
    while number > 1 and number % 2 == 0 do
      number = number / 2
    end
    return number == 1
  end

  if not is_power_of_two(settings.pages) or settings.pages > MAX_PAGES then
    return argument_error('the number of pages', format('%.0f', settings.pages), 'a power of two up to ' .. MAX_PAGES)
  elseif settings.page < 1 or settings.page > settings.pages then
    return argument_error('the page', format('%.0f', settings.page), '1 to ' .. format('%.0f', settings.pages))
  elseif settings.pages > 1 and is_escaping then
    -- A page does not know the names that others show.
    return argument_error('the escaping', 'underscores', 'allow-utf-8 with several pages')
  end
  settings.max_series = settings.max_series or settings.pages > 1 and PAGE_SERIES * settings.pages or MAX_ANSWER_SERIES
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
