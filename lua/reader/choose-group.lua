-- One type for each name
-- needs: families, family_names, drop_group, has_good_key, read_family_record, write_values, write_histograms

local is_histogram = {}

local function is_derived(name)
  for i = 1, #DERIVED_SUFFIXES do
    local suffix = DERIVED_SUFFIXES[i]
    if sub(name, -#suffix) == suffix and is_histogram[sub(name, 1, -#suffix - 1)] then
      return true
    end
  end
  return false
end

-- The group that stands for a name under several types: of those with a good key the declared one, else the first.
local function preferred_group(name, groups)
  local good = {}
  for i = 1, #groups do
    if has_good_key(groups[i]) then
      good[#good + 1] = groups[i]
    end
  end
  local declared = #good > 1 and read_family_record(name)
  for i = 1, #good do
    if good[i].type == declared then
      return good[i]
    end
  end
  return good[1] or groups[1]
end

local function write_family(name)
  local groups = {}
  for i = 1, #METRIC_TYPES do
    groups[#groups + 1] = families[name][METRIC_TYPES[i]]
  end
  local preferred = #groups > 1 and preferred_group(name, groups) or groups[1]
  for i = 1, #groups do
    if groups[i] ~= preferred then
      drop_group(groups[i], 'type_conflict')
    end
  end
  if is_derived(name) then
    drop_group(preferred, 'derived_name')
  elseif preferred.type == 'histogram' then
    is_histogram[name] = write_histograms(name, preferred)
  else
    write_values(name, preferred)
  end
end

-- In the order of names, a histogram comes before what it derives.
for i = 1, #family_names do
  if families[family_names[i]].is_chosen then
    write_family(family_names[i])
  end
end
