-- Labels of a group
-- needs: is_text, sorted, parse_labels, learn_labels, skip
-- gives: read_labels, uniform_series

-- The labels of a group's keys: a list of them as the text has them, the key or keys of each, and those that the pairs
-- have otherwise.
local function read_labels(group)
  local all_labels, key_of, repeated_keys_of, in_pairs_of = {}, {}, {}, {}
  local learnt
  for i = 1, #group.keys do
    local key = group.keys[i]
    local encoded = sub(key, group.starts[i])
    local labels, in_pairs
    if learnt and #encoded <= MAX_LABEL_VALUE_BYTES then
      local plain, matches = gsub(encoded, learnt.pattern, learnt.replacement)
      if matches == 1 then
        labels, in_pairs = plain, plain
      end
    end
    if not labels then
      labels, in_pairs = parse_labels(encoded)
      learnt = learnt or labels and learn_labels(encoded, labels)
    end
    if not labels then
      skip(in_pairs)
    elseif key_of[labels] then
      local repeated = repeated_keys_of[labels] or { key_of[labels] }
      repeated[#repeated + 1] = key
      repeated_keys_of[labels] = repeated
    else
      all_labels[#all_labels + 1] = labels
      key_of[labels] = key
      if in_pairs ~= labels and not is_text then
        in_pairs_of[labels] = in_pairs
      end
    end
  end
  return all_labels, key_of, repeated_keys_of, in_pairs_of
end

-- How to make a series of its key, where the labels in it have these names and plain values: a function of the key, nil
-- for any other key. Texts are what this script costs most, and this makes one for each value and one for the series.
local function uniform_reader(name, learnt, start)
  local pattern = learnt.pattern
  local parts = {}
  for part in gmatch(name .. '{' .. learnt.replacement .. '}', '([^%%]*)%%?%d?') do
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
  local replacement = name .. '{' .. learnt.replacement .. '}'
  return function(key)
    local series, matches = gsub(sub(key, start), pattern, replacement)
    return matches == 1 and series
  end
end

-- The series of a group as the answer has them, sorted, and the key of each, where all keys have the same label names
-- in the same order and plain values; nil for any other group. None is the beginning of another, so that they sort as
-- their labels do.
local function uniform_series(name, group)
  local listed, starts, start = group.keys, group.starts, group.starts[1]
  local encoded = sub(listed[1], start)
  local labels = parse_labels(encoded)
  local learnt = labels and learn_labels(encoded, labels)
  if not learnt then
    return nil
  end
  local read = uniform_reader(name, learnt, start)
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
