-- Joined by npm run generate from the parts in lua/: edit those.

-- What applications recorded in Redis, as Prometheus series. It only reads (EVAL_RO runs it, too).
--
-- KEYS     none: it finds the series itself
-- ARGV[1]  nothing or "text": Prometheus text, one element of the reply a line, for people
--          "pairs": a flat list of series, value, series, value; a series is its PromQL selector,
--          user_events{event="joined"}
--          "0": the same for redis_exporter, with new counters and histograms at 0
-- ARGV[2…] settings as name=value, for tests and tools:
--          now_ms      the time to take for now, in milliseconds since the epoch; default Redis's own
--          max_series  most series in one answer
--          scan_limit  most keys in the database up to which it is scanned
--          escaping    underscores or allow-utf-8; default ESCAPING, below
--          page, pages show one page of so many, a power of two; default PAGE and PAGES
--          new_ms      how long counters and histograms are new, in milliseconds; default for "0" NEW_SERIES_MS, else 0
-- Returns  the answer as a list of strings, of one page perhaps none; an error for arguments it does not know, never
--          for what lies in Redis: a key that cannot be read is left out and counted in redmeter_skipped_keys

-- Prometheus counts how much a series rose since it was first seen. So a counter or histogram is shown as 0 until it is
-- this old, in milliseconds: one and a half scrape intervals, so that one scrape at least sees the 0. Change it here
-- for another scrape_interval than 5 s; 0 shows values at once.
local NEW_SERIES_MS = 7500

-- Names of metrics and labels that Prometheus 2 does not accept, such as http.server.requests: shown as they are. With
-- 'underscores' every character that it does not accept becomes _.
local ESCAPING = 'allow-utf-8'

-- Several scripts can share the series, so that none holds Redis for long: npm run generate -- --pages 16 writes them.
-- This one shows them all.
local PAGE, PAGES = 1, 1

-- Constants of the format, from packages/metric-format --------------------------------------------

