-- What applications recorded in Redis, as Prometheus series. It only reads (EVAL_RO runs it, too).
--
-- KEYS     none: it finds the series itself
-- ARGV[1]  nothing or "text": Prometheus text, one element of the reply a line, for people
--          "0" or "pairs": a flat list of series, value, series, value, for redis_exporter; a series is its PromQL
--          selector, user_events{event="joined"}
-- ARGV[2…] settings as name=value, for tests and tools:
--          now_ms      the time to take for now, in milliseconds since the epoch; default Redis's own
--          max_series  most series in one answer
--          scan_limit  most keys in the database up to which it is scanned
-- Returns  the answer as a list of strings; an error for arguments it does not know, never for what lies in Redis:
--          a key that cannot be read is left out and counted in redmeter_skipped_keys

-- Constants from packages/metric-format, written by `npm run generate`: do not edit them here.
-- <generated>
local PREFIX = 'metrics'
local METRIC_TYPES = { 'counter', 'gauge', 'histogram' }
local MAX_LABELS = 10
local MAX_LABEL_VALUE_BYTES = 1024
local MAX_RECORD_BYTES = 65536
local MAX_JSON_DEPTH = 32
local MAX_BOUNDS = 200
local MAX_COUNT = 9007199254740992
local SCAN_LIMIT_KEYS = 50000
local MAX_ANSWER_SERIES = 10000
local WINDOW_ROTATION_MS = 60000
local RESERVED_METRIC_NAMES =
  { 'up', 'ALERTS*', 'scrape_*', 'redis_up', 'redis_script_*', 'redis_exporter_*', 'redmeter_*' }
local OWN_NAME_PREFIXES = { 'redmeter_writer_', 'redmeter_experiment_' }
local RESERVED_LABEL_NAMES = { 'job', 'instance', 'le', 'quantile' }
local DERIVED_SUFFIXES = { '_bucket', '_sum', '_count', '_created', '_p50', '_p95', '_p99' }
local PERCENTILES = {
  { '_p50', 0.5, 'The 50th percentile' },
  { '_p95', 0.95, 'The 95th percentile' },
  { '_p99', 0.99, 'The 99th percentile' },
}
local SKIP_REASONS = {
  'malformed_key',
  'unknown_type',
  'invalid_name',
  'reserved_name',
  'malformed_label',
  'invalid_label_name',
  'reserved_label',
  'label_value_too_long',
  'invalid_utf8',
  'duplicate_label',
  'too_many_labels',
  'wrong_redis_type',
  'unreadable',
  'value_too_long',
  'invalid_json',
  'invalid_record',
  'type_mismatch',
  'missing_value',
  'invalid_value',
  'invalid_histogram',
  'type_conflict',
  'derived_name',
  'duplicate_series',
  'bounds_mismatch',
}
-- </generated>

local byte, char, find, format = string.byte, string.char, string.find, string.format
local gmatch, gsub, match, sub = string.gmatch, string.gsub, string.match, string.sub
local concat, sort = table.concat, table.sort
local floor, huge, min = math.floor, math.huge, math.min

-- Settings --------------------------------------------------------------------------------------------------------

local function printable(argument)
  return (gsub(sub(argument, 1, 64), '[%z\1-\31\127-\255]', '?'))
end

local FORMS = { ['0'] = 'pairs', pairs = 'pairs', text = 'text' }
local form = 'text'
if ARGV[1] then
  form = FORMS[ARGV[1]]
  if not form then
    return redis.error_reply(
      'ERR redis-exporter.lua: the first argument is "'
        .. printable(ARGV[1])
        .. '", expected "0", "pairs", "text" or none'
    )
  end
end

local settings = { max_series = MAX_ANSWER_SERIES, scan_limit = SCAN_LIMIT_KEYS, now_ms = false }
for i = 2, #ARGV do
  local name, value = match(ARGV[i], '^([a-z_]+)=([0-9]+)$')
  if not name or settings[name] == nil or #value > 15 then
    return redis.error_reply(
      'ERR redis-exporter.lua: a setting is "'
        .. printable(ARGV[i])
        .. '", expected now_ms=, max_series= or scan_limit= and a whole number'
    )
  end
  settings[name] = tonumber(value)
end

-- Redis's clock. A user who may not call TIME may call INFO: redis_exporter itself needs it.
local function redis_now_ms()
  local time = redis.pcall('TIME')
  if not time.err then
    return tonumber(time[1]) * 1000 + floor(tonumber(time[2]) / 1000)
  end
  local info = redis.pcall('INFO', 'server')
  local usec = type(info) == 'string' and match(info, 'server_time_usec:([0-9]+)')
  return usec and floor(tonumber(usec) / 1000)
