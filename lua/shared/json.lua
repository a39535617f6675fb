-- Strict JSON
-- needs: is_utf8
-- gives: json_decode, parse_json, given

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