-- <generated>
local PREFIX = 'metrics'
local METRIC_TYPES = { 'counter', 'gauge', 'histogram' }
local HASH_FIELDS = {
  counter = { 'value', 'timestamp', 'type', 'created' },
  gauge = { 'value', 'timestamp', 'type' },
  histogram = {
    'count',
    'timestamp',
    'type',
    'sum',
    'created',
    'bounds',
    'counts',
    'window',
    'p50',
    'p95',
    'p99',
    'schema',
    'zeroThreshold',
    'zeroCount',
    'positive',
    'negative',
  },
}
local MAX_LABELS = 10
local MAX_LABEL_VALUE_BYTES = 1024
local MAX_RECORD_BYTES = 65536
local MAX_JSON_DEPTH = 32
local MAX_BOUNDS = 200
local MAX_COUNT = 9007199254740992
local SCAN_LIMIT_KEYS = 50000
local MAX_ANSWER_SERIES = 10000
local WINDOW_ROTATION_MS = 60000
local HASH_SLOTS = 16384
local MAX_SHARDS = 1024
local RESERVED_METRIC_NAMES = {
  'up',
  'ALERTS*',
  'scrape_*',
  'redis_up',
  'redis_script_*',
  'redis_exporter_*',
  'redmeter_*',
}
local OWN_NAME_PREFIXES = { 'redmeter_writer_', 'redmeter_experiment_', 'redmeter_release_' }
local RESERVED_LABEL_NAMES = { 'job', 'instance', 'le', 'quantile' }
local DERIVED_SUFFIXES = { '_bucket', '_sum', '_count', '_created', '_p50', '_p95', '_p99' }
local PERCENTILES = {
  { suffix = '_p50', quantile = 0.5, help = '50th percentile of %s over the last one to two minutes.' },
  { suffix = '_p95', quantile = 0.95, help = '95th percentile of %s over the last one to two minutes.' },
  { suffix = '_p99', quantile = 0.99, help = '99th percentile of %s over the last one to two minutes.' },
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
local MISSING_HELP = 'Recorded without help text.'
local DERIVED_BUCKETS_HELP = ' (le buckets: derived from native ones)'
local OWN_NAME_START = 'redmeter_'
local READER_FAMILIES = {
  skipped_keys = { name = 'redmeter_skipped_keys', help = 'Keys that add no series to this response, by reason.' },
  series = { name = 'redmeter_series', help = 'Series in this response, by type.' },
  series_limit = {
    name = 'redmeter_series_limit',
    help = 'Maximum number of series in a response; above it, whole metrics are left out.',
  },
  scan_disabled = {
    name = 'redmeter_scan_disabled',
    help = '1 if the database is too large to scan and only series in the indexes are read, else 0.',
  },
  truncated_families = {
    name = 'redmeter_truncated_families',
    help = 'Metrics left out of this response, with all their series, because it was full.',
  },
  escape_collisions = {
    name = 'redmeter_escape_collisions',
    help = 'Series left out of this response because their names, escaped, are those of another series, by metric.',
  },
  last_write = {
    name = 'redmeter_last_write_timestamp_seconds',
    help = 'Time of the latest write of a series, in seconds since the epoch.',
  },
}
-- </generated>

-- Built-in functions ------------------------------------------------------------------------------

local byte, char, find, format = string.byte, string.char, string.find, string.format
local gmatch, gsub, match, sub = string.gmatch, string.gsub, string.match, string.sub
local concat, sort = table.concat, table.sort
local pcall_redis = redis.pcall
local abs, floor, huge, min = math.abs, math.floor, math.huge, math.min

-- Arguments ---------------------------------------------------------------------------------------

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

-- Order by bytes ----------------------------------------------------------------------------------

-- Lua compares strings in the locale that Redis was started in, and under most of them 'a' comes before 'B'.
local function does_locale_order_bytes()
  for code = 33, 126 do
    if char(code - 1) >= char(code) then
      return false
    end
  end
  return 'a_b' < 'aab' and 'a-b' < 'aab' and 'Ba' < 'aB'
end

local function is_before_by_bytes(a, b)
  for i = 1, min(#a, #b), 4 do
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

-- nil stands for Lua's own order, which is several times faster.
local is_before = nil
if not does_locale_order_bytes() then
  is_before = is_before_by_bytes
end

local function sorted(list)
  sort(list, is_before)
  return list
end

-- Numbers -----------------------------------------------------------------------------------------

local function is_finite(value)
  return type(value) == 'number' and value == value and value < huge and value > -huge
end

local function is_count(value)
  return type(value) == 'number' and value >= 0 and value <= MAX_COUNT and value % 1 == 0
end

-- A finite number as JSON, the shortest text that reads back equal: tostring and cjson.encode keep 14 digits.
local function number_text(value)
  if value > 0 and value < 1e15 and value % 1 == 0 then
    return format('%d', value)
  end
  local text = format('%.15g', value)
  if tonumber(text) == value then
    return text
  end
  text = format('%.16g', value)
  if tonumber(text) == value then
    return text
  end
  return format('%.17g', value)
end

-- JSON has no text for these: records hold them as strings.
local SPECIAL_NUMBERS = { NaN = 0 / 0, ['+Inf'] = huge, ['-Inf'] = -huge }

-- The name of a number that is not finite.
local function special_name(value)
  if value ~= value then
    return 'NaN'
  end
  return value > 0 and '+Inf' or '-Inf'
end

-- The number in a record: a finite one, or the name of another. nil for anything else.
local function special_number(value)
  if type(value) ~= 'number' then
    return SPECIAL_NUMBERS[value]
  end
  return is_finite(value) and value or nil
end

-- Text --------------------------------------------------------------------------------------------

local function format_number(number)
  -- Inf - Inf is NaN, too.
  if number - number == 0 then
    return number_text(number)
  end
  return special_name(number)
end

-- A bound as the label le, an OpenMetrics float as Prometheus 3 writes it: Go's shortest %g, and 5.0 rather than 5.
local function format_le(bound)
  if bound == 0 then
    return '0.0'
  end
  local text
  for digits = 0, 16 do
    text = format('%.' .. digits .. 'e', bound)
    if tonumber(text) == bound then
      break
    end
  end
  local sign, first, rest, power = match(text, '^(-?)(%d)%.?(%d*)e(.*)$')
  power = tonumber(power)
  if power < -4 or power >= 6 then
    local fraction = rest == '' and '' or '.' .. rest
    return sign .. first .. fraction .. format('e%s%02d', power < 0 and '-' or '+', abs(power))
  end
  local digits = first .. rest
  if power < 0 then
    return sign .. '0.' .. string.rep('0', -power - 1) .. digits
  elseif #digits <= power + 1 then
    return sign .. digits .. string.rep('0', power + 1 - #digits) .. '.0'
  end
  return sign .. sub(digits, 1, power + 1) .. '.' .. sub(digits, power + 2)
end

local ESCAPED = { ['\\'] = '\\\\', ['"'] = '\\"', ['\n'] = '\\n' }

-- A name or value between quotes, as the text has it.
local function in_text(text)
  return '"' .. gsub(text, '[\\"\n]', ESCAPED) .. '"'
end

-- The same as the answer has it. In pairs, what has \ " or a line feed stands in backticks, which PromQL allows and
-- relabelling can take apart; what has a backtick, too, stays escaped.
local function quoted(text)
  if not is_text and find(text, '[\\"\n]') and not find(text, '`', 1, true) then
    return '`' .. text .. '`'
  end
  return in_text(text)
end

-- UTF-8 -------------------------------------------------------------------------------------------

-- Well-formed sequences by their first byte (Unicode 15, table 3-7): nothing overlong, no surrogate, nothing past
-- U+10FFFF.
local UTF8_SEQUENCES = {
  '[\194-\223][\128-\191]',
  '\224[\160-\191][\128-\191]',
  '[\225-\236\238\239][\128-\191][\128-\191]',
  '\237[\128-\159][\128-\191]',
  '\240[\144-\191][\128-\191][\128-\191]',
  '[\241-\243][\128-\191][\128-\191][\128-\191]',
  '\244[\128-\143][\128-\191][\128-\191]',
}

-- One pass for each kind of sequence takes the same time whatever the text holds.
local function is_utf8(text)
  for i = 1, #UTF8_SEQUENCES do
    if not find(text, '[\128-\255]') then
      return true
    end
    text = gsub(text, UTF8_SEQUENCES[i], ' ')
  end
  return not find(text, '[\128-\255]')
end

-- Names -------------------------------------------------------------------------------------------

local function set_of(list)
  local set = {}
  for i = 1, #list do
    set[list[i]] = true
  end
  return set
end

local IS_METRIC_TYPE = set_of(METRIC_TYPES)
local IS_RESERVED_LABEL = set_of(RESERVED_LABEL_NAMES)
local IS_DERIVED_SUFFIX = set_of(DERIVED_SUFFIXES)
-- A plain name, which stands in a key as it is. In others, what separates the parts of a key and control characters are
-- encoded; those past ASCII are two bytes.
local NAME = '^[A-Za-z_][A-Za-z0-9_]*$'
local SEPARATOR = '[%z\1-\31\127:,={}"\\]'
local CONTROL = '\194[\128-\159]'

local function starts_with(text, start)
  return sub(text, 1, #start) == start
end

local function unhex(hex)
  return char(tonumber(hex, 16))
end

-- A name in a key; nil where it is none. At a NUL in a name Prometheus stops reading.
local function decode_name(encoded)
  if find(encoded, NAME) then
    return encoded
  elseif encoded == '' or find(encoded, SEPARATOR) or find(encoded, CONTROL) then
    return nil
  end
  local name = gsub(encoded, '%%([0-9a-fA-F][0-9a-fA-F])', unhex)
  return not find(name, '%z') and is_utf8(name) and name or nil
end

local function hex_of(bytes)
  return (gsub(bytes, '.', function(one)
    return format('%%%02X', byte(one))
  end))
end

local function encode_name(name)
  if find(name, NAME) then
    return name
  end
  return (gsub(gsub(name, '[%%%z\1-\31\127:,={}"\\]', hex_of), CONTROL, hex_of))
end

local function is_reserved_label(name)
  return IS_RESERVED_LABEL[name] or starts_with(name, '__')
end

-- Few names begin with a character that a reserved one has there.
local RESERVED_INITIALS = {}
for i = 1, #RESERVED_METRIC_NAMES do
  RESERVED_INITIALS[byte(RESERVED_METRIC_NAMES[i])] = true
end

local function is_reserved_name(name)
  if not RESERVED_INITIALS[byte(name)] then
    return false
  end
  for i = 1, #OWN_NAME_PREFIXES do
    if starts_with(name, OWN_NAME_PREFIXES[i]) then
      return false
    end
  end
  for i = 1, #RESERVED_METRIC_NAMES do
    local reserved = RESERVED_METRIC_NAMES[i]
    if name == reserved or sub(reserved, -1) == '*' and starts_with(name, sub(reserved, 1, -2)) then
      return true
    end
  end
  return false
end

-- The name of the histogram that would derive this name; nil for any that none derives. No suffix has a second _.
local function derived_base(name)
  local base, suffix = match(name, '^(.+)(_[^_]*)$')
  return IS_DERIVED_SUFFIX[suffix] and base or nil
end

-- The type and name in what stands before a key's labels, `counter:user_events`; nil and the reason where none are.
local function parse_head(head)
  local tag
  if starts_with(head, '{') then
    tag, head = match(head, '^{([^{}:]+)}:(.*)$')
    if not head then
      return nil, 'malformed_key'
    end
  end
  local type_, name = match(head, '^([^:]*):(.*)$')
  if not type_ then
    return nil, 'malformed_key'
  elseif not IS_METRIC_TYPE[type_] then
    return nil, 'unknown_type'
  end
  name = decode_name(name)
  if not name then
    return nil, 'invalid_name'
  elseif is_reserved_name(name) then
    return nil, 'reserved_name'
  end
  return type_, name, tag
end

-- Escaped names -----------------------------------------------------------------------------------

-- The metric names that Prometheus 2 accepts.
local LEGACY_NAME = '^[A-Za-z_:][A-Za-z0-9_:]*$'

local function escape(name, refused)
  -- Every character is one underscore, and so is a digit at the beginning.
  local escaped = gsub(gsub(name, '[\194-\244][\128-\191]*', '_'), refused, '_')
  return (gsub(escaped, '^[0-9]', '_'))
end

-- A metric name as the answer has it.
local function escape_name(name)
  if not is_escaping or find(name, LEGACY_NAME) then
    return name
  end
  return escape(name, '[^A-Za-z0-9_:]')
end

local function escape_label(name)
  return find(name, NAME) and name or escape(name, '[^A-Za-z0-9_]')
end

-- The series of a metric without labels, and the beginning of those that have some.
local function bare_series(name)
  return find(name, LEGACY_NAME) and name or '{' .. quoted(name) .. '}'
end

local function open_series(name)
  return find(name, LEGACY_NAME) and name .. '{' or '{' .. quoted(name) .. ','
end

-- Labels ------------------------------------------------------------------------------------------

-- Labels as the text has them, and as the answer has them. `names` have to be sorted.
local function join_labels(names, values)
  local text, shown = {}, {}
  for i = 1, #names do
    local name, value = names[i], values[names[i]]
    local is_plain = find(name, NAME)
    text[i] = (is_plain and name or in_text(name)) .. '=' .. in_text(value)
    shown[i] = text[i]
    if find(text[i], '\\', 1, true) then
      shown[i] = (is_plain and name or quoted(name)) .. '=' .. quoted(value)
    end
  end
  return concat(text, ','), concat(shown, ',')
end

-- The same with escaped names; false where two are alike then, or one is reserved.
local function escape_labels(names, values)
  local escaped_names, escaped_values = {}, {}
  for i = 1, #names do
    local name = escape_label(names[i])
    if escaped_values[name] or is_reserved_label(name) then
      return false
    end
    escaped_names[i] = name
    escaped_values[name] = values[names[i]]
  end
  return join_labels(sorted(escaped_names), escaped_values)
end

-- Labels in any order and spelling: as the text has them, sorted by name, as the answer has them and, where names are
-- to be escaped, as both have them then. Nil and the reason where they are no labels.
local function parse_labels(encoded)
  if encoded == '' then
    return '', ''
  end
  local names, values, are_plain = {}, {}, true
  for name, equals, value in gmatch(encoded .. ',', '([^=,]*)(=?)([^,]*),') do
    if equals == '' then
      return nil, 'malformed_label'
    end
    local is_plain = find(name, NAME)
    if not is_plain then
      name = decode_name(name)
      if not name then
        return nil, 'invalid_label_name'
      end
      is_plain = find(name, NAME)
    end
    if is_reserved_label(name) then
      return nil, 'reserved_label'
    end
    value = gsub(value, '%%([0-9a-fA-F][0-9a-fA-F])', unhex)
    if value ~= '' then
      if #value > MAX_LABEL_VALUE_BYTES then
        return nil, 'label_value_too_long'
      elseif not is_utf8(value) then
        return nil, 'invalid_utf8'
      elseif values[name] then
        return nil, 'duplicate_label'
      elseif #names == MAX_LABELS then
        return nil, 'too_many_labels'
      end
      names[#names + 1] = name
      values[name] = value
      are_plain = are_plain and is_plain
    end
  end
  local text, shown = join_labels(sorted(names), values)
  if is_escaping and not are_plain then
    return text, shown, escape_labels(names, values)
  end
  return text, shown
end

-- A plain label value: nothing encoded, nothing to escape, nothing past ASCII. What is most common comes first, since
-- each character is looked for from the first on.
local PLAIN_VALUE = '([_-~--Z &-+!#$[%]^]+)'
-- One that has none of the characters either that should be encoded.
local USUAL_VALUE = '([_-z--9>-Z &-+!#$;<[%]^|~]+)'

-- How to read labels that have the same names in the same order as these, and plain values: by one gsub instead of
-- part by part. nil where these are not plain themselves, or are shown otherwise than in the text.
local function learn_labels(encoded, labels, plain_value)
  local pattern, replacement, is_plain = {}, {}, true
  for name in gmatch(encoded, '([^=,]+)=[^,]*') do
    local shown = name
    if not find(name, NAME) then
      shown, is_plain = quoted(decode_name(name)), false
    end
    pattern[#pattern + 1] = gsub(name, '[^A-Za-z0-9_]', '%%%0') .. '=' .. (plain_value or PLAIN_VALUE)
    replacement[#pattern] = gsub(shown, '%%', '%%%%') .. '="%' .. #pattern .. '"'
  end
  if #pattern == 0 or #pattern > 9 then
    return nil
  end
  local learnt = {
    pattern = '^' .. concat(pattern, ',') .. '$',
    replacement = concat(replacement, ','),
    count = #pattern,
    is_plain = is_plain,
  }
  local plain, matches = gsub(encoded, learnt.pattern, learnt.replacement)
  return matches == 1 and plain == labels and learnt or nil
end

-- Strict JSON -------------------------------------------------------------------------------------

local json_decode

-- cjson's own decoder has settings that belong to every script on this server: this one is ours. It is made when it is
-- first needed, since most calls need none.
local function new_decoder()
  local json = cjson.new()
  json.decode_invalid_numbers(false)
  json.decode_max_depth(MAX_JSON_DEPTH)
  return json.decode
end

-- Whether a point stands without a digit on either side: cjson takes `1.` and `-.5`.
local function has_odd_point(text)
  local at = find(text, '.', 1, true)
  while at do
    if not find(text, '^[0-9]%.[0-9]', at - 1) then
      return true
    end
    at = find(text, '.', at + 1, true)
  end
  return false
end

-- Whether a text that cjson took is JSON by RFC 8259, too. cjson also takes control characters in strings, and anything
-- at all after a NUL.
local function is_strict_json(text)
  local is_strict = true
  local rest = gsub(gsub(text, '\\.', ''), '"([^"]*)"', function(inside)
    is_strict = is_strict and not find(inside, '[%z\1-\31]')
    return '""'
  end)
  return is_strict and not find(rest, '[%z\1-\8\11\12\14-\31]') and not has_odd_point(rest)
end

-- The value of a JSON text; nil and the reason where it has none.
local function parse_json(text)
  if #text > MAX_RECORD_BYTES then
    return nil, 'value_too_long'
  end
  local is_plain = find(text, '^[ -~]*$')
  if not is_plain and not is_utf8(text) then
    return nil, 'invalid_utf8'
  end
  json_decode = json_decode or new_decoder()
  local is_json, value = pcall(json_decode, text)
  if not is_json or not (is_plain and not has_odd_point(text) or is_strict_json(text)) then
    return nil, 'invalid_json'
  end
  return value
end

-- A field that is null is one that is not there. JSON's null is a value of its own in Lua, and a true one.
local function given(value)
  if value == cjson.null then
    return nil
  end
  return value
end

-- Fields of records -------------------------------------------------------------------------------

-- Milliseconds since the epoch; nil for anything else.
local function read_time(value)
  if is_finite(value) and value >= 0 then
    return value
  end
  return nil
end

-- Upper bounds of buckets, finite and ascending; nil for anything else.
local function read_bounds(value)
  if type(value) ~= 'table' or #value == 0 or #value > MAX_BOUNDS then
    return nil
  end
  local previous = -huge
  for i = 1, #value do
    local bound = value[i]
    if type(bound) ~= 'number' or not (bound > previous and bound < huge) then
      return nil
    end
    previous = bound
  end
  return value
end

-- Counts of `n` buckets, none above `limits`, and their sum; nil for anything else.
local function read_counts(value, n, limits)
  if type(value) ~= 'table' or #value ~= n then
    return nil
  end
  local sum = 0
  for i = 1, n do
    local count = value[i]
    if type(count) ~= 'number' or count < 0 or count > MAX_COUNT or count % 1 ~= 0 or limits and count > limits[i] then
      return nil
    end
    sum = sum + count
  end
  return value, sum
end

-- Whether this is a window of `counts`: at most two earlier copies of them, the older one first. None is one, too.
local function is_window(window, counts)
  window = given(window)
  if window == nil then
    return true
  elseif type(window) ~= 'table' or #window > 2 or #window == 0 and next(window) ~= nil then
    -- cjson reads [] and {} alike.
    return false
  end
  local previous = 0
  for i = 1, #window do
    local copy = window[i]
    local since = type(copy) == 'table' and read_time(copy.since)
    if not since or since < previous or not read_counts(copy.counts, #counts, counts) then
      return false
    end
    previous = since
  end
  return true
end

-- Counters and gauges -----------------------------------------------------------------------------

-- cjson makes the same of {} and [].
local function is_json_object(value, text)
  return type(value) == 'table' and find(text, '^[ \t\r\n]*{') ~= nil
end

-- The fields of a record, which is JSON or the fields of a hash; nil and the reason where it is none.
local function parse_fields(type_, record)
  local value = record
  if type(record) == 'string' then
    local reason
    value, reason = parse_json(record)
    if reason then
      return nil, reason
    elseif type(value) == 'number' and type_ ~= 'histogram' then
      return { value = value }
    elseif not is_json_object(value, record) then
      return nil, 'invalid_record'
    end
  end
  if value.type ~= type_ and given(value.type) ~= nil then
    return nil, 'type_mismatch'
  end
  return value
end

-- By type: the value of a record, its timestamp and when it was created, as far as it says; nil and the reason where it
-- is none.
local parse_record = {}

function parse_record.counter(record)
  local fields, reason = parse_fields('counter', record)
  if not fields then
    return nil, reason
  end
  local value = fields.value
  if given(value) == nil then
    return nil, 'missing_value'
  elseif type(value) ~= 'number' or value < 0 or value == huge then
    return nil, 'invalid_value'
  end
  return value, read_time(fields.timestamp), read_time(fields.created)
end

function parse_record.gauge(record)
  local fields, reason = parse_fields('gauge', record)
  if not fields then
    return nil, reason
  elseif given(fields.value) == nil then
    return nil, 'missing_value'
  end
  local value = special_number(fields.value)
  if not value then
    return nil, 'invalid_value'
  end
  return value, read_time(fields.timestamp)
end

-- Buckets of native histograms --------------------------------------------------------------------

local native_index, native_bound

do
  -- 2^(i/256 - 1), i from 0: the doubles that Prometheus has; computed ones may differ in the last bit. Made when first
  -- needed, since most calls need none.
  local fractions

  local function new_fractions()
    return {
      0.5, 0.5013556375251013, 0.5027149505564014, 0.5040779490592088, 0.5054446430258502, 0.5068150424757447,
      0.5081891574554764, 0.509566998038869, 0.5109485743270583, 0.5123338964485679, 0.5137229745593818,
      0.5151158188430205, 0.5165124395106142, 0.5179128468009786, 0.5193170509806894, 0.520725062344158,
      0.5221368912137069, 0.5235525479396449, 0.5249720429003435, 0.526395386502313, 0.5278225891802786,
      0.5292536613972564, 0.5306886136446309, 0.5321274564422321, 0.5335702003384117, 0.5350168559101208,
      0.5364674337629877, 0.5379219445313954, 0.5393803988785598, 0.5408428074966075, 0.5423091811066545,
      0.5437795304588847, 0.5452538663326288, 0.5467321995364429, 0.5482145409081883, 0.549700901315111,
      0.5511912916539204, 0.5526857228508706, 0.5541842058618393, 0.5556867516724088, 0.5571933712979462,
      0.5587040757836845, 0.5602188762048033, 0.5617377836665098, 0.5632608093041209, 0.564787964283144,
      0.5663192597993595, 0.5678547070789026, 0.5693943173783458, 0.5709381019847808, 0.572486072215902,
      0.5740382394200894, 0.5755946149764913, 0.5771552102951081, 0.5787200368168754, 0.5802891060137493,
      0.5818624293887887, 0.5834400184762408, 0.585021884841625, 0.5866080400818185, 0.5881984958251406,
      0.5897932637314379, 0.5913923554921704, 0.5929957828304968, 0.5946035575013605, 0.5962156912915756,
      0.5978321960199137, 0.5994530835371903, 0.6010783657263515, 0.6027080545025619, 0.6043421618132907,
      0.6059806996384005, 0.6076236799902344, 0.6092711149137041, 0.6109230164863786, 0.6125793968185725,
      0.6142402680534349, 0.6159056423670379, 0.6175755319684665, 0.6192499490999082, 0.620928906036742,
      0.622612415087629, 0.6243004885946023, 0.6259931389331581, 0.6276903785123455, 0.6293922197748583,
      0.6310986751971253, 0.6328097572894031, 0.6345254785958666, 0.6362458516947014, 0.637970889198196,
      0.6397006037528346, 0.6414350080393891, 0.6431741147730128, 0.6449179367033329, 0.6466664866145447,
      0.6484197773255048, 0.6501778216898253, 0.6519406325959679, 0.6537082229673385, 0.6554806057623822,
      0.6572577939746774, 0.659039800633032, 0.6608266388015788, 0.6626183215798706, 0.6644148621029772,
      0.6662162735415805, 0.6680225691020727, 0.6698337620266515, 0.6716498655934177, 0.6734708931164728,
      0.6752968579460171, 0.6771277734684463, 0.6789636531064505, 0.6808045103191123, 0.6826503586020058,
      0.6845012114872953, 0.6863570825438342, 0.688217985377265, 0.690083933630119, 0.6919549409819159,
      0.6938310211492645, 0.6957121878859629, 0.6975984549830999, 0.6994898362691555, 0.7013863456101023,
      0.7032879969095076, 0.7051948041086352, 0.7071067811865475, 0.7090239421602076, 0.7109463010845827,
      0.7128738720527471, 0.7148066691959849, 0.7167447066838943, 0.718687998724491, 0.7206365595643126,
      0.7225904034885232, 0.7245495448210174, 0.7265139979245261, 0.7284837772007218, 0.7304588970903234,
      0.7324393720732029, 0.7344252166684908, 0.7364164454346837, 0.7384130729697496, 0.7404151139112358,
      0.7424225829363761, 0.7444354947621984, 0.7464538641456323, 0.7484777058836176, 0.7505070348132126,
      0.7525418658117031, 0.7545822137967112, 0.7566280937263048, 0.7586795205991071, 0.7607365094544071,
      0.762799075372269, 0.7648672334736434, 0.7669409989204777, 0.7690203869158282, 0.7711054127039704,
      0.7731960915705107, 0.7752924388424999, 0.7773944698885442, 0.7795022001189185, 0.7816156449856788,
      0.7837348199827764, 0.7858597406461707, 0.7879904225539431, 0.7901268813264122, 0.7922691326262467,
      0.7944171921585818, 0.7965710756711334, 0.7987307989543135, 0.8008963778413465, 0.8030678282083853,
      0.805245165974627, 0.8074284071024302, 0.8096175675974316, 0.8118126635086642, 0.8140137109286738,
      0.8162207259936375, 0.8184337248834821, 0.820652723822003, 0.8228777390769823, 0.8251087869603088,
      0.8273458838280969, 0.8295890460808079, 0.8318382901633681, 0.8340936325652911, 0.8363550898207981,
      0.8386226785089391, 0.8408964152537144, 0.8431763167241966, 0.8454623996346523, 0.8477546807446661,
      0.8500531768592616, 0.8523579048290255, 0.8546688815502312, 0.8569861239649629, 0.8593096490612387,
      0.8616394738731368, 0.8639756154809185, 0.8663180910111553, 0.8686669176368529, 0.871022112577578,
      0.8733836930995842, 0.8757516765159389, 0.8781260801866495, 0.8805069215187917, 0.8828942179666361,
      0.8852879870317771, 0.8876882462632604, 0.890095013257712, 0.8925083056594671, 0.8949281411607002,
      0.8973545375015533, 0.8997875124702672, 0.9022270839033115, 0.9046732696855155, 0.9071260877501991,
      0.909585556079304, 0.9120516927035263, 0.9145245157024483, 0.9170040432046711, 0.9194902933879467,
      0.9219832844793128, 0.9244830347552253, 0.9269895625416926, 0.92950288621441, 0.9320230241988943,
      0.9345499949706191, 0.9370838170551498, 0.93962450902828, 0.9421720895161669, 0.9447265771954693,
      0.9472879907934827, 0.9498563490882775, 0.9524316709088368, 0.9550139751351947, 0.9576032806985735,
      0.9601996065815236, 0.9628029718180622, 0.9654133954938133, 0.9680308967461471, 0.9706554947643201,
      0.9732872087896164, 0.9759260581154889, 0.9785720620876999, 0.9812252401044634, 0.9838856116165875,
      0.9865531961276168, 0.9892280131939752, 0.9919100824251095, 0.9945994234836328, 0.9972960560854698, 1,
    }
  end

  -- The bucket in which a finite number above 0 falls: bucket i holds (base^(i-1), base^i], base = 2^(2^-schema).
  -- Infinity has the one after the last of these.
  function native_index(schema, magnitude) -- luacheck: ignore 211 (the reader needs no index)
    if magnitude == huge then
      return 2 ^ (10 + schema) + 1
    end
    local fraction, exponent = math.frexp(magnitude)
    if schema <= 0 then
      return math.ceil((fraction == 0.5 and exponent - 1 or exponent) / 2 ^ -schema)
    end
    fractions = fractions or new_fractions()
    local step = 2 ^ (8 - schema)
    local low, high = 0, 2 ^ schema
    while low < high do
      local middle = floor((low + high) / 2)
      if fractions[middle * step + 1] >= fraction then
        high = middle
      else
        low = middle + 1
      end
    end
    return low + (exponent - 1) * 2 ^ schema
  end

  -- The upper bound of a bucket without its sign. The last bucket of finite values ends at the largest of them.
  function native_bound(schema, index)
    local exponent, place = index * 2 ^ -schema, 0
    if schema > 0 then
      exponent = floor(exponent)
      place = (index - exponent * 2 ^ schema) * 2 ^ (8 - schema)
    end
    if exponent == 1024 and place == 0 then
      return 1.7976931348623157e308
    elseif exponent >= 1024 then
      return huge
    elseif place == 0 then
      return math.ldexp(1, exponent)
    end
    fractions = fractions or new_fractions()
    return math.ldexp(fractions[place + 1], exponent + 1)
  end
end

-- Native histograms -------------------------------------------------------------------------------

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

-- Classic buckets derived from native ones --------------------------------------------------------

do
  local powers_by_resolution = {}

  -- The bounds that are shown: powers of two up to 2^20, of four up to 2^40, as far as they are bounds of the schema
  -- and outside the zero bucket.
  local function shown_powers(schema, zero_threshold)
    local name = schema .. ' ' .. format('%.17g', zero_threshold)
    local powers = powers_by_resolution[name]
    if not powers then
      local step = schema < 0 and 2 ^ -schema or 1
      powers = {}
      for exponent = -20, 40 do
        local power = math.ldexp(1, exponent)
        local is_listed = exponent <= 20 or exponent % 2 == 0
        if is_listed and exponent % step == 0 and power >= zero_threshold then
          powers[#powers + 1] = power
        end
      end
      powers_by_resolution[name] = powers
    end
    return powers
  end

  -- Bounds, and counts per bucket, one more than bounds, of buckets for readers that know no native ones. Why these
  -- bounds: packages/metric-format/src/native/derived-buckets.ts.
  function native.derive(buckets)
    local schema, positive, negative = buckets.schema, buckets.positive, buckets.negative
    local powers = shown_powers(schema, buckets.zero_threshold)
    local n = #powers
    local all, first = {}, 2 * n + 1
    for i = 1, first do
      all[i] = 0
    end
    local function count(place, number)
      all[place] = all[place] + number
      if number > 0 and place < first then
        first = place
      end
    end
    -- Each is counted at the first bound at or above all of its bucket; -powers[i] stands at n + 1 - i.
    local place = 0
    for i = 1, #negative.indexes do
      local finish = native_bound(schema, negative.indexes[i] - 1)
      while place < n and powers[place + 1] <= finish do
        place = place + 1
      end
      count(n + 1 - place, negative.counts[i])
    end
    count(n + 1, buckets.zero_count)
    place = 1
    for i = 1, #positive.indexes do
      local finish = native_bound(schema, positive.indexes[i])
      while place <= n and powers[place] < finish do
        place = place + 1
      end
      count(n + place, positive.counts[i])
    end
    local bounds, counts = {}, {}
    for i = first, 2 * n do
      bounds[i - first + 1] = i <= n and -powers[n + 1 - i] or powers[i - n]
    end
    for i = first, 2 * n + 1 do
      counts[i - first + 1] = all[i]
    end
    return bounds, counts
  end

  -- The classic buckets that a histogram is shown with: its own, or derived ones; nil where it has none.
  function native.classic_of(histogram)
    if histogram.bounds or not histogram.native then
      return histogram.bounds, histogram.counts
    end
    local shown = histogram.shown_bounds
    if not shown then
      return native.derive(histogram.native)
    end
    local counts = {}
    for i = 1, #shown + 1 do
      counts[i] = 0
    end
    return shown, counts
  end
end

-- Quantiles of native histograms ------------------------------------------------------------------

do
  local LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10

  -- Logarithm and power to the base 2 as Go computes them, operation by operation: those of C may differ in the last
  -- bit, and so would percentiles from those of Prometheus.
  local function log2(value)
    if value == huge then
      return huge
    end
    local fraction, exponent = math.frexp(value)
    if fraction == 0.5 then
      return exponent - 1
    end
    local f, k = fraction - 1, 0
    if fraction < 0.70710678118654752440 then
      f, k = fraction * 2 - 1, -1
    end
    local s = f / (2 + f)
    local s2 = s * s
    local s4 = s2 * s2
    local t1 = s2 * (6.666666666666735130e-01
      + s4 * (2.857142874366239149e-01 + s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)))
    local t2 = s4 * (3.999999999940941908e-01 + s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01))
    local half = 0.5 * f * f
    local natural = k * LN2_HIGH - ((half - (s * (half + (t1 + t2)) + k * LN2_LOW)) - f)
    return natural * 1.4426950408889634 + exponent
  end

  local function exp2(power)
    if power ~= power then
      return power
    elseif power > 1.0239999999999999e+03 then
      return huge
    elseif power < -1.0740e+03 then
      return 0
    end
    local whole = power > 0 and floor(power + 0.5) or math.ceil(power - 0.5)
    local rest = power - whole
    local high, low = rest * LN2_HIGH, -rest * LN2_LOW
    local r = high - low
    local t = r * r
    local c = r - t * (1.66666666666666657415e-01 + t * (-2.77777777770155933842e-03
      + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))))
    return math.ldexp(1 - ((low - (r * c) / (2 - c)) - high), whole)
  end

  local function interpolate(lower, upper, fraction)
    if lower <= 0 and upper >= 0 then
      return lower + (upper - lower) * fraction
    end
    local log_lower, log_upper = log2(abs(lower)), log2(abs(upper))
    if lower > 0 then
      return exp2(log_lower + (log_upper - log_lower) * fraction)
    end
    return -exp2(log_upper + (log_lower - log_upper) * (1 - fraction))
  end

  -- The ends of the bucket at a place, counted from the lowest values; the zero bucket ends at 0 on the side on which
  -- there are no others.
  local function ends_of(buckets, place, below, zeros)
    local threshold = buckets.zero_threshold
    if place > below and place <= below + zeros then
      local above = #buckets.positive.counts
      local lower = below == 0 and above > 0 and threshold > 0 and 0 or -threshold
      local upper = above == 0 and below > 0 and threshold > 0 and 0 or threshold
      return lower, upper
    end
    local is_negative = place <= below
    local index = is_negative and buckets.negative.indexes[below + 1 - place]
      or buckets.positive.indexes[place - below - zeros]
    local inner, outer = native_bound(buckets.schema, index - 1), native_bound(buckets.schema, index)
    if inner > 0 and inner < threshold then
      inner = threshold
    end
    if is_negative then
      return -outer, -inner
    end
    return inner, outer
  end

  -- The quantile of native buckets that hold `observations`, as Prometheus's histogram_quantile interpolates it
  -- (HistogramQuantile in promql/quantile.go).
  function native.quantile(q, buckets, observations, sum)
    local negative, positive = buckets.negative.counts, buckets.positive.counts
    local below, zeros = #negative, buckets.zero_count > 0 and 1 or 0
    local last = below + zeros + #positive
    local is_from_below = sum ~= sum or q < 0.5
    local rank = (is_from_below and q or 1 - q) * observations
    local count, here, found = 0, 0, 0
    for step = 1, last do
      local place = is_from_below and step or last + 1 - step
      here = place <= below and negative[below + 1 - place]
        or place <= below + zeros and buckets.zero_count
        or positive[place - below - zeros]
      count = count + here
      found = place
      if count >= rank then
        break
      end
    end
    count = min(count, observations)
    local lower, upper = ends_of(buckets, found, below, zeros)
    if count < rank then
      return sum ~= sum and 0 / 0 or upper
    end
    local fraction = (is_from_below and rank - (count - here) or count - rank) / here
    return interpolate(lower, upper, fraction)
  end
end

-- Windows and percentiles -------------------------------------------------------------------------

-- The copy in a window that observations are counted since: those of the last one to two minutes. nil without a window,
-- false when there were none. packages/metric-format/src/percentiles.ts says which copy fits, and why.
local function earlier_copy(window)
  if given(window) == nil or #window == 0 then
    return nil
  end
  local older, newest = window[1], window[#window]
  local newest_age_ms = now_ms - newest.since
  if newest_age_ms >= 2 * WINDOW_ROTATION_MS then
    return false
  elseif newest_age_ms < WINDOW_ROTATION_MS and now_ms - older.since < 3 * WINDOW_ROTATION_MS then
    return older
  end
  return newest
end

-- The counts less those of the fitting copy, in its own list; all of them without a window; nil when there were none.
local function recent_counts(counts, window)
  local copy = earlier_copy(window)
  if not copy then
    return copy == nil and counts or nil
  end
  local recent = copy.counts
  for i = 1, #counts do
    recent[i] = counts[i] - recent[i]
  end
  return recent
end

local function parse_percentiles(fields)
  local percentiles = {}
  for i = 1, #PERCENTILES do
    local raw = fields[sub(PERCENTILES[i].suffix, 2)]
    percentiles[i] = special_number(raw)
    if not percentiles[i] and given(raw) ~= nil then
      return nil
    end
  end
  return percentiles
end

local function sum_of(list)
  local sum = 0
  for i = 1, #list do
    sum = sum + list[i]
  end
  return sum
end

-- Histograms --------------------------------------------------------------------------------------

do
  -- Bounds and counts that hold `count` observations; nil where they are none.
  local function parse_classic(fields, count)
    local bounds, counts, total = fields.bounds, nil, nil
    if read_bounds(bounds) then
      counts, total = read_counts(fields.counts, #bounds + 1)
    end
    if total == count then
      return bounds, counts
    end
  end

  local function parse_native(fields, count, has_classic)
    local buckets, total = native.parse(fields)
    if total ~= count then
      return nil
    end
    local bounds, counts
    if has_classic then
      bounds, counts = parse_classic(fields, count)
      if not bounds then
        return nil
      end
    end
    local window = native.parse_window(fields.window, buckets, counts)
    if window == false then
      return nil
    end
    local copy = earlier_copy(window)
    local recent = copy ~= false and native.since(buckets, copy) or nil
    return { native = buckets, native_recent = recent, bounds = bounds, counts = counts }
  end

  local function parse_shape(fields, count)
    local has_classic = given(fields.bounds) ~= nil or given(fields.counts) ~= nil
    if given(fields.schema) ~= nil then
      return parse_native(fields, count, has_classic)
    elseif not has_classic then
      local percentiles = parse_percentiles(fields)
      return percentiles and { given = percentiles }
    end
    local bounds, counts = parse_classic(fields, count)
    if not bounds or not is_window(fields.window, counts) then
      return nil
    end
    return { bounds = bounds, counts = counts, recent = recent_counts(counts, fields.window) }
  end

  -- A histogram is { count, sum } with { bounds, counts, recent }, with { native, native_recent } and bounds and counts
  -- where it has classic buckets too, or with { given = percentiles }.
  function parse_record.histogram(record)
    local fields, reason = parse_fields('histogram', record)
    if not fields then
      return nil, reason
    end
    local count = fields.count
    if given(count) == nil or given(fields.sum) == nil then
      return nil, 'missing_value'
    end
    local sum = special_number(fields.sum)
    if not is_count(count) or not sum then
      return nil, 'invalid_value'
    end
    local histogram = parse_shape(fields, count)
    if not histogram then
      return nil, 'invalid_histogram'
    end
    -- 0 added makes 0 of -0.
    histogram.count, histogram.sum = count + 0, sum
    return histogram, read_time(fields.timestamp), read_time(fields.created)
  end
end

-- Quantiles ---------------------------------------------------------------------------------------

-- The percentiles of counts per bucket, each the quantile as Prometheus's histogram_quantile interpolates it
-- (bucketQuantile in promql/quantile.go). They ascend, so each is looked for from the bucket of the one before.
local function classic_percentiles(bounds, counts, observations)
  local percentiles, n = {}, #counts
  local index, cumulative = 1, counts[1]
  for i = 1, #PERCENTILES do
    local rank = PERCENTILES[i].quantile * observations
    while cumulative < rank and index < n do
      index = index + 1
      cumulative = cumulative + counts[index]
    end
    local finish = bounds[index]
    if not finish then
      percentiles[i] = bounds[n - 1]
    elseif index == 1 and finish <= 0 then
      percentiles[i] = finish
    else
      local start = index == 1 and 0 or bounds[index - 1]
      local below = cumulative - counts[index]
      percentiles[i] = start + (finish - start) * ((rank - below) / (cumulative - below))
    end
  end
  return percentiles
end

-- The percentiles of a histogram, in the order of PERCENTILES; nil when there is nothing to tell them from.
local function percentiles_of(histogram)
  if histogram.given then
    return histogram.given
  end
  local recent, native_recent = histogram.recent, histogram.native_recent
  local observations = recent and sum_of(recent) or native_recent and native.count(native_recent) or 0
  if observations == 0 then
    return nil
  end
  if recent then
    return classic_percentiles(histogram.bounds, recent, observations)
  end
  local percentiles = {}
  for i = 1, #PERCENTILES do
    percentiles[i] = native.quantile(PERCENTILES[i].quantile, native_recent, observations, histogram.sum)
  end
  return percentiles
end

-- Records as the library writes them --------------------------------------------------------------

local CANONICAL, parse_shown

-- A script has 200 local variables at most: these end here.
do
  -- Counters and gauges as the library writes them: what stands before the value and after it.
  CANONICAL = { counter = '{"type":"counter","value":', gauge = '{"type":"gauge","mode":"last","value":' }
  -- The same with most values: a decimal that ends neither with 0 nor with a point, and where it ends.
  local USUAL_DECIMAL = '([1-9]%d*%.?%d*[1-9])(),'
  local USUAL = { counter = '^' .. CANONICAL.counter .. USUAL_DECIMAL, gauge = '^' .. CANONICAL.gauge .. USUAL_DECIMAL }
  local CANONICAL_END = {
    counter = '^,"created":([1-9]%d*),"timestamp":([1-9]%d*)}$',
    gauge = '^,"timestamp":([1-9]%d*)}$',
    histogram = '^,"created":([1-9]%d*),"timestamp":([1-9]%d*)}$',
  }
  local CANONICAL_BYTES = 200
  local ZERO, POINT = byte('0.', 1, 2)

  -- Whether digits and points are a number as format_number writes it: without an exponent, and no digit too many.
  local function is_short_decimal(text)
    -- Most are told by one pattern; it is tried on fifteen characters at most.
    if find(text, '^[1-9]%d*%.?%d*[1-9]$') then
      return true
    end
    local point = find(text, '.', 1, true)
    if not point then
      return byte(text) ~= ZERO or #text == 1
    end
    local last = byte(text, -1)
    return last ~= ZERO and last ~= POINT and not find(text, '.', point + 1, true)
      and (byte(text) ~= ZERO and point > 1 or point == 2 and byte(text, 3) ~= ZERO)
  end

  -- By type and by the end of a record: its times, { timestamp, created }, or false. Series that were written together
  -- have the same end.
  local known_ends = { counter = {}, gauge = {}, histogram = {} }

  local function read_end(type_, text)
    -- Of a gauge there is one time, of the others two.
    local created, timestamp = match(text, CANONICAL_END[type_])
    if created and not timestamp then
      timestamp, created = created, nil
    end
    local times = timestamp and #timestamp <= 15 and { tonumber(timestamp), created and tonumber(created) } or false
    known_ends[type_][text] = times
    return times
  end

  -- The end that was read last, by type: its text and times.
  local last_ends = { counter = { text = '' }, gauge = { text = '' }, histogram = { text = '' } }

  -- The times at the end of a record from a place on, or false.
  local function times_from(record, type_, at)
    local last = last_ends[type_]
    if #record - at + 1 == #last.text and find(record, last.text, at, true) then
      return last.times
    end
    local text = sub(record, at)
    local times = known_ends[type_][text]
    if times == nil then
      times = read_end(type_, text)
    end
    last.text, last.times = text, times
    return times
  end

  -- The value of a record as its text, and the times, where it is a decimal of at most fifteen digits, none too many;
  -- nil for any other.
  local function read_usual(record, type_)
    local value, finish = match(record, USUAL[type_])
    local times = value and times_from(record, type_, finish)
    if not times then
      local start = CANONICAL[type_]
      value, finish = match(record, '^([%d.]+)()', #start + 1)
      if value and sub(record, 1, #start) == start and #value <= 15 and is_short_decimal(value) then
        times = times_from(record, type_, finish)
      end
    end
    if times and #value <= 15 then
      return value, times
    end
    return nil
  end

  -- As parse_record, but several times as quick for most, and then the value is text: it stands in the record as
  -- format_number would write it.
  function parse_shown(record, type_)
    if #record <= CANONICAL_BYTES then
      local value, times = read_usual(record, type_)
      if value then
        return value, times[1], times[2]
      end
    end
    return parse_record[type_](record)
  end

  -- Histograms: lists are passed over by their brackets, what stands between is told by patterns. The bounds are judged
  -- once for all series that have them; lists of counts are told to be such by their characters.
  local HISTOGRAM = '^{"type":"histogram","count":([1-9]%d*),"sum":([^,]+)'
    .. ',"bounds":(%b[]),"counts":(%b[]),"window":%[()'
  local WINDOW_COPY = '^{"since":([1-9]%d*),"counts":(%b[])}([],])()'
  local EXEMPLARS = '^,"exemplars":(%b[])()'
  -- The longest text of a whole number that is exact.
  local EXACT_BYTES = 15

  -- By the text of a list: the bounds in it, or false.
  local known_bounds = {}

  local function bounds_in(text)
    local bounds = known_bounds[text]
    if bounds == nil then
      bounds = read_bounds(parse_json(text)) or false
      known_bounds[text] = bounds
    end
    return bounds
  end

  -- The `n` counts in a text that has digits and commas alone, so that each is a whole number; nil for any other text.
  -- Some JSON was parsed before.
  local function counts_in(text, n)
    local is_list, counts
    if find(text, '^%[[%d,]+%]$') then
      is_list, counts = pcall(json_decode, text)
    end
    return is_list and #counts == n and counts or nil
  end

  -- The copies in a window, and where it ends; nil for any doubt.
  local function read_window(record, at, counts)
    local window, previous, n = {}, 0, #counts
    for i = 1, 2 do
      local since, list, after, next_at = match(record, WINDOW_COPY, at)
      local time = since and #since <= EXACT_BYTES and tonumber(since)
      local copy = time and time >= previous and counts_in(list, n)
      if not copy then
        return nil
      end
      for j = 1, n do
        if copy[j] > counts[j] then
          return nil
        end
      end
      window[i] = { since = time, counts = copy }
      if after == ']' then
        return window, next_at
      end
      at, previous = next_at, time
    end
    return nil
  end

  -- The times at the end of a record, which may have exemplars before them; false where in doubt.
  local function times_at(record, at)
    local list, after = match(record, EXEMPLARS, at)
    if list and parse_json(list) then
      at = after
    end
    return times_from(record, 'histogram', at)
  end

  -- The number in a text and, where format_number would write it so, the text; nil for any doubt.
  local function read_sum(text)
    if #text <= 15 and find(text, '^[%d.]+$') and is_short_decimal(text) then
      return tonumber(text), text
    end
    return find(text, '^%-?[1-9]%d*%.%d+$') and #text <= 30 and tonumber(text) or nil
  end

  -- A histogram and its times, { timestamp, created }; nil for any record that is not beyond doubt.
  local function read_usual_histogram(record)
    if #record > MAX_RECORD_BYTES then
      return nil
    end
    local count_text, sum_text, bounds_text, counts_text, window_at = match(record, HISTOGRAM)
    local bounds = count_text and #count_text <= EXACT_BYTES and bounds_in(bounds_text)
    local sum, shown_sum = nil, nil
    if bounds then
      sum, shown_sum = read_sum(sum_text)
    end
    local counts = sum and counts_in(counts_text, #bounds + 1)
    local count = tonumber(count_text)
    if not counts or sum_of(counts) ~= count then
      return nil
    end
    local window, end_at = read_window(record, window_at, counts)
    local times = window and times_at(record, end_at)
    if not times then
      return nil
    end
    local recent = recent_counts(counts, window)
    return { count = count, sum = sum, shown_sum = shown_sum, bounds = bounds, counts = counts, recent = recent }, times
  end

  local parse_any_histogram = parse_record.histogram

  function parse_record.histogram(record)
    if type(record) == 'string' then
      local histogram, times = read_usual_histogram(record)
      if histogram then
        return histogram, times[1], times[2]
      end
    end
    return parse_any_histogram(record)
  end
end

-- Reading values ----------------------------------------------------------------------------------

local AFTER_RECORD = format('%d', MAX_RECORD_BYTES)

-- What GET answers, but of a value that is too long for a record only one byte too many: to copy a hundred megabytes
-- holds Redis for a quarter of a second.
local function get(key)
  local value = pcall_redis('GETRANGE', key, '0', AFTER_RECORD)
  -- An error is a table, and has no length.
  if value and #value > 0 then
    return value
  end
  -- Gone, empty, no string, or the user may not call GETRANGE.
  return pcall_redis('GET', key)
end

-- Hashes ------------------------------------------------------------------------------------------

local WRONG_TYPE = '^%-?WRONGTYPE'

-- The fields of a hash that is a metric; nil and the reason where it is none. Lengths are asked for first: a field may
-- hold any number of bytes.
local function read_hash(type_, key)
  local names, size = HASH_FIELDS[type_], 0
  for i = 1, #names do
    local length = pcall_redis('HSTRLEN', key, names[i])
    if type(length) ~= 'number' then
      return nil, find(length.err, WRONG_TYPE) and 'wrong_redis_type' or 'unreadable'
    elseif length == 0 and i <= 2 then
      return nil, 'wrong_redis_type'
    end
    size = size + length
  end
  if size > MAX_RECORD_BYTES then
    return nil, 'value_too_long'
  end
  local texts = pcall_redis('HMGET', key, unpack(names))
  if texts.err then
    return nil, 'unreadable'
  end
  local fields = {}
  for i = 1, #names do
    local text = texts[i]
    if text and text ~= '' then
      local value, reason = parse_json(text)
      if reason == 'invalid_utf8' then
        return nil, reason
      end
      -- Text that is not JSON stands for itself.
      if reason then
        value = text
      end
      fields[names[i]] = value
    end
  end
  return fields
end

-- Skipped keys ------------------------------------------------------------------------------------

local skipped = {}
for i = 1, #SKIP_REASONS do
  skipped[SKIP_REASONS[i]] = 0
end

local function skip(reason, count)
  skipped[reason] = skipped[reason] + (count or 1)
end

-- One series under several keys -------------------------------------------------------------------

-- `copies` are { value, timestamp }, in the order of their keys' bytes: sums must not depend on how Redis lists keys.

local merge = {}

-- A script has 200 local variables at most: these end here.
do
  local function newest_of(copies)
    local newest = copies[1]
    for i = 2, #copies do
      if (copies[i].timestamp or -1) > (newest.timestamp or -1) then
        newest = copies[i]
      end
    end
    return newest.value
  end

  function merge.counter(copies)
    skip('duplicate_series', #copies - 1)
    local sum = copies[1].value
    for i = 2, #copies do
      sum = sum + copies[i].value
    end
    return sum
  end

  function merge.gauge(copies)
    skip('duplicate_series', #copies - 1)
    return newest_of(copies)
  end

  local function are_equal_lists(a, b)
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

  local function add_counts(sums, counts)
    for i = 1, #counts do
      sums[i] = (sums[i] or 0) + counts[i]
    end
    return sums
  end

  -- Whether the counts of two histograms fit together: both native, equal bounds, or both without buckets.
  local function are_alike(a, b)
    if a.native or b.native then
      return a.native ~= nil and b.native ~= nil
    end
    return are_equal_lists(a.bounds, b.bounds)
  end

  -- What the native buckets of several histograms come to, and the classic ones where all have equal bounds.
  local function add_native(merged, alike)
    local first = alike[1]
    local counts = first.bounds and not first.shown_bounds and {} or nil
    for i = 1, #alike do
      local one = alike[i]
      merged.native = merged.native and native.add(merged.native, one.native) or one.native
      if one.native_recent then
        local recent = merged.native_recent
        merged.native_recent = recent and native.add(recent, one.native_recent) or one.native_recent
      end
      local is_same = counts and not one.shown_bounds and are_equal_lists(one.bounds, first.bounds)
      counts = is_same and add_counts(counts, one.counts) or nil
    end
    merged.bounds, merged.counts = counts and first.bounds, counts
    merged.count = native.count(merged.native)
    if merged.count == 0 then
      merged.shown_bounds = first.shown_bounds
    end
  end

  function merge.histogram(copies)
    local newest = newest_of(copies)
    local alike = {}
    for i = 1, #copies do
      local histogram = copies[i].value
      if are_alike(histogram, newest) then
        alike[#alike + 1] = histogram
      end
    end
    skip('bounds_mismatch', #copies - #alike)
    skip('duplicate_series', #alike - 1)
    if newest.given or #alike == 1 then
      return newest
    end
    local merged = { sum = alike[1].sum }
    for i = 2, #alike do
      merged.sum = merged.sum + alike[i].sum
    end
    if newest.native then
      add_native(merged, alike)
      return merged
    end
    merged.bounds, merged.counts = newest.bounds, {}
    for i = 1, #alike do
      add_counts(merged.counts, alike[i].counts)
      merged.recent = alike[i].recent and add_counts(merged.recent or {}, alike[i].recent) or merged.recent
    end
    merged.count = sum_of(merged.counts)
    return merged
  end
end

-- Parts of the keys -------------------------------------------------------------------------------

local is_in_parts, note_in_parts, scan_part

-- A script has 200 local variables at most: these end here.
do
  -- With pages each call reads a part of the keys: those whose hash in Redis ends with the same bits. SCAN visits keys
  -- in the order of the reversed hash, so a part is what lies between two cursors, found without a look at the others.

  -- Keys up to which one page reads all; from there on, a part has at least so many buckets in the tables of Redis, so
  -- that tables which grow or shrink split no bucket of theirs in two.
  local MOST_UNDIVIDED, LEAST_BUCKETS = 64, 32
  -- Whether this call reads a part only.
  is_in_parts = false

  -- The bits of a number below `parts`, a power of two, in reverse order.
  local function reversed(number, parts)
    local result = 0
    while parts > 1 do
      result = 2 * result + number % 2
      number, parts = floor(number / 2), parts / 2
    end
    return result
  end

  -- How many parts so many keys have: a power of two up to the number of pages.
  local function count_parts(size)
    local parts = 1
    while size > MOST_UNDIVIDED and parts * 2 <= settings.pages and parts * 2 * LEAST_BUCKETS <= size do
      parts = parts * 2
    end
    return parts
  end

  -- Whether this page has a part of so many keys.
  function note_in_parts(size)
    local parts = count_parts(size)
    is_in_parts = parts > 1
    return settings.page <= parts
  end

  -- Gives `take` what a command of the SCAN family answers for the part of this page. Where a call ends in the next
  -- part, it is repeated for fewer keys; of a call for one, all keys lie in the last bucket before its cursor. False
  -- where the command is refused.
  function scan_part(size, take, command, ...)
    local parts = count_parts(size)
    local first, after = reversed(settings.page - 1, parts), reversed(settings.page % parts, parts)
    local cursor, count, is_over = first, 64, false
    local words = { command, ... }
    local cursor_at = #words + 1
    repeat
      words[cursor_at] = format('%.0f', cursor)
      words[cursor_at + 1], words[cursor_at + 2] = 'COUNT', count
      if command == 'SCAN' then
        words[cursor_at + 3], words[cursor_at + 4] = 'MATCH', PREFIX .. ':*'
      end
      local page = pcall_redis(unpack(words))
      if page.err then
        return false
      end
      local next_cursor = tonumber(page[1])
      local is_beyond = next_cursor ~= after and (next_cursor == 0 or next_cursor % parts ~= first)
      if parts == 1 then
        is_beyond, is_over = false, next_cursor == 0
      elseif not is_beyond or count == 1 then
        is_over = is_beyond or next_cursor == after
      end
      if is_beyond and count > 1 then
        count = count / 8
      else
        if not is_beyond then
          take(page[2])
        end
        cursor = next_cursor
      end
    until is_over
    return true
  end
end

-- Finding the keys --------------------------------------------------------------------------------

local META = PREFIX .. '-meta:'
local keys, is_scan_disabled = {}, false

-- CRC-16/XMODEM, as Redis Cluster hashes a tag.
local function hash_slot(tag)
  local crc = 0
  for i = 1, #tag do
    crc = bit.bxor(crc, bit.lshift(byte(tag, i), 8))
    for _ = 1, 8 do
      crc = bit.lshift(crc, 1)
      if bit.band(crc, 0x10000) ~= 0 then
        crc = bit.bxor(crc, 0x11021)
      end
    end
  end
  return crc % HASH_SLOTS
end

-- Where the indexes are: beside keys without a tag, and in each shard of a data set that has any. A shard's tag is the
-- smallest number in its slots, so one of them has 0.
local function index_places()
  local places = { META }
  local record = get(META .. '{0}:dataset')
  local shards = type(record) == 'string' and match(record, '^{"format":1,"id":"[%w_-]+","shards":(%d+)}$')
  local missing = shards and #shards <= 4 and tonumber(shards) or 0
  local count, is_taken, number = missing, {}, 0
  if count > MAX_SHARDS then
    return places
  end
  while missing > 0 do
    local range = floor(hash_slot(tostring(number)) * count / HASH_SLOTS)
    if not is_taken[range] then
      is_taken[range] = true
      missing = missing - 1
      places[#places + 1] = META .. '{' .. number .. '}:'
    end
    number = number + 1
  end
  return places
end

local key_start, is_listed = PREFIX .. ':', {}

-- Takes keys; all of them are series where they were matched with the beginning of such.
local function add_keys(found, are_matched)
  local count = #keys
  for i = 1, #found do
    local key = found[i]
    if not is_listed[key] and (are_matched or starts_with(key, key_start)) then
      is_listed[key] = true
      count = count + 1
      keys[count] = key
    end
  end
end

local function list_keys()
  local size = redis.pcall('DBSIZE')
  if type(size) == 'number' and size <= settings.scan_limit then
    local cursor = '0'
    repeat
      -- A thousand at once take a tenth longer: they no longer fit into the processor's cache.
      local page = redis.pcall('SCAN', cursor, 'MATCH', key_start .. '*', 'COUNT', 100)
      is_scan_disabled = page.err ~= nil
      cursor = page[1]
      add_keys(page[2] or {}, true)
    until cursor == '0' or is_scan_disabled
  else
    is_scan_disabled = true
  end
  if is_scan_disabled then
    for _, place in ipairs(index_places()) do
      local live = redis.pcall('ZRANGEBYSCORE', place .. 'live', format('%.0f', now_ms), '+inf')
      local announced = redis.pcall('SMEMBERS', place .. 'keys')
      add_keys(live.err and {} or live)
      add_keys(announced.err and {} or announced)
    end
  end
end

if settings.pages == 1 then
  list_keys()
end

-- Finding the keys of one page --------------------------------------------------------------------

local is_over_full

-- A script has 200 local variables at most: these end here.
do
  -- More series than the pages can show: none of them shows any, since a metric of which some are missing has wrong
  -- sums.
  is_over_full = false

  local function number_or_0(value)
    return type(value) == 'number' and value or 0
  end

  local function add_live(members_and_scores)
    local live = {}
    for i = 1, #members_and_scores, 2 do
      if tonumber(members_and_scores[i + 1]) >= now_ms then
        live[#live + 1] = members_and_scores[i]
      end
    end
    add_keys(live)
  end

  -- The first page has what is announced; what is indexed, too, is another's.
  local function add_announced()
    local announced, others = redis.pcall('SMEMBERS', META .. 'keys'), {}
    for i = 1, announced.err and 0 or #announced do
      local scores = redis.pcall('ZMSCORE', META .. 'live', announced[i])
      if scores.err or not scores[1] then
        others[#others + 1] = announced[i]
      end
    end
    add_keys(others)
  end

  local function add_scanned(found)
    add_keys(found, true)
  end

  -- Returns whether this page has a part of the keys.
  local function list_page()
    if #index_places() > 1 then
      -- Each shard is a part already.
      list_keys()
      return settings.page == 1
    end
    local most = number_or_0(redis.pcall('ZCOUNT', META .. 'live', format('%.0f', now_ms), '+inf'))
    is_over_full = most > settings.max_series
    local size = redis.pcall('DBSIZE')
    local is_scanned = type(size) == 'number' and size <= settings.scan_limit
    local indexed = is_scanned and size or number_or_0(redis.pcall('ZCOUNT', META .. 'live', '-inf', '+inf'))
    if not note_in_parts(indexed) then
      return false
    elseif is_over_full then
      return true
    elseif is_scanned and scan_part(size, add_scanned, 'SCAN') then
      return true
    end
    is_scan_disabled = true
    scan_part(indexed, add_live, 'ZSCAN', META .. 'live')
    if settings.page == 1 then
      add_announced()
    end
    return true
  end

  if settings.pages > 1 and not list_page() then
    return {}
  end
end

-- Families: all keys of one name ------------------------------------------------------------------

-- By name: how many keys there are and, by type, a group: the keys and where in each the labels begin.
local families, family_names = {}, {}

local function group_of(type_, name)
  local family = families[name]
  if not family then
    family = { size = 0 }
    families[name] = family
    family_names[#family_names + 1] = name
  end
  -- Two tags are two heads of one group.
  local group = family[type_] or { name = name, type = type_, family = family, keys = {}, starts = {} }
  family[type_] = group
  return group
end

local OPENING_BRACE = byte('{')

local function group_keys()
  local groups = {}
  local head_at = #PREFIX + 2
  for i = 1, #keys do
    local key = keys[i]
    local is_tagged = byte(key, head_at) == OPENING_BRACE
    local head = is_tagged and match(key, '^{[^:]*:[^:]*:[^:]*', head_at) or match(key, '^[^:]*:?[^:]*', head_at)
    local group = groups[head]
    if not group then
      local type_, name, tag = parse_head(head)
      -- Without a type, the second is the reason.
      group = type_ and group_of(type_, name) or name
      groups[head] = group
      if type_ and tag then
        local tags = families[name].tags or {}
        families[name].tags = tags
        tags[#tags + 1] = tag
      end
    end
    if type(group) == 'string' then
      skip(group)
    else
      local group_keys_ = group.keys
      local n = #group_keys_ + 1
      group_keys_[n] = key
      group.starts[n] = head_at + #head + 1
      group.family.size = group.family.size + 1
    end
  end
  sorted(family_names)
end

group_keys()

-- Whole families, each as long as it fits, redmeter's own first: they tell what went wrong.
local truncated = {}

local function choose_families()
  local room = settings.max_series
  for _, is_own_turn in ipairs({ true, false }) do
    for i = 1, #family_names do
      local family = families[family_names[i]]
      if starts_with(family_names[i], OWN_NAME_START) == is_own_turn then
        family.is_chosen = family.size <= room
        room = room - (family.is_chosen and family.size or 0)
      end
    end
  end
  for i = 1, #family_names do
    if not families[family_names[i]].is_chosen then
      truncated[#truncated + 1] = family_names[i]
    end
  end
end

choose_families()

-- Reading the series ------------------------------------------------------------------------------

-- Whether a counter or histogram is too young to be shown with its value. One that lives only for a short while is not,
-- once it has less life left than it had: else it might go before its value was seen.
local function is_new(key, created)
  local age = now_ms - created
  if age < 0 or age >= settings.new_ms then
    return false
  end
  local left = pcall_redis('PTTL', key)
  return type(left) ~= 'number' or left < 0 or left > age
end

-- A counter or histogram as it is before its first event: a histogram has no percentiles then.
local function at_zero(value)
  if type(value) == 'number' or type(value) == 'string' then
    return 0
  elseif value.given then
    return { count = 0, sum = 0, given = {} }
  end
  local zero = { count = 0, sum = 0, bounds = value.bounds }
  if value.native then
    zero.native = native.empty(value.native)
    if not value.bounds then
      zero.bounds = native.derive(value.native)
      zero.shown_bounds = zero.bounds
    end
  end
  zero.counts = {}
  for i = 1, #zero.bounds + 1 do
    zero.counts[i] = 0
  end
  return zero
end

-- Whether the metric read last is a hash: then the next one is asked as a hash first, as each wrong guess is an error
-- in the statistics of Redis.
local is_hash_likely = false

-- The fields of a key that answers `reply` where a string is asked for; nil and the reason where it is no metric, nil
-- alone where the key is gone.
local function read_no_string(type_, key, reply)
  if not reply then
    return nil
  elseif not find(reply.err, WRONG_TYPE) then
    return nil, 'unreadable'
  end
  local fields, reason = read_hash(type_, key)
  is_hash_likely = fields ~= nil
  return fields, reason
end

-- The value and timestamp of a key; nil and the reason where it has none, nil alone where the key is gone. `parse` is
-- parse_shown for strings, or else parse_record's own.
local function read_key(type_, key, parse)
  local record, reason
  if is_hash_likely then
    record, reason = read_hash(type_, key)
    -- As of a key that is gone, too.
    is_hash_likely = reason ~= 'wrong_redis_type'
  end
  if not is_hash_likely then
    record = get(key)
  end
  if type(record) ~= 'string' then
    parse = nil
    if not is_hash_likely then
      record, reason = read_no_string(type_, key, record)
    end
    if not record then
      return nil, reason
    end
  end
  local value, timestamp, created = (parse or parse_record[type_])(record, type_)
  if created and is_new(key, created) then
    value = at_zero(value)
  end
  return value, timestamp
end

local function read_repeated(type_, repeated_keys)
  local copies, newest_ms = {}, nil
  for _, key in ipairs(sorted(repeated_keys)) do
    local value, timestamp = read_key(type_, key)
    if value then
      copies[#copies + 1] = { value = value, timestamp = timestamp }
      newest_ms = timestamp and timestamp > (newest_ms or -1) and timestamp or newest_ms
    elseif timestamp then
      skip(timestamp)
    end
  end
  if #copies > 1 then
    return merge[type_](copies), newest_ms
  end
  return copies[1] and copies[1].value, newest_ms
end

local series_read = {}
for i = 1, #METRIC_TYPES do
  series_read[METRIC_TYPES[i]] = 0
end
local last_write_ms = -1

-- The usual spelling of keys ----------------------------------------------------------------------

local usual_head, is_usual_spelling

-- A script has 200 local variables at most: these end here.
do
  local function encoded_byte(character)
    return format('%%%02X', byte(character))
  end

  -- A name or label value as writers should write it in a key: with the characters encoded that need it, and no others.
  local function usual_text(text)
    local usual = gsub(text, '[%%:,={}"\\%c]', encoded_byte)
    -- Control characters past ASCII: U+0080 to U+009F.
    return (gsub(usual, '\194[\128-\159]', function(two)
      return (gsub(two, '.', encoded_byte))
    end))
  end

  local function is_usual_text(encoded)
    return usual_text((gsub(encoded, '%%([0-9a-fA-F][0-9a-fA-F])', unhex))) == encoded
  end

  -- How the keys of a group begin that have no tag.
  function usual_head(group)
    local name = group.name
    return PREFIX .. ':' .. group.type .. ':' .. (find(name, NAME) and name or usual_text(name))
  end

  -- Whether labels stand in a key as writers should write them: sorted, none empty. Two keys of one series cannot both
  -- be so.
  function is_usual_spelling(encoded)
    local previous
    for encoded_name, value in gmatch(encoded == '' and '' or encoded .. ',', '([^=,]*)=([^,]*),') do
      local name = gsub(encoded_name, '%%([0-9a-fA-F][0-9a-fA-F])', unhex)
      local is_sorted = not previous or is_before and is_before(previous, name) or not is_before and previous < name
      if not is_sorted or value == '' or not is_usual_text(encoded_name) or not is_usual_text(value) then
        return false
      end
      previous = name
    end
    return true
  end
end

-- Labels of a group -------------------------------------------------------------------------------

local read_labels, uniform_series

-- A script has 200 local variables at most: these end here.
do
  -- To learn how the labels of a group look takes as long as to read those of some keys.
  local LEAST_LEARNT = 8

  -- How to read labels with the same names in the same order, by these names as a key has them; true where they were
  -- seen in a shorter group only, whose keys did not pay for that. Metrics share their label names more often than not.
  local learnt_by_names = {}

  local function names_in(encoded)
    return (gsub(encoded, '=[^,]*', '='))
  end

  local function recall_labels(encoded)
    local learnt = learnt_by_names[names_in(encoded)]
    return learnt ~= true and learnt or nil
  end

  -- As recall_labels, after these were read as `labels` in a group of `count` keys. Whatever is read so in a part of
  -- the keys is spelled as usual.
  local function note_labels(encoded, labels, count)
    local names = names_in(encoded)
    if count < LEAST_LEARNT and not learnt_by_names[names] then
      learnt_by_names[names] = true
    elseif not is_in_parts or is_usual_spelling(encoded) then
      local learnt = learn_labels(encoded, labels, is_in_parts and USUAL_VALUE)
      learnt_by_names[names] = learnt or learnt_by_names[names]
      return learnt
    end
    return nil
  end

  -- The labels of a group's keys: two lists of them as the text has them, those with plain names and those that are to
  -- be escaped. Then by labels the key, the keys if there are several, and how the answer has them, where it is
  -- otherwise; `escaped_of` has the text of escaped ones, false for those that cannot be escaped.
  function read_labels(group)
    local plain, others, key_of, repeated_keys_of, shown_of, escaped_of = {}, {}, {}, {}, {}, {}
    local usual = is_in_parts and usual_head(group)
    local learnt
    for i = 1, #group.keys do
      local key = group.keys[i]
      local encoded = sub(key, group.starts[i])
      local labels, shown, escaped, escaped_shown
      local is_learnt = false
      learnt = learnt or i == 1 and recall_labels(encoded)
      if learnt and #encoded <= MAX_LABEL_VALUE_BYTES then
        local known, matches = gsub(encoded, learnt.pattern, learnt.replacement)
        if matches == 1 then
          labels, shown, is_learnt = known, known, true
        end
      end
      if not labels then
        labels, shown, escaped, escaped_shown = parse_labels(encoded)
        learnt = learnt or labels and labels ~= '' and escaped == nil and note_labels(encoded, labels, #group.keys)
      end
      if not labels then
        skip(shown)
      elseif is_in_parts and not (starts_with(key, usual) and (is_learnt or is_usual_spelling(encoded))) then
        -- The same series may stand in another part.
        skip('duplicate_series')
      elseif key_of[labels] then
        local repeated = repeated_keys_of[labels] or { key_of[labels] }
        repeated[#repeated + 1] = key
        repeated_keys_of[labels] = repeated
      else
        key_of[labels] = key
        if escaped ~= nil then
          others[#others + 1] = labels
          escaped_of[labels] = escaped
          shown_of[labels] = escaped_shown
        else
          plain[#plain + 1] = labels
          if shown ~= labels then
            shown_of[labels] = shown
          end
        end
      end
    end
    return plain, others, key_of, repeated_keys_of, shown_of, escaped_of
  end

  -- How to make a series of its key, where the labels in it have these names and plain values: a function of the key,
  -- nil for any other key. Texts are what this script costs most, and this makes one for each value and one for the
  -- series.
  local function uniform_reader(head, learnt, start)
    local pattern = learnt.pattern
    local parts = {}
    for part in gmatch(head .. learnt.replacement .. '}', '([^%%]*)%%?%d?') do
      parts[#parts + 1] = part
    end
    local a, b, c, d = parts[1], parts[2], parts[3], parts[4]
    if learnt.count == 1 then
      return function(key)
        local one = match(key, pattern, start)
        return one and a .. one .. b
      end
    elseif learnt.count == 2 then
      return function(key)
        local one, two = match(key, pattern, start)
        return one and a .. one .. b .. two .. c
      end
    elseif learnt.count == 3 then
      return function(key)
        local one, two, three = match(key, pattern, start)
        return one and a .. one .. b .. two .. c .. three .. d
      end
    end
    local replacement = head .. learnt.replacement .. '}'
    return function(key)
      local series, matches = gsub(sub(key, start), pattern, replacement)
      return matches == 1 and series
    end
  end

  -- The series of a group as the answer has them, sorted, and the key of each, where all keys have the same plain label
  -- names in the same order and plain values; nil for any other group. `head` is what comes before their labels. None
  -- is the beginning of another, so that they sort as their labels do.
  function uniform_series(head, group)
    local listed, starts, start = group.keys, group.starts, group.starts[1]
    if #listed < LEAST_LEARNT then
      return nil
    end
    local encoded = sub(listed[1], start)
    local learnt = recall_labels(encoded)
    if not learnt then
      local labels, _, escaped = parse_labels(encoded)
      learnt = labels and escaped == nil and note_labels(encoded, labels, #listed)
    end
    if not learnt or not learnt.is_plain or find(head, '%', 1, true) then
      return nil
    end
    if is_in_parts and not starts_with(listed[1], usual_head(group)) then
      return nil
    end
    local read = uniform_reader(head, learnt, start)
    local most_bytes = start + MAX_LABEL_VALUE_BYTES
    local list, key_of = {}, {}
    for i = 1, #listed do
      local key = listed[i]
      local series = starts[i] == start and #key < most_bytes and read(key)
      if not series or key_of[series] then
        return nil
      end
      list[i] = series
      key_of[series] = key
    end
    return sorted(list), key_of
  end
end

-- Reading a group ---------------------------------------------------------------------------------

-- By metric: series that are left out since, escaped, they are another series or metric of the answer.
local collisions = {}

local function note_collisions(name, count)
  if count > 0 then
    collisions[name] = (collisions[name] or 0) + count
  end
end

-- Gives every series of a group to `take(labels, value)`, sorted by its labels as the text has them, those with plain
-- names first if others are escaped; the value of a counter or gauge may be its text. Returns how many there are.
local function read_group(group, take)
  local plain, others, key_of, repeated_keys_of, shown_of, escaped_of = read_labels(group)
  local are_escaped, taken = #others > 0, {}
  local parse = CANONICAL[group.type] and parse_shown
  local count = 0
  sorted(plain)
  sorted(others)
  for i = 1, #plain + #others do
    local labels = plain[i] or others[i - #plain]
    local value, timestamp
    if repeated_keys_of[labels] then
      value, timestamp = read_repeated(group.type, repeated_keys_of[labels])
    else
      value, timestamp = read_key(group.type, key_of[labels], parse)
    end
    if value then
      if timestamp and timestamp > last_write_ms then
        last_write_ms = timestamp
      end
      local escaped = escaped_of[labels]
      if escaped == false or are_escaped and taken[escaped or labels] then
        note_collisions(group.name, 1)
      else
        count = count + 1
        taken[escaped or labels] = are_escaped
        take(shown_of[labels] or labels, value)
      end
    elseif timestamp then
      skip(timestamp)
    end
  end
  series_read[group.type] = series_read[group.type] + count
  return count
end

-- Skips every good key of a group for `reason`, the others for theirs.
local function drop_group(group, reason)
  for i = 1, #group.keys do
    local labels, why = parse_labels(sub(group.keys[i], group.starts[i]))
    local value
    if labels then
      value, why = read_key(group.type, group.keys[i])
    end
    if value then
      skip(reason)
    elseif why then
      skip(why)
    end
  end
end

local function has_good_key(group)
  for i = 1, #group.keys do
    if parse_labels(sub(group.keys[i], group.starts[i])) and read_key(group.type, group.keys[i]) then
      return true
    end
  end
  return false
end

local function parse_family(text)
  local value = parse_json(text)
  if not is_json_object(value, text) or not IS_METRIC_TYPE[value.type] then
    return nil
  end
  local help = type(value.help) == 'string' and value.help ~= '' and value.help or nil
  local alone = value.type == 'histogram' and given(value.bounds) == nil and value.native
  return value.type, help, type(alone) == 'table' and type(alone.schema) == 'number'
end

-- What `parse` makes of the first family record of a name: beside keys without a tag, else in the first shard that has
-- one.
local function read_family(name, parse)
  local tags = families[name] and families[name].tags
  local family_key = 'family:' .. encode_name(name)
  for i = 0, tags and #sorted(tags) or 0 do
    local text = get((i == 0 and META or META .. '{' .. tags[i] .. '}:') .. family_key)
    local type_, help, has_derived_buckets = nil, nil, nil
    if type(text) == 'string' then
      type_, help, has_derived_buckets = parse(text)
    end
    if type_ then
      return type_, help, has_derived_buckets
    end
  end
  return nil
end

-- The type and help that were declared for a name, and whether it has native buckets alone.
local function read_family_record(name)
  return read_family(name, parse_family)
end

-- The type that was declared for a name: what a page asks of every metric. Most records of counters and gauges are told
-- by patterns, in a quarter of the time.
local read_family_type
do
  local USUAL_BYTES = 512
  local USUAL_FIELDS = {
    '^,"help":"[^"\\%c\128-\255]*"()',
    '^,"unit":"[^"\\%c\128-\255]*"()',
    '^,"mode":"%l+"()',
    '^,"declared":[1-9]%d*()',
  }

  local function parse_type(text)
    local type_, at = match(text, '^{"type":"(%l+)"()')
    if IS_METRIC_TYPE[type_] and #text <= USUAL_BYTES then
      for i = 1, #USUAL_FIELDS do
        at = match(text, USUAL_FIELDS[i], at) or at
      end
      if find(text, '^}$', at) then
        return type_
      end
    end
    return (parse_family(text))
  end

  function read_family_type(name)
    return (read_family(name, parse_type))
  end
end

-- Writing the answer ------------------------------------------------------------------------------

-- By name: the lines of one family of the answer. In the text, the first two are its header.
local sections, section_names = {}, {}
local FIRST_LINE = is_text and 2 or 0

local function add_section(name, type_, help, lines)
  if is_text then
    local shown = find(name, LEGACY_NAME) and name or in_text(name)
    lines[1] = '# HELP ' .. shown .. ' ' .. gsub(help, '[\\\n]', ESCAPED)
    lines[2] = '# TYPE ' .. shown .. ' ' .. type_
  end
  sections[name] = lines
  section_names[#section_names + 1] = name
end

-- Writes a sample after the first n lines; returns how many there are then.
local function write(lines, n, series, value)
  if is_text then
    lines[n + 1] = series .. ' ' .. value
    return n + 1
  end
  lines[n + 1] = series
  lines[n + 2] = value
  return n + 2
end

local function help_of(name)
  if not is_text then
    return nil
  end
  local _, help, has_derived_buckets = read_family_record(name)
  return (help or MISSING_HELP) .. (has_derived_buckets and DERIVED_BUCKETS_HELP or '')
end

-- Values and histograms ---------------------------------------------------------------------------

local write_values, write_histograms

-- A script has 200 local variables at most: these end here.
do
  -- Counters or gauges that have labels of the same names: how many there are; nil for any others.
  local function write_uniform_values(name, group)
    local shown = escape_name(name)
    local list, key_of = uniform_series(open_series(shown), group)
    if not list then
      return nil
    end
    local lines, n = {}, FIRST_LINE
    local type_, count, newest_ms = group.type, 0, last_write_ms
    for i = 1, #list do
      local series = list[i]
      local value, timestamp = read_key(type_, key_of[series], parse_shown)
      if value then
        count = count + 1
        if timestamp and timestamp > newest_ms then
          newest_ms = timestamp
        end
        local text = type(value) == 'string' and value or format_number(value)
        if is_text then
          n = n + 1
          lines[n] = series .. ' ' .. text
        else
          lines[n + 1] = series
          lines[n + 2] = text
          n = n + 2
        end
      elseif timestamp then
        skip(timestamp)
      end
    end
    last_write_ms = newest_ms
    series_read[type_] = series_read[type_] + count
    if count > 0 then
      add_section(shown, type_, help_of(name), lines)
    end
    return count
  end

  function write_values(name, group)
    local uniform_count = write_uniform_values(name, group)
    if uniform_count then
      return uniform_count > 0
    end
    local lines, n = {}, FIRST_LINE
    local shown = escape_name(name)
    local bare, head = bare_series(shown), open_series(shown)
    local count = read_group(group, function(labels, value)
      local text = type(value) == 'string' and value or format_number(value)
      local series = labels == '' and bare or head .. labels .. '}'
      if is_text then
        n = n + 1
        lines[n] = series .. ' ' .. text
      else
        lines[n + 1] = series
        lines[n + 2] = text
        n = n + 2
      end
    end)
    if count > 0 then
      add_section(shown, group.type, help_of(name), lines)
    end
    return count > 0
  end

  -- How the series of buckets end, by the bounds of the histogram that was written last: most of a family have the
  -- same.
  local le_bounds, le_ends, le_texts = nil, nil, {}

  local function ends_of_buckets(bounds)
    if bounds ~= le_bounds then
      le_bounds, le_ends = bounds, {}
      for i = 1, #bounds do
        le_texts[bounds[i]] = le_texts[bounds[i]] or format_le(bounds[i]) .. '"}'
        le_ends[i] = le_texts[bounds[i]]
      end
    end
    return le_ends
  end

  -- The series of a metric by their labels.
  local function series_of(name)
    local bare, head = bare_series(name), open_series(name)
    return function(labels)
      return labels == '' and bare or head .. labels .. '}'
    end
  end

  function write_histograms(name, group)
    local lines, n = {}, FIRST_LINE
    local shown_name = escape_name(name)
    local bucket_head = open_series(shown_name .. '_bucket')
    local sum_series, count_series = series_of(shown_name .. '_sum'), series_of(shown_name .. '_count')
    local percentile_lines, percentile_n, percentile_series = {}, {}, {}
    for i = 1, #PERCENTILES do
      percentile_lines[i], percentile_n[i] = {}, FIRST_LINE
      percentile_series[i] = series_of(shown_name .. PERCENTILES[i].suffix)
    end
    local count = read_group(group, function(labels, histogram)
      local bucket = bucket_head .. labels .. (labels == '' and 'le="' or ',le="')
      local bounds, counts = native.classic_of(histogram)
      if bounds then
        local ends, cumulative, shown = ends_of_buckets(bounds), 0, '0'
        for i = 1, #bounds do
          if counts[i] > 0 then
            cumulative = cumulative + counts[i]
            shown = cumulative < 1e15 and format('%d', cumulative) or format_number(cumulative)
          end
          if is_text then
            n = n + 1
            lines[n] = bucket .. ends[i] .. ' ' .. shown
          else
            lines[n + 1] = bucket .. ends[i]
            lines[n + 2] = shown
            n = n + 2
          end
        end
      end
      local observations = format_number(histogram.count)
      n = write(lines, n, bucket .. '+Inf"}', observations)
      n = write(lines, n, sum_series(labels), histogram.shown_sum or format_number(histogram.sum))
      n = write(lines, n, count_series(labels), observations)
      local percentiles = percentiles_of(histogram)
      for i = 1, percentiles and #PERCENTILES or 0 do
        if percentiles[i] then
          local series = percentile_series[i](labels)
          percentile_n[i] = write(percentile_lines[i], percentile_n[i], series, format_number(percentiles[i]))
        end
      end
    end)
    if count > 0 then
      add_section(shown_name, 'histogram', help_of(name), lines)
    end
    for i = 1, #PERCENTILES do
      if percentile_n[i] > FIRST_LINE then
        local help = format(PERCENTILES[i].help, shown_name)
        add_section(shown_name .. PERCENTILES[i].suffix, 'gauge', help, percentile_lines[i])
      end
    end
    return count > 0
  end
end

-- What other parts hold ---------------------------------------------------------------------------

local leave_to_other_parts

-- A script has 200 local variables at most: these end here.
do
  -- With several parts, a page cannot know all keys of a name. So that no two pages show one series, a name has the
  -- type that was declared for it. Where none was, a key gives way to one with the same labels that Redis has under a
  -- type that goes before.

  local function is_key(key)
    local first = pcall_redis('GETRANGE', key, '0', '0')
    return type(first) == 'table' and find(first.err, WRONG_TYPE) ~= nil or type(first) == 'string' and first ~= ''
  end

  -- Skips the keys of a group whose labels stand under another type or name, too.
  local function give_way(group, other_head, reason)
    local kept, starts = {}, {}
    for i = 1, #group.keys do
      local key, start = group.keys[i], group.starts[i]
      local labels = sub(key, start)
      local other = labels == '' and other_head or other_head .. ':' .. labels
      if parse_labels(labels) and is_key(other) then
        skip(reason)
      else
        kept[#kept + 1], starts[#starts + 1] = key, start
      end
    end
    group.keys, group.starts = kept, starts
  end

  -- Takes from the groups of a name what another page shows or would show.
  function leave_to_other_parts(name)
    local family = families[name]
    local declared = read_family_type(name)
    local base = derived_base(name)
    local declared_base = base and read_family_type(base)
    for i = 1, #METRIC_TYPES do
      local group = family[METRIC_TYPES[i]]
      if group and declared and group.type ~= declared then
        drop_group(group, 'type_conflict')
        family[group.type] = nil
      elseif group and declared_base == 'histogram' then
        drop_group(group, 'derived_name')
        family[group.type] = nil
      elseif group then
        for before = 1, declared and 0 or i - 1 do
          give_way(group, usual_head({ type = METRIC_TYPES[before], name = name }), 'type_conflict')
        end
        if base and not declared_base then
          give_way(group, usual_head({ type = 'histogram', name = base }), 'derived_name')
        end
        if #group.keys == 0 then
          family[group.type] = nil
        end
      end
    end
  end
end

-- One type for each name --------------------------------------------------------------------------

-- A script has 200 local variables at most: these end here.
do
  local is_histogram = {}

  -- The group that stands for a name under several types: of those with a good key the declared one, else the first.
  local function preferred_group(name, groups)
    local good = {}
    for i = 1, #groups do
      if has_good_key(groups[i]) then
        good[#good + 1] = groups[i]
      end
    end
    local declared = #good > 1 and read_family_type(name)
    for i = 1, #good do
      if good[i].type == declared then
        return good[i]
      end
    end
    return good[1] or groups[1]
  end

  -- Names of the answer, where some are escaped.
  local is_taken = {}

  local function suffixes_of(group)
    return group.type == 'histogram' and DERIVED_SUFFIXES or {}
  end

  local function take_names(shown, group)
    is_taken[shown] = true
    for _, suffix in ipairs(suffixes_of(group)) do
      is_taken[shown .. suffix] = true
    end
  end

  -- Whether a metric would take the name of another one when its own is escaped.
  local function collides(shown, group)
    if is_taken[shown] or is_reserved_name(shown) then
      return true
    end
    for _, suffix in ipairs(suffixes_of(group)) do
      if is_taken[shown .. suffix] then
        return true
      end
    end
    return false
  end

  local function leave_out(group)
    local count = read_group(group, function() end)
    series_read[group.type] = series_read[group.type] - count
    note_collisions(group.name, count)
  end

  -- Writes a group, and returns whether it has series, shown or left out.
  local function write_group(name, group)
    local shown = escape_name(name)
    if shown ~= name and collides(shown, group) then
      leave_out(group)
      return collisions[name] ~= nil
    end
    local write_series = group.type == 'histogram' and write_histograms or write_values
    local has_series = write_series(name, group)
    if is_escaping and has_series then
      take_names(shown, group)
    end
    return has_series or collisions[name] ~= nil
  end

  local function write_family(name)
    local groups = {}
    if is_in_parts then
      leave_to_other_parts(name)
    end
    for i = 1, #METRIC_TYPES do
      groups[#groups + 1] = families[name][METRIC_TYPES[i]]
    end
    if #groups == 0 then
      return
    end
    local preferred = #groups > 1 and preferred_group(name, groups) or groups[1]
    for i = 1, #groups do
      if groups[i] ~= preferred then
        drop_group(groups[i], 'type_conflict')
      end
    end
    if is_histogram[derived_base(name) or false] then
      drop_group(preferred, 'derived_name')
    else
      is_histogram[name] = write_group(name, preferred) and preferred.type == 'histogram'
    end
  end

  -- In the order of names, a histogram comes before what it derives.
  local function write_families(are_legacy)
    for i = 1, #family_names do
      local name = family_names[i]
      if families[name].is_chosen and (are_legacy == nil or are_legacy == (find(name, LEGACY_NAME) ~= nil)) then
        write_family(name)
      end
    end
  end

  if is_escaping then
    -- Names that stay as they are have precedence.
    write_families(true)
    write_families(false)
  else
    write_families()
  end
end

-- The reader's own series -------------------------------------------------------------------------

-- A script has 200 local variables at most: these end here.
do
  -- Pages are told apart by a label, which sorts by its name as all do.
  local function own_labels(label, value)
    local own = label and label .. '=' .. quoted(value)
    if settings.pages > 1 then
      local page = 'page="' .. format('%.0f', settings.page) .. '"'
      own = not own and page or label < 'page' and own .. ',' .. page or page .. ',' .. own
    end
    return own and '{' .. own .. '}' or ''
  end

  local function write_own(family, label, values)
    local lines, n = {}, FIRST_LINE
    for i = 1, #values do
      local series = family.name .. own_labels(label, values[i][1])
      n = write(lines, n, series, format_number(values[i][2]))
    end
    if #values > 0 then
      add_section(family.name, 'gauge', family.help, lines)
    end
  end

  local function counted(names, counts)
    local values = {}
    for _, name in ipairs(sorted(names)) do
      -- Of the pages, the first shows what is 0.
      if settings.page == 1 or not counts or counts[name] > 0 then
        values[#values + 1] = { name, counts and counts[name] or 1 }
      end
    end
    return values
  end

  if is_over_full then
    -- No metric has this name.
    truncated[1] = '*'
  end
  write_own(READER_FAMILIES.skipped_keys, 'reason', counted(SKIP_REASONS, skipped))
  write_own(READER_FAMILIES.series, 'type', counted(METRIC_TYPES, series_read))
  write_own(READER_FAMILIES.series_limit, nil, { { '', settings.max_series } })
  write_own(READER_FAMILIES.scan_disabled, nil, { { '', is_scan_disabled and 1 or 0 } })
  write_own(READER_FAMILIES.truncated_families, 'family', counted(truncated))

  local collided = {}
  for name in pairs(collisions) do
    collided[#collided + 1] = name
  end
  write_own(READER_FAMILIES.escape_collisions, 'family', counted(collided, collisions))
  write_own(READER_FAMILIES.last_write, nil, last_write_ms >= 0 and { { '', last_write_ms / 1000 } } or {})

  local answer, length = {}, 0
  for _, name in ipairs(sorted(section_names)) do
    local lines = sections[name]
    for i = 1, #lines do
      answer[length + i] = lines[i]
    end
    length = length + #lines
  end
  return answer
end
