-- One type for each name
-- needs: is_escaping, LEGACY_NAME, escape_name, is_reserved_name, derived_base, families, family_names, is_in_parts, series_read,
--        collisions, note_collisions, read_group, drop_group, has_good_key, read_family_type, leave_to_other_parts,
--        write_values, write_histograms

-- A script has 200 local variables at most: these end here.
do
  local is_histogram = {}

  -- The group that stands for a name under several types: of those with a good key the declared one, else the first.
  local function preferred_group(name, groups)
    local good = {}
    for i = 1, #groups do
      if has_good_key(groups[i]) then
        good[#good + 1] = groups[i]
      end
    end
    local declared = #good > 1 and read_family_type(name)
    for i = 1, #good do
      if good[i].type == declared then
        return good[i]
      end
    end
    return good[1] or groups[1]
  end

  -- Names of the answer, where some are escaped.
  local is_taken = {}

  local function suffixes_of(group)
    return group.type == 'histogram' and DERIVED_SUFFIXES or {}
  end

  local function take_names(shown, group)
    is_taken[shown] = true
    for _, suffix in ipairs(suffixes_of(group)) do
      is_taken[shown .. suffix] = true
    end
  end

  -- Whether a metric would take the name of another one when its own is escaped.
  local function collides(shown, group)
    if is_taken[shown] or is_reserved_name(shown) then
      return true
    end
    for _, suffix in ipairs(suffixes_of(group)) do
      if is_taken[shown .. suffix] then
        return true
      end
    end
    return false
  end

  local function leave_out(group)
    local count = read_group(group, function() end)
    series_read[group.type] = series_read[group.type] - count
    note_collisions(group.name, count)
  end

  -- Writes a group, and returns whether it has series, shown or left out.
  local function write_group(name, group)
    local shown = escape_name(name)
    if shown ~= name and collides(shown, group) then
      leave_out(group)
      return collisions[name] ~= nil
    end
    local write_series = group.type == 'histogram' and write_histograms or write_values
    local has_series = write_series(name, group)
    if is_escaping and has_series then
      take_names(shown, group)
    end
    return has_series or collisions[name] ~= nil
  end

  local function write_family(name)
    local groups = {}
    if is_in_parts then
      leave_to_other_parts(name)
    end
    for i = 1, #METRIC_TYPES do
      groups[#groups + 1] = families[name][METRIC_TYPES[i]]
    end
    if #groups == 0 then
      return
    end
    local preferred = #groups > 1 and preferred_group(name, groups) or groups[1]
    for i = 1, #groups do
      if groups[i] ~= preferred then
        drop_group(groups[i], 'type_conflict')
      end
    end
    if is_histogram[derived_base(name) or false] then
      drop_group(preferred, 'derived_name')
    else
      is_histogram[name] = write_group(name, preferred) and preferred.type == 'histogram'
    end
  end

  -- In the order of names, a histogram comes before what it derives.
  local function write_families(are_legacy)
    for i = 1, #family_names do
      local name = family_names[i]
      if families[name].is_chosen and (are_legacy == nil or are_legacy == (find(name, LEGACY_NAME) ~= nil)) then
        write_family(name)
      end
    end
  end

  if is_escaping then
    -- Names that stay as they are have precedence.
    write_families(true)
    write_families(false)
  else
    write_families()
  end
end
