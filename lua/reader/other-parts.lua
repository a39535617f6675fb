-- What other parts hold
-- needs: WRONG_TYPE, parse_labels, skip, families, usual_head, drop_group, read_family_record
-- gives: leave_to_other_parts

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

  -- Skips the keys of a group whose labels stand under another type, too, and a name without this suffix.
  local function give_way(group, type_, suffix, reason)
    local kept, starts = {}, {}
    for i = 1, #group.keys do
      local key, start = group.keys[i], group.starts[i]
      local labels = sub(key, start)
      local other = usual_head({ type = type_, name = sub(group.name, 1, -#suffix - 1) })
      if labels ~= '' then
        other = other .. ':' .. labels
      end
      if parse_labels(labels) and is_key(other) then
        skip(reason)
      else
        kept[#kept + 1], starts[#starts + 1] = key, start
      end
    end
    group.keys, group.starts = kept, starts
  end

  local function derived_suffix(name)
    for i = 1, #DERIVED_SUFFIXES do
      local suffix = DERIVED_SUFFIXES[i]
      if #name > #suffix and sub(name, -#suffix) == suffix then
        return suffix
      end
    end
    return nil
  end

  -- Takes from the groups of a name what another page shows or would show.
  function leave_to_other_parts(name)
    local family = families[name]
    local declared = read_family_record(name)
    local suffix = derived_suffix(name)
    local declared_base = suffix and read_family_record(sub(name, 1, -#suffix - 1))
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
          give_way(group, METRIC_TYPES[before], '', 'type_conflict')
        end
        if suffix and not declared_base then
          give_way(group, 'histogram', suffix, 'derived_name')
        end
        if #group.keys == 0 then
          family[group.type] = nil
        end
      end
    end
  end
end
