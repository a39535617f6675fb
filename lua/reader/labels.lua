-- Labels
-- needs: sorted, ESCAPED, is_utf8, IS_RESERVED_LABEL, NAME, starts_with
-- gives: parse_labels, learn_labels

local function unhex(hex)
  return char(tonumber(hex, 16))
end

-- Labels in any order and spelling: as the text has them, sorted by name, and as the pairs have them. There, a value
-- with \ " or a line feed stands in backticks, which PromQL allows and relabelling can take apart; one that holds a
-- backtick, too, stays escaped. Nil and the reason where they are no labels.
local function parse_labels(encoded)
  if encoded == '' then
    return '', ''
  end
  local names, values = {}, {}
  for name, equals, value in gmatch(encoded .. ',', '([^=,]*)(=?)([^,]*),') do
    if equals == '' then
      return nil, 'malformed_label'
    elseif not find(name, NAME) then
      return nil, 'invalid_label_name'
    elseif IS_RESERVED_LABEL[name] or starts_with(name, '__') then
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
    end
  end
  local in_text, in_pairs = {}, {}
  for i, name in ipairs(sorted(names)) do
    local value = values[name]
    local escaped = gsub(value, '[\\"\n]', ESCAPED)
    in_text[i] = name .. '="' .. escaped .. '"'
    in_pairs[i] = in_text[i]
    if escaped ~= value and not find(value, '`', 1, true) then
      in_pairs[i] = name .. '=`' .. value .. '`'
    end
  end
  return concat(in_text, ','), concat(in_pairs, ',')
end

-- A plain label value: nothing encoded, nothing to escape, nothing past ASCII. What is most common comes first, since
-- each character is looked for from the first on.
local PLAIN_VALUE = '([_-~--Z &-+!#$[%]^]+)'

-- How to read labels that have the same names in the same order as these, and plain values: by one gsub instead of
-- part by part. nil where these are not plain themselves.
local function learn_labels(encoded, labels)
  local pattern, replacement = {}, {}
  for name in gmatch(encoded, '([^=,]+)=[^,]*') do
    pattern[#pattern + 1] = name .. '=' .. PLAIN_VALUE
    replacement[#pattern] = name .. '="%' .. #pattern .. '"'
  end
  if #pattern == 0 or #pattern > 9 then
    return nil
  end
  local learnt =
    { pattern = '^' .. concat(pattern, ',') .. '$', replacement = concat(replacement, ','), count = #pattern }
  local plain, matches = gsub(encoded, learnt.pattern, learnt.replacement)
  return matches == 1 and plain == labels and learnt or nil
end
