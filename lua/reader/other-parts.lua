-- What other parts hold
-- needs: WRONG_TYPE, derived_base, parse_labels, skip, families, usual_head, drop_group, read_family_type
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

  -- Skips the keys of a group whose labels stand under another type or name, too.
  local function give_way(group, other_head, reason)
    local kept, starts = {}, {}
    for i = 1, #group.keys do
      local key, start = group.keys[i], group.starts[i]
      local labels = sub(key, start)
      local other = labels == '' and other_head or other_head .. ':' .. labels
      if parse_labels(labels) and is_key(other) then
        skip(reason)
      else
        kept[#kept + 1], starts[#starts + 1] = key, start
      end
    end
    group.keys, group.starts = kept, starts
  end

  -- Takes from the groups of a name what another page shows or would show.
  function leave_to_other_parts(name)
    local family = families[name]
    local declared = read_family_type(name)
    local base = derived_base(name)
    local declared_base = base and read_family_type(base)
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
          give_way(group, usual_head({ type = METRIC_TYPES[before], name = name }), 'type_conflict')
        end
        if base and not declared_base then
          give_way(group, usual_head({ type = 'histogram', name = base }), 'derived_name')
        end
        if #group.keys == 0 then
          family[group.type] = nil
        end
      end
    end
  end
end
