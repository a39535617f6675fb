-- Escaped names
-- needs: is_escaping, NAME, quoted
-- gives: LEGACY_NAME, escape_name, escape_label, bare_series, open_series

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
