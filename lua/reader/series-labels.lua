-- Labels of a group
-- needs: is_text, parse_labels, learn_labels, skip
-- gives: read_labels

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
