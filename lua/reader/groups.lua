-- Reading a group
-- needs: sorted, encode_name, IS_METRIC_TYPE, parse_labels, parse_json, is_json_object, CANONICAL, parse_shown, get,
--        skip, META, families, given, read_key, read_repeated, series_read, last_write_ms, read_labels
-- gives: collisions, note_collisions, read_group, drop_group, has_good_key, read_family_record,
--        read_family_type

-- By metric: series that are left out since, escaped, they are another series or metric of the answer.
local collisions = {}

local function note_collisions(name, count)
  if count > 0 then
    collisions[name] = (collisions[name] or 0) + count
  end
end

-- Gives every series of a group to `take(labels, value)`, sorted by its labels as the text has them, those with plain
-- names first if others are escaped; the value of a counter or gauge may be its text. Returns how many there are.
local function read_group(group, take)
  local plain, others, key_of, repeated_keys_of, shown_of, escaped_of = read_labels(group)
  local are_escaped, taken = #others > 0, {}
  local parse = CANONICAL[group.type] and parse_shown
  local count = 0
  sorted(plain)
  sorted(others)
  for i = 1, #plain + #others do
    local labels = plain[i] or others[i - #plain]
    local value, timestamp
    if repeated_keys_of[labels] then
      value, timestamp = read_repeated(group.type, repeated_keys_of[labels])
    else
      value, timestamp = read_key(group.type, key_of[labels], parse)
    end
    if value then
      if timestamp and timestamp > last_write_ms then
        last_write_ms = timestamp
      end
      local escaped = escaped_of[labels]
      if escaped == false or are_escaped and taken[escaped or labels] then
        note_collisions(group.name, 1)
      else
        count = count + 1
        taken[escaped or labels] = are_escaped
        take(shown_of[labels] or labels, value)
      end
    elseif timestamp then
      skip(timestamp)
    end
  end
  series_read[group.type] = series_read[group.type] + count
  return count
end

-- Skips every good key of a group for `reason`, the others for theirs.
local function drop_group(group, reason)
  for i = 1, #group.keys do
    local labels, why = parse_labels(sub(group.keys[i], group.starts[i]))
    local value
    if labels then
      value, why = read_key(group.type, group.keys[i])
    end
    if value then
      skip(reason)
    elseif why then
      skip(why)
    end
  end
end

local function has_good_key(group)
  for i = 1, #group.keys do
    if parse_labels(sub(group.keys[i], group.starts[i])) and read_key(group.type, group.keys[i]) then
      return true
    end
  end
  return false
end

local function parse_family(text)
  local value = parse_json(text)
  if not is_json_object(value, text) or not IS_METRIC_TYPE[value.type] then
    return nil
  end
  local help = type(value.help) == 'string' and value.help ~= '' and value.help or nil
  local alone = value.type == 'histogram' and given(value.bounds) == nil and value.native
  return value.type, help, type(alone) == 'table' and type(alone.schema) == 'number'
end

-- What `parse` makes of the first family record of a name: beside keys without a tag, else in the first shard that has
-- one.
local function read_family(name, parse)
  local tags = families[name] and families[name].tags
  local family_key = 'family:' .. encode_name(name)
  for i = 0, tags and #sorted(tags) or 0 do
    local text = get((i == 0 and META or META .. '{' .. tags[i] .. '}:') .. family_key)
    local type_, help, has_derived_buckets = nil, nil, nil
    if type(text) == 'string' then
      type_, help, has_derived_buckets = parse(text)
    end
    if type_ then
      return type_, help, has_derived_buckets
    end
  end
  return nil
end

-- The type and help that were declared for a name, and whether it has native buckets alone.
local function read_family_record(name)
  return read_family(name, parse_family)
end

-- The type that was declared for a name: what a page asks of every metric. Most records of counters and gauges are told
-- by patterns, in a quarter of the time.
local read_family_type
do
  local USUAL_BYTES = 512
  local USUAL_FIELDS = {
    '^,"help":"[^"\\%c\128-\255]*"()',
    '^,"unit":"[^"\\%c\128-\255]*"()',
    '^,"mode":"%l+"()',
    '^,"declared":[1-9]%d*()',
  }

  local function parse_type(text)
    local type_, at = match(text, '^{"type":"(%l+)"()')
    if IS_METRIC_TYPE[type_] and #text <= USUAL_BYTES then
      for i = 1, #USUAL_FIELDS do
        at = match(text, USUAL_FIELDS[i], at) or at
      end
      if find(text, '^}$', at) then
        return type_
      end
    end
    return (parse_family(text))
  end

  function read_family_type(name)
    return (read_family(name, parse_type))
  end
end