end

local now_ms = settings.now_ms or redis_now_ms()
if not now_ms then
  return redis.error_reply('ERR redis-exporter.lua: this user may call neither TIME nor INFO; allow +time')
end

-- Order by bytes --------------------------------------------------------------------------------------------------

-- Lua compares strings by the locale Redis was started in: under most but C, 'a' comes before 'B'.
local function locale_orders_bytes()
  for code = 33, 126 do
    if char(code - 1) >= char(code) then
      return false
    end
  end
  return 'a_b' < 'aab' and 'B' < 'a'
end

local function bytes_before(a, b)
  local shorter = min(#a, #b)
  for i = 1, shorter, 4 do
    local a1, a2, a3, a4 = byte(a, i, i + 3)
    local b1, b2, b3, b4 = byte(b, i, i + 3)
    if a1 ~= b1 then
      return a1 < b1
    elseif a2 ~= b2 then
      return (a2 or -1) < (b2 or -1)
    elseif a3 ~= b3 then
      return (a3 or -1) < (b3 or -1)
    elseif a4 ~= b4 then
      return (a4 or -1) < (b4 or -1)
    end
  end
  return #a < #b
end

local before = nil
if not locale_orders_bytes() then
  before = bytes_before
end

local function sorted(list)
  if before then
    sort(list, before)
  else
    sort(list)
  end
  return list
end

local function is_before(a, b)
  if before then
    return before(a, b)
  end
  return a < b
end

-- Text ------------------------------------------------------------------------------------------------------------

-- The first of %.15g, %.16g, %.17g that reads back equal: tostring keeps 14 digits.
local function format_number(number)
  if number ~= number then
    return 'NaN'
  elseif number == huge then
    return '+Inf'
  elseif number == -huge then
    return '-Inf'
  end
  local text = format('%.15g', number)
  if tonumber(text) == number then
    return text
  end
  text = format('%.16g', number)
  if tonumber(text) == number then
    return text
  end
  return format('%.17g', number)
end

-- A bound as an OpenMetrics float, as Prometheus 3 normalises it: Go's shortest %g, 5.0 rather than 5.
local function format_le(bound)
  local text = format('%.14e', bound)
  if tonumber(text) ~= bound then
    text = format('%.15e', bound)
  end
  if tonumber(text) ~= bound then
    text = format('%.16e', bound)
  end
  local sign, first, rest, exponent = match(text, '^(-?)(%d)%.(%d-)0*e(.*)$')
  local power = tonumber(exponent)
  if power < -4 or power >= 6 then
    local fraction = rest == '' and '' or '.' .. rest
    return sign .. first .. fraction .. format('e%s%02d', power < 0 and '-' or '+', math.abs(power))
  end
  local digits = first .. rest
  if power < 0 then
    return sign .. '0.' .. string.rep('0', -power - 1) .. digits
  elseif #digits <= power + 1 then
    return sign .. digits .. string.rep('0', power + 1 - #digits) .. '.0'
  end
  return sign .. sub(digits, 1, power + 1) .. '.' .. sub(digits, power + 2)
end

-- Lead byte, then continuation bytes: neither overlong, nor a surrogate, nor past U+10FFFF (RFC 3629).
local UTF8_SEQUENCES = {
  '^[\194-\223][\128-\191]()',
  '^\224[\160-\191][\128-\191]()',
  '^[\225-\236\238\239][\128-\191][\128-\191]()',
  '^\237[\128-\159][\128-\191]()',
  '^\240[\144-\191][\128-\191][\128-\191]()',
  '^[\241-\243][\128-\191][\128-\191][\128-\191]()',
  '^\244[\128-\143][\128-\191][\128-\191]()',
}

local function is_utf8(text)
  local at = find(text, '[\128-\255]')
  while at do
    local after
    for i = 1, #UTF8_SEQUENCES do
      after = match(text, UTF8_SEQUENCES[i], at)
      if after then
        break
      end
    end
    if not after then
      return false
    end
    at = find(text, '[\128-\255]', after)
  end
  return true
end

local ESCAPED = { ['\\'] = '\\\\', ['"'] = '\\"', ['\n'] = '\\n' }
-- Keys ------------------------------------------------------------------------------------------------------------

local function set_of(list)
  local set = {}
  for i = 1, #list do
    set[list[i]] = true
  end
  return set
end

local IS_METRIC_TYPE = set_of(METRIC_TYPES)
local IS_RESERVED_LABEL = set_of(RESERVED_LABEL_NAMES)

local function is_reserved_name(name)
  for i = 1, #OWN_NAME_PREFIXES do
    if sub(name, 1, #OWN_NAME_PREFIXES[i]) == OWN_NAME_PREFIXES[i] then
      return false
    end
  end
  for i = 1, #RESERVED_METRIC_NAMES do
    local reserved = RESERVED_METRIC_NAMES[i]
    if sub(reserved, -1) == '*' then
      if sub(name, 1, #reserved - 1) == sub(reserved, 1, -2) then
        return true
      end
    elseif name == reserved then
      return true
    end
  end
  return false
end

-- What stands before a key's labels, `counter:user_events`: its type and name, or nil and why the key is none.
local function parse_head(head)
  if sub(head, 1, 1) == '{' then
    head = match(head, '^{[^{}:]+}:(.*)$')
    if not head then
      return nil, 'malformed_key'
    end
  end
  local type_, name = match(head, '^([^:]*):([^:]*)$')
  if not type_ then
    return nil, 'malformed_key'
  elseif not IS_METRIC_TYPE[type_] then
    return nil, 'unknown_type'
  elseif not find(name, '^[A-Za-z_][A-Za-z0-9_]*$') then
    return nil, 'invalid_name'
  elseif is_reserved_name(name) then
    return nil, 'reserved_name'
  end
  return type_, name
end

local function unhex(hex)
  return char(tonumber(hex, 16))
end

-- The labels of a key as the text form has them, sorted by name, and as the pairs have them when that is not the same:
-- there a value with \ " or a line feed stands between backticks, which PromQL allows and relabelling can take apart;
-- one that holds a backtick, too, stays escaped. Nil and the reason when they are no labels.
local function parse_labels(text)
  if text == '' then
    return ''
  end
  local names, values, count = {}, {}, 0
  local is_sorted, is_special = true, false
  for name, equals, value in gmatch(text .. ',', '([^=,]*)(=?)([^,]*),') do
    if equals == '' then
      return nil, 'malformed_label'
    elseif not find(name, '^[A-Za-z_][A-Za-z0-9_]*$') then
      return nil, 'invalid_label_name'
    elseif IS_RESERVED_LABEL[name] or sub(name, 1, 2) == '__' then
      return nil, 'reserved_label'
    end
    if find(value, '%', 1, true) then
      value = gsub(value, '%%([0-9a-fA-F][0-9a-fA-F])', unhex)
    end
    if value ~= '' then
      if #value > MAX_LABEL_VALUE_BYTES then
        return nil, 'label_value_too_long'
      elseif not is_utf8(value) then
        return nil, 'invalid_utf8'
      elseif values[name] then
        return nil, 'duplicate_label'
      elseif count == MAX_LABELS then
        return nil, 'too_many_labels'
      end
      is_special = is_special or find(value, '[\\"\n]')
      is_sorted = is_sorted and (count == 0 or is_before(names[count], name))
      count = count + 1
      names[count] = name
      values[name] = value
    end
  end
  if not is_sorted then
    sorted(names)
  end
  local shown, selector = {}, is_special and {}
  for i = 1, count do
    local name = names[i]
    local value = values[name]
    shown[i] = name .. '="' .. (is_special and gsub(value, '[\\"\n]', ESCAPED) or value) .. '"'
    if selector then
      local in_backticks = find(value, '[\\"\n]') and not find(value, '`', 1, true)
      selector[i] = in_backticks and name .. '=`' .. value .. '`' or shown[i]
    end
  end
  return concat(shown, ','), selector and concat(selector, ',')
end

-- JSON ------------------------------------------------------------------------------------------------------------

-- An instance of our own: other scripts may have changed the settings of the common one.
local json = cjson.new()
json.decode_invalid_numbers(false)
json.decode_max_depth(MAX_JSON_DEPTH)
local json_decode, null = json.decode, json.null

-- What cjson takes and RFC 8259 does not, in a text that cjson took: `1.` and `-.5`, control characters in strings, and
-- anything at all after a NUL.
local function is_strict_json(text)
  if not find(text, '[%z\1-\31]') and not find(text, '%.%D') and not find(text, '%-%.') and sub(text, -1) ~= '.' then
    return true
  end
  local strict = true
  local outside = gsub(gsub(text, '\\.', ''), '"([^"]*)"', function(inside)
    strict = strict and not find(inside, '[%z\1-\31]')
    return '""'
  end)
  return strict
    and not find(outside, '[%z\1-\8\11\12\14-\31]')
    and not find(outside, '%.%D')
    and not find(outside, '%-%.')
    and sub(outside, -1) ~= '.'
end

-- Whether `text` is JSON, and its value.
local function parse_json(text)
  local ok, value = pcall(json_decode, text)
  if ok and is_strict_json(text) then
    return true, value
  end
  return false
end

-- cjson gives the same for `{}` and `[]`.
local function is_json_object(value, text)
  return type(value) == 'table' and find(text, '^[ \t\r\n]*{') ~= nil
end

-- Records ---------------------------------------------------------------------------------------------------------

local SPECIAL_NUMBERS = { NaN = 0 / 0, ['+Inf'] = huge, ['-Inf'] = -huge }

local function is_missing(value)
  return value == nil or value == null
end

local function special_number(value)
  if type(value) == 'number' then
    if value == huge or value == -huge then
      return nil
    end
    return value
  end
  return SPECIAL_NUMBERS[value]
end

local function time_of(value)
  if type(value) == 'number' and value >= 0 and value < huge then
    return value
  end
  return nil
end

local function is_count(value)
  return type(value) == 'number' and value >= 0 and value <= MAX_COUNT and value == floor(value)
end

-- The fields of a record, or nil and why it is none.
local function parse_fields(type_, text)
  if #text > MAX_RECORD_BYTES then
    return nil, 'value_too_long'
  elseif not is_utf8(text) then
    return nil, 'invalid_utf8'
  end
  local ok, value = parse_json(text)
  if not ok then
    return nil, 'invalid_json'
  elseif type(value) == 'number' and type_ ~= 'histogram' then
    return { value = value }
  elseif not is_json_object(value, text) then
    return nil, 'invalid_record'
  elseif not is_missing(value.type) and value.type ~= type_ then
    return nil, 'type_mismatch'
  end
  return value
end

-- Each of these gives the value of a record and its timestamp, or nil and why it is none.
local parsers = {}

function parsers.counter(text)
  local fields, reason = parse_fields('counter', text)
  if not fields then
    return nil, reason
  end
  local value = fields.value
  if is_missing(value) then
    return nil, 'missing_value'
  elseif type(value) ~= 'number' or value < 0 or value == huge then
    return nil, 'invalid_value'
  end
  return value, time_of(fields.timestamp)
end

function parsers.gauge(text)
  local fields, reason = parse_fields('gauge', text)
  if not fields then
    return nil, reason
  end
  if is_missing(fields.value) then
    return nil, 'missing_value'
  end
  local value = special_number(fields.value)
  if not value then
    return nil, 'invalid_value'
  end
  return value, time_of(fields.timestamp)
end

local function are_bounds(bounds)
  if type(bounds) ~= 'table' or #bounds == 0 or #bounds > MAX_BOUNDS then
    return false
  end
  local previous = -huge
  for i = 1, #bounds do
    local bound = bounds[i]
    if type(bound) ~= 'number' or bound <= previous or bound == huge then
      return false
    end
    previous = bound
  end
  return true
end

local function are_counts(counts, length)
  if type(counts) ~= 'table' or #counts ~= length then
    return false
  end
  for i = 1, length do
    if not is_count(counts[i]) then
      return false
    end
  end
  return true
end

-- The copies of a window, oldest first; nil when there are none; false when they are not fit.
local function parse_window(window, counts)
  if is_missing(window) then
    return nil
  elseif type(window) ~= 'table' then
    return false
  elseif next(window) == nil then
    return nil
  elseif #window == 0 or #window > 2 then
    return false
  end
  local copies = {}
  for i = 1, #window do
    local copy = window[i]
    if type(copy) ~= 'table' then
      return false
    end
    local since_ms = time_of(copy.since)
    if not since_ms or not are_counts(copy.counts, #counts) then
      return false
    end
    for bucket = 1, #counts do
      if copy.counts[bucket] > counts[bucket] then
        return false
      end
    end
    copies[i] = { since_ms = since_ms, counts = copy.counts }
  end
  if copies[2] and copies[1].since_ms > copies[2].since_ms then
    return false
  end
  return copies
end

-- The observations of the last one to two minutes; nil when there are none. Which copy fits, and why, stands in
-- packages/metric-format/src/percentiles.ts.
local function recent_counts(counts, window)
  if not window then
    return counts
  end
  local newest = window[#window]
  local newest_age_ms = now_ms - newest.since_ms
  if newest_age_ms >= 2 * WINDOW_ROTATION_MS then
    return nil
  end
  local base = newest
  if window[2] and newest_age_ms < WINDOW_ROTATION_MS and now_ms - window[1].since_ms < 3 * WINDOW_ROTATION_MS then
    base = window[1]
  end
  local recent = {}
  for i = 1, #counts do
    recent[i] = counts[i] - base.counts[i]
  end
  return recent
end

function parsers.histogram(text)
  local fields, reason = parse_fields('histogram', text)
  if not fields then
    return nil, reason
  end
  local count, raw_sum = fields.count, fields.sum
  if is_missing(count) or is_missing(raw_sum) then
    return nil, 'missing_value'
  end
  local sum = special_number(raw_sum)
  if not is_count(count) or not sum then
    return nil, 'invalid_value'
  end
  -- Adding 0 makes 0 of -0.
  local record = { count = count + 0, sum = sum }
  local bounds, counts = fields.bounds, fields.counts
  if is_missing(bounds) and is_missing(counts) then
    for i = 1, #PERCENTILES do
      local raw = fields[sub(PERCENTILES[i][1], 2)]
      record[i] = special_number(raw)
      if not is_missing(raw) and not record[i] then
        return nil, 'invalid_histogram'
      end
    end
    return record, time_of(fields.timestamp)
  end
  if not are_bounds(bounds) or not are_counts(counts, #bounds + 1) then
    return nil, 'invalid_histogram'
  end
  local total = 0
  for i = 1, #counts do
    total = total + counts[i]
  end
  local window = parse_window(fields.window, counts)
  if total ~= count or window == false then
    return nil, 'invalid_histogram'
  end
  record.bounds, record.counts, record.recent = bounds, counts, recent_counts(counts, window)
  return record, time_of(fields.timestamp)
end

-- The quantile of counts per bucket as Prometheus's histogram_quantile interpolates it (bucketQuantile in
-- promql/quantile.go); nil when there are no observations.
local function quantile(q, bounds, counts, observations)
  local rank = q * observations
  local cumulative, index = counts[1], 1
  while cumulative < rank and index < #counts do
    index = index + 1
    cumulative = cumulative + counts[index]
  end
  local finish = bounds[index]
  if not finish then
    return bounds[#bounds]
  elseif index == 1 and finish <= 0 then
    return finish
  end
  local start = index == 1 and 0 or bounds[index - 1]
  local below = cumulative - counts[index]
  return start + (finish - start) * ((rank - below) / (cumulative - below))
end

-- Fills record[1], record[2], … with the percentiles of the recent observations.
local function add_percentiles(record)
  local recent = record.recent
  if not recent then
    return
  end
  local observations = 0
  for i = 1, #recent do
    observations = observations + recent[i]
  end
  if observations > 0 then
    for i = 1, #PERCENTILES do
      record[i] = quantile(PERCENTILES[i][2], record.bounds, recent, observations)
    end
  end
end

-- Series that stand under several keys ------------------------------------------------------------------------------

local skipped = {}
for i = 1, #SKIP_REASONS do
  skipped[SKIP_REASONS[i]] = 0
end

local function skip(reason, count)
  skipped[reason] = skipped[reason] + (count or 1)
end

-- The newest of several {key, value, timestamp}; of equally new ones the first in the list.
local function newest_of(copies)
  local newest = copies[1]
  for i = 2, #copies do
    if (copies[i].timestamp or -1) > (newest.timestamp or -1) then
      newest = copies[i]
    end
  end
  return newest
end

local function same_bounds(a, b)
  if not a or not b or #a ~= #b then
    return a == b
  end
  for i = 1, #a do
    if a[i] ~= b[i] then
      return false
    end
  end
  return true
end

local merge = {}

function merge.counter(copies)
  local sum = copies[1].value
  for i = 2, #copies do
    sum = sum + copies[i].value
  end
  skip('duplicate_series', #copies - 1)
  return sum
end

function merge.gauge(copies)
  skip('duplicate_series', #copies - 1)
  return newest_of(copies).value
end

local function add_counts(to, counts)
  for i = 1, #counts do
    to[i] = (to[i] or 0) + counts[i]
  end
  return to
end

function merge.histogram(copies)
  local newest = newest_of(copies).value
  local same = {}
  for i = 1, #copies do
    if same_bounds(copies[i].value.bounds, newest.bounds) then
      same[#same + 1] = copies[i].value
    end
  end
  skip('bounds_mismatch', #copies - #same)
  skip('duplicate_series', #same - 1)
  if not newest.bounds or #same == 1 then
    return newest
  end
  local merged = { bounds = newest.bounds, counts = {}, sum = same[1].sum }
  for i = 1, #same do
    if i > 1 then
      merged.sum = merged.sum + same[i].sum
    end
    add_counts(merged.counts, same[i].counts)
    if same[i].recent then
      merged.recent = add_counts(merged.recent or {}, same[i].recent)
    end
  end
  local total = 0
  for i = 1, #merged.counts do
    total = total + merged.counts[i]
  end
  merged.count = total
  return merged
end

-- Finding the keys --------------------------------------------------------------------------------------------------

local META = PREFIX .. '-meta:'

local function list_or_empty(...)
  local reply = redis.pcall(...)
  return reply.err and {} or reply
end

local keys, scan_disabled = {}, 0
do
  local seen = {}
  local function add(found)
    for i = 1, #found do
      local key = found[i]
      if not seen[key] and sub(key, 1, #PREFIX + 1) == PREFIX .. ':' then
        seen[key] = true
        keys[#keys + 1] = key
      end
    end
  end

  local size = redis.pcall('DBSIZE')
  if type(size) == 'number' and size <= settings.scan_limit then
    local cursor = '0'
    repeat
      local page = redis.pcall('SCAN', cursor, 'MATCH', PREFIX .. ':*', 'COUNT', 1000)
      if page.err then
        scan_disabled = 1
        break
      end
      cursor = page[1]
      add(page[2])
    until cursor == '0'
  else
    scan_disabled = 1
  end
  if scan_disabled == 1 then
    add(list_or_empty('ZRANGEBYSCORE', META .. 'live', format('%.0f', now_ms), '+inf'))
    add(list_or_empty('SMEMBERS', META .. 'keys'))
  end
end

-- Families: all keys of one name ------------------------------------------------------------------------------------

-- Per name: how many keys, and per type the keys and where in each the labels begin.
local families, names = {}, {}
do
  local heads = {}
  for i = 1, #keys do
    local key = keys[i]
    local head = match(key, '^{[^:]*:[^:]*:[^:]*', #PREFIX + 2) or match(key, '^[^:]*:?[^:]*', #PREFIX + 2)
    local group = heads[head]
    if group == nil then
      local type_, name = parse_head(head)
      if type_ then
        local family = families[name]
        if not family then
          family = { name = name, size = 0 }
          families[name] = family
          names[#names + 1] = name
        end
        -- A tag is part of the head: several heads may mean one group.
        group = family[type_]
        if not group then
          group = { family = family, keys = {}, starts = {} }
          family[type_] = group
        end
      else
        group = name
      end
      heads[head] = group
    end
    if type(group) == 'string' then
      skip(group)
    else
      local n = #group.keys + 1
      group.keys[n] = key
      group.starts[n] = #PREFIX + #head + 3
      group.family.size = group.family.size + 1
    end
  end
end
sorted(names)

local function is_own(name)
  return sub(name, 1, 9) == 'redmeter_'
end

-- Whole families, as long as they fit; our own first, since they tell what went wrong.
local truncated = {}
do
  local room = settings.max_series
  local function choose(own)
    for i = 1, #names do
      local family = families[names[i]]
      if is_own(family.name) == own then
        if family.size <= room then
          room = room - family.size
        else
          family.is_truncated = true
        end
      end
    end
  end
  choose(true)
  choose(false)
  for i = 1, #names do
    if families[names[i]].is_truncated then
      truncated[#truncated + 1] = names[i]
    end
  end
end

-- The value of a key, or nil and why it has none; nil alone when the key is gone.
local function read_value(parse, key)
  local text = redis.pcall('GET', key)
  if type(text) == 'string' then
    return parse(text)
  elseif type(text) ~= 'table' then
    return nil
  elseif find(text.err, '^%-?WRONGTYPE') then
    return nil, 'wrong_redis_type'
  end
  return nil, 'unreadable'
end

-- Labels as the pairs have them, by those of the text, where they differ.
local selectors = {}

-- Reads all keys of one name and type: group.values by labels, group.labels as a list, group.newest_ms.
local function read_group(group, type_)
  local parse = parsers[type_]
  local values, labels_list, count = {}, {}, 0
  local newest_ms, repeated = nil, nil
  for i = 1, #group.keys do
    local key = group.keys[i]
    local labels, selector = parse_labels(sub(key, group.starts[i]))
    local value, timestamp, reason
    if labels then
      value, timestamp = read_value(parse, key)
      reason = timestamp
      selectors[labels] = selector or nil
    else
      reason = selector
    end
    if value then
      if timestamp and (not newest_ms or timestamp > newest_ms) then
        newest_ms = timestamp
      end
      if values[labels] == nil then
        values[labels] = value
        count = count + 1
        labels_list[count] = labels
      else
        repeated = repeated or {}
        repeated[labels] = repeated[labels] or {}
      end
    elseif reason then
      skip(reason)
    end
  end
  if count > 0 then
    group.values, group.labels, group.newest_ms, group.repeated = values, labels_list, newest_ms, repeated
  end
  return count > 0
end

-- Merges what stands under several keys, in the order of their bytes: sums must not depend on how Redis lists them.
local function merge_repeated(group, type_)
  for _, key in ipairs(sorted(group.keys)) do
    local labels = parse_labels(match(key, '^[^:]*:[^:]*:(.*)$', #PREFIX + 2) or '')
    if sub(key, #PREFIX + 2, #PREFIX + 2) == '{' then
      labels = parse_labels(match(key, '^[^:]*:[^:]*:[^:]*:(.*)$', #PREFIX + 2) or '')
    end
    local copies = labels and group.repeated[labels]
    if copies then
      local value, timestamp = read_value(parsers[type_], key)
      if value then
        copies[#copies + 1] = { value = value, timestamp = timestamp }
      end
    end
  end
  for labels, copies in pairs(group.repeated) do
    group.values[labels] = merge[type_](copies)
  end
end

-- What is known of a name as a whole: its type and help.
local function read_family_record(name)
  local text = redis.pcall('GET', META .. 'family:' .. name)
  if type(text) ~= 'string' or #text > MAX_RECORD_BYTES or not is_utf8(text) then
    return nil
  end
  local ok, value = parse_json(text)
  if not ok or not is_json_object(value, text) or not IS_METRIC_TYPE[value.type] then
    return nil
  end
  return value.type, type(value.help) == 'string' and value.help ~= '' and value.help or nil
end

local function drop_group(group, reason)
  skip(reason, #group.labels)
end

-- Rendering ---------------------------------------------------------------------------------------------------------

local is_text = form == 'text'
local answer, length = {}, 0

local function write_header(name, type_, help)
  if is_text then
    answer[length + 1] = '# HELP ' .. name .. ' ' .. gsub(help, '[\\\n]', ESCAPED)
    answer[length + 2] = '# TYPE ' .. name .. ' ' .. type_
    length = length + 2
  end
end

local function write(series, value)
  if is_text then
    length = length + 1
    answer[length] = series .. ' ' .. value
  else
    answer[length + 1] = series
    answer[length + 2] = value
    length = length + 2
  end
end

local function shown_labels(labels)
  return not is_text and selectors[labels] or labels
end

local output = {}
local function add_output(name, write_family)
  output[name] = write_family
  output[#output + 1] = name
end

local function write_simple(family, type_, group, help)
  write_header(family.name, type_, help)
  local name, values = family.name, group.values
  for i = 1, #group.labels do
    local labels = group.labels[i]
    write(labels == '' and name or name .. '{' .. shown_labels(labels) .. '}', format_number(values[labels]))
  end
end

local le_texts = {}
local function le_text(bound)
  if bound == 0 then
    return '"' .. format_le(bound) .. '"}'
  end
  local text = le_texts[bound]
  if not text then
    text = '"' .. format_le(bound) .. '"}'
    le_texts[bound] = text
  end
  return text
end

local function write_histogram(family, group, help)
  local name = family.name
  write_header(name, 'histogram', help)
  for i = 1, #group.labels do
    local record = group.values[group.labels[i]]
    local labels = shown_labels(group.labels[i])
    local bucket = name .. '_bucket{' .. labels .. (labels == '' and 'le=' or ',le=')
    if record.bounds then
      local cumulative = 0
      for b = 1, #record.bounds do
        cumulative = cumulative + record.counts[b]
        write(bucket .. le_text(record.bounds[b]), format_number(cumulative))
      end
    end
    local count = format_number(record.count)
    write(bucket .. '"+Inf"}', count)
    local braced = labels == '' and '' or '{' .. labels .. '}'
    write(name .. '_sum' .. braced, format_number(record.sum))
    write(name .. '_count' .. braced, count)
  end
end

local function write_percentile(family, group, index)
  local suffix, _, what = unpack(PERCENTILES[index])
  local name = family.name .. suffix
  write_header(name, 'gauge', what .. ' of ' .. family.name .. ' over the last one to two minutes.')
  for i = 1, #group.labels do
    local labels = group.labels[i]
    local value = group.values[labels][index]
    if value then
      write(labels == '' and name or name .. '{' .. shown_labels(labels) .. '}', format_number(value))
    end
  end
end

-- The answer ----------------------------------------------------------------------------------------------------------

local series_count = { counter = 0, gauge = 0, histogram = 0 }
local last_write_ms = nil
local histograms = {}

local function derives(name)
  for i = 1, #DERIVED_SUFFIXES do
    local suffix = DERIVED_SUFFIXES[i]
    if sub(name, -#suffix) == suffix and histograms[sub(name, 1, -#suffix - 1)] then
      return true
    end
  end
  return false
end

local function accept(family, type_, group, help)
  if group.repeated then
    merge_repeated(group, type_)
  end
  sorted(group.labels)
  series_count[type_] = series_count[type_] + #group.labels
  if group.newest_ms and (not last_write_ms or group.newest_ms > last_write_ms) then
    last_write_ms = group.newest_ms
  end
  if type_ ~= 'histogram' then
    add_output(family.name, function()
      write_simple(family, type_, group, help)
    end)
    return
  end
  histograms[family.name] = true
  local has_percentiles = false
  for i = 1, #group.labels do
    local record = group.values[group.labels[i]]
    add_percentiles(record)
    has_percentiles = has_percentiles or record[1] or record[2] or record[3]
  end
  add_output(family.name, function()
    write_histogram(family, group, help)
  end)
  for p = 1, #PERCENTILES do
    local has_any = false
    for i = 1, #group.labels do
      has_any = has_any or group.values[group.labels[i]][p] ~= nil
    end
    if has_any then
      add_output(family.name .. PERCENTILES[p][1], function()
        write_percentile(family, group, p)
      end)
    end
  end
end

for i = 1, #names do
  local family = families[names[i]]
  if not family.is_truncated then
    local types = {}
    for t = 1, #METRIC_TYPES do
      local type_ = METRIC_TYPES[t]
      if family[type_] and read_group(family[type_], type_) then
        types[#types + 1] = type_
      end
    end
    if #types > 0 then
      local told, help = read_family_record(family.name)
      local chosen = types[1]
      for t = 2, #types do
        if types[t] == told then
          chosen = told
        end
      end
      for t = 1, #types do
        local group = family[types[t]]
        if types[t] ~= chosen then
          drop_group(group, 'type_conflict')
        elseif derives(family.name) then
          drop_group(group, 'derived_name')
        else
          accept(family, chosen, group, help or 'Recorded without help text.')
        end
      end
    end
  end
end

add_output('redmeter_skipped_keys', function()
  write_header('redmeter_skipped_keys', 'gauge', 'Keys left out of this answer, by reason.')
  for _, reason in ipairs(sorted(SKIP_REASONS)) do
    write('redmeter_skipped_keys{reason="' .. reason .. '"}', format_number(skipped[reason]))
  end
end)
add_output('redmeter_series', function()
  write_header('redmeter_series', 'gauge', 'Series in this answer, by type.')
  for _, type_ in ipairs(METRIC_TYPES) do
    write('redmeter_series{type="' .. type_ .. '"}', format_number(series_count[type_]))
  end
end)
add_output('redmeter_scan_disabled', function()
  write_header('redmeter_scan_disabled', 'gauge', '1 when only indexed series are read, not the whole database.')
  write('redmeter_scan_disabled', tostring(scan_disabled))
end)
if #truncated > 0 then
  add_output('redmeter_truncated_families', function()
    write_header('redmeter_truncated_families', 'gauge', 'Metrics left out because the answer was full.')
    for i = 1, #truncated do
      write('redmeter_truncated_families{family="' .. truncated[i] .. '"}', '1')
    end
  end)
end
if last_write_ms then
  add_output('redmeter_last_write_timestamp_seconds', function()
    write_header('redmeter_last_write_timestamp_seconds', 'gauge', 'When the newest series was written.')
    write('redmeter_last_write_timestamp_seconds', format_number(last_write_ms / 1000))
  end)
end

local ordered = {}
for i = 1, #output do
  ordered[i] = output[i]
end
for _, name in ipairs(sorted(ordered)) do
  output[name]()
end
return answer
