-- Labels of a group
-- needs: sorted, starts_with, parse_labels, USUAL_VALUE, learn_labels, skip, is_in_parts, usual_head,
--        is_usual_spelling
-- gives: read_labels, uniform_series

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
