-- Families: all keys of one name
-- needs: settings, sorted, starts_with, parse_head, skip, keys
-- gives: families, family_names, truncated

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

-- Whole families, each as long as it fits, redmeter's own first: they tell what went wrong.
local truncated = {}

local function choose_families()
  local room = settings.max_series
  for _, is_own_turn in ipairs({ true, false }) do
    for i = 1, #family_names do
      local family = families[family_names[i]]
      if starts_with(family_names[i], OWN_NAME_START) == is_own_turn then
        family.is_chosen = family.size <= room
        room = room - (family.is_chosen and family.size or 0)
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
