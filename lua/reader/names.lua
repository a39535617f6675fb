-- Names
-- needs: is_utf8
-- gives: IS_METRIC_TYPE, NAME, starts_with, unhex, decode_name, encode_name, is_reserved_name, is_reserved_label, parse_head,
--        derived_base

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
