-- Exemplars
-- needs: on_demand, is_finite, number_text, is_utf8, given, read_time, made_at, now, native_index, native
-- gives: exemplars

-- Exemplars of a series: the newest of each bucket, at most ten. One has `labels`, a `value` and a `timestamp`.
local exemplars = {}

on_demand(exemplars, function()
  local MAX_EXEMPLARS = 10
  local MAX_CHARACTERS = 128
  local BEGIN = ',"exemplars":['

  local function are_labels(labels)
    if type(labels) ~= 'table' or next(labels) == nil then return false end
    local characters = 0
    for name, text in pairs(labels) do
      if type(name) ~= 'string' or name == '' or type(text) ~= 'string' then return false end
      local both = name .. text
      if not is_utf8(both) then return false end
      -- Bytes but for those that continue a character.
      local _, count = gsub(both, '[^\128-\191]', '')
      characters = characters + count
    end
    return characters <= MAX_CHARACTERS
  end

  -- The exemplar of an operation; nil for anything else.
  local function read_recorded(value)
    if type(value) ~= 'table' or not are_labels(value.labels) or not is_finite(value.value) then return nil end
    local age = read_time(value.age)
    if not age then return nil end
    return { labels = value.labels, value = value.value, timestamp = max(0, min(now, floor(made_at - age))) }
  end

  -- The exemplars of an operation; nil for anything else.
  function exemplars.read_recorded(list)
    if type(list) ~= 'table' or #list > MAX_EXEMPLARS or #list == 0 and next(list) ~= nil then return nil end
    local read = {}
    for i = 1, #list do
      read[i] = read_recorded(list[i])
      if not read[i] then return nil end
    end
    return read
  end

  -- Those of a record. What cannot be read is left out: the record is what it counts, with or without it.
  function exemplars.read_stored(list)
    list = given(list)
    local read = {}
    for i = 1, type(list) == 'table' and #list or 0 do
      local one = list[i]
      if type(one) == 'table' and are_labels(one.labels) and is_finite(one.value) then
        local timestamp = min(now, read_time(one.timestamp) or 0)
        read[#read + 1] = { labels = one.labels, value = one.value, timestamp = timestamp }
      end
    end
    return read
  end

  -- Those of the end of a record's text, from `,"exemplars":[` on.
  function exemplars.read_text(text)
    local ok, list = pcall(decode, sub(text, #BEGIN))
    return exemplars.read_stored(ok and list or nil)
  end

  -- What a record has at its end, before `created`: the text of its list, and where it begins; nil without one. No text
  -- in JSON can hold the same, since there quotes are escaped.
  local function find_stored(record, from)
    local first, last = find(record, BEGIN, from, true)
    if not first then return nil end
    local after = find(record, '],"created":', last, true)
    return after and sub(record, last, after), first, after
  end

  -- The exemplars that stand at `at` of a record, and where it goes on after them; nil and `at` where none do.
  function exemplars.read_at(record, at)
    local list, first, last = find_stored(record, at)
    if first ~= at then return nil, at end
    local ok, decoded = pcall(decode, list)
    if not ok then return nil, at end
    return exemplars.read_stored(decoded), last + 1
  end

  -- The bucket of each exemplar of a histogram, by its native form or its bounds; a counter has one.
  local function bucket_of(value, counts, bounds)
    if counts then
      local magnitude = math.abs(value)
      if magnitude <= counts.threshold then return 'zero' end
      return (value < 0 and '-' or '') .. native_index(counts.schema, magnitude)
    end
    return bounds and native.place_of(bounds, value) or 1
  end

  local function is_older(a, b)
    if a.timestamp ~= b.timestamp then return a.timestamp < b.timestamp end
    return a.value < b.value
  end

  -- The newest of each bucket; of equally new ones that which was recorded later.
  local function newest(stored, recorded, counts, bounds)
    local by_bucket, kept = {}, {}
    for _, list in ipairs({ stored, recorded }) do
      for i = 1, #list do
        local one = list[i]
        local bucket = bucket_of(one.value, counts, bounds)
        local known = by_bucket[bucket]
        if not known or known.timestamp <= one.timestamp then by_bucket[bucket] = one end
      end
    end
    for _, one in pairs(by_bucket) do kept[#kept + 1] = one end
    table.sort(kept, is_older)
    return kept
  end

  local function labels_text(labels)
    local names, texts = {}, {}
    for name in pairs(labels) do names[#names + 1] = name end
    table.sort(names)
    for i = 1, #names do texts[i] = cjson.encode(names[i]) .. ':' .. cjson.encode(labels[names[i]]) end
    return '{' .. concat(texts, ',') .. '}'
  end

  -- All that a series keeps, as text of its record; '' for none.
  function exemplars.text(stored, recorded, counts, bounds, most)
    local kept = newest(stored or {}, recorded or {}, counts, bounds)
    local texts = {}
    for i = max(1, #kept - (most or MAX_EXEMPLARS) + 1), #kept do
      texts[#texts + 1] = '{"labels":' .. labels_text(kept[i].labels) .. ',"value":' .. number_text(kept[i].value) ..
        ',"timestamp":' .. number_text(kept[i].timestamp) .. '}'
    end
    return #texts > 0 and BEGIN .. concat(texts, ',') .. ']' or ''
  end

  -- The rest of a record from `from` to `to`, with these exemplars added to those in it.
  function exemplars.spliced(record, from, to, recorded, counts, bounds)
    local list, first, last = find_stored(record, from)
    local stored = {}
    if list then
      local ok, decoded = pcall(decode, list)
      stored = exemplars.read_stored(ok and decoded or nil)
    else
      last = find(record, ',"created":', from, true)
      if not last then return nil end
      first, last = last, last - 1
    end
    return sub(record, from, first - 1) .. exemplars.text(stored, recorded, counts, bounds) .. sub(record, last + 1, to)
  end
end)
