-- Families: all keys of one name
-- needs: settings, sorted, starts_with, parse_head, get, skip, is_in_parts, keys
-- gives: families, family_names, record_of, truncated

-- By name: how many keys there are and, by type, a group: the keys and where in each the labels begin.
local families, family_names = {}, {}

local function group_of(type_, name)
  local family = families[name]
  if not family then
    family = { size = 0 }
    families[name] = family
    family_names[#family_names + 1] = name
  end
  -- Two tags are two heads of one group.
  local group = family[type_] or { name = name, type = type_, family = family, keys = {}, starts = {} }
  family[type_] = group
  return group
end

local OPENING_BRACE = byte('{')

local function group_keys()
  local groups = {}
  local head_at = #PREFIX + 2
  for i = 1, #keys do
    local key = keys[i]
    local is_tagged = byte(key, head_at) == OPENING_BRACE
    local head = is_tagged and match(key, '^{[^:]*:[^:]*:[^:]*', head_at) or match(key, '^[^:]*:?[^:]*', head_at)
    local group = groups[head]
    if not group then
      local type_, name, tag = parse_head(head)
      -- Without a type, the second is the reason.
      group = type_ and group_of(type_, name) or name
      groups[head] = group
      if type_ and tag then
        local tags = families[name].tags or {}
        families[name].tags = tags
        tags[#tags + 1] = tag
      end
    end
    if type(group) == 'string' then
      skip(group)
    else
      local group_keys_ = group.keys
      local n = #group_keys_ + 1
      group_keys_[n] = key
      group.starts[n] = head_at + #head + 1
      group.family.size = group.family.size + 1
    end
  end
  sorted(family_names)
end

group_keys()

local truncated = {}

-- By key: records of histograms, which a page reads before it chooses, since their bytes tell how much work they are.
local record_of = {}

-- What a counter or gauge of a page is taken for.
local VALUE_BYTES = 85

-- The bytes of a family's histograms, which are read.
local function histogram_bytes(family)
  local bytes = 0
  local listed = family.histogram and family.histogram.keys or {}
  for i = 1, #listed do
    local record = get(listed[i])
    if type(record) == 'string' then
      record_of[listed[i]] = record
      bytes = bytes + #record
    end
  end
  return bytes
end

-- How much room a page has for histograms beside its counters and gauges.
local function room_for_histograms()
  local room = settings.page_bytes
  for i = 1, #family_names do
    local family = families[family_names[i]]
    room = room - VALUE_BYTES * (family.size - (family.histogram and #family.histogram.keys or 0))
  end
  return room
end

-- Whole families, each as long as it fits, redmeter's own first: they tell what went wrong. Of a part of the keys, all
-- counters and gauges fit, since their number is limited before.
local function choose_families()
  local room = is_in_parts and room_for_histograms() or settings.max_series
  for _, is_own_turn in ipairs({ true, false }) do
    for i = 1, #family_names do
      local family = families[family_names[i]]
      if starts_with(family_names[i], OWN_NAME_START) == is_own_turn then
        local size = is_in_parts and histogram_bytes(family) or family.size
        family.is_chosen = size == 0 or size <= room
        room = room - (family.is_chosen and size or 0)
      end
    end
  end
  for i = 1, #family_names do
    if not families[family_names[i]].is_chosen then
      truncated[#truncated + 1] = family_names[i]
    end
  end
end

choose_families()
