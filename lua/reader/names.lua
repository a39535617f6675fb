-- Names
-- gives: IS_METRIC_TYPE, IS_RESERVED_LABEL, NAME, starts_with, parse_head

local function set_of(list)
  local set = {}
  for i = 1, #list do
    set[list[i]] = true
  end
  return set
end

local IS_METRIC_TYPE = set_of(METRIC_TYPES)
local IS_RESERVED_LABEL = set_of(RESERVED_LABEL_NAMES)
local NAME = '^[A-Za-z_][A-Za-z0-9_]*$'

local function starts_with(text, start)
  return sub(text, 1, #start) == start
end

local function is_reserved_name(name)
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
  elseif not find(name, NAME) then
    return nil, 'invalid_name'
  elseif is_reserved_name(name) then
    return nil, 'reserved_name'
  end
  return type_, name, tag
end
