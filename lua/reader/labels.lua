-- Labels
-- needs: is_escaping, sorted, in_text, quoted, is_utf8, NAME, unhex, decode_name, is_reserved_label, escape_label
-- gives: parse_labels, USUAL_VALUE, learn_labels

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
