-- Layouts of a histogram
-- needs: given, read_time, read_bounds, bounds_text, ttl, now, read_text, lay_out, refuse
-- gives: family_declaration, union_of, settle_layouts

-- All but the time, with which it ends.
local function family_declaration(family)
  local text = '{"type":"' .. family.type .. '"'
  if family.help then text = text .. ',"help":' .. cjson.encode(family.help) end
  if family.unit then text = text .. ',"unit":' .. cjson.encode(family.unit) end
  if family.bounds then text = text .. ',"bounds":' .. family.bounds end
  if family.layouts then text = text .. ',"layouts":' .. family.layouts end
  if family.mode then text = text .. ',"mode":"' .. family.mode .. '"' end
  return text .. ',"declared":'
end

-- While processes observe with different bounds, a histogram has the bounds of all: no observation is refused, no
-- count begins anew, and no bucket falls. The family record lists these layouts, each with the time at which it
-- expires; every batch with observations renews its own.

local function union_of(lists)
  local all, union = {}, {}
  for i = 1, #lists do
    local bounds = lists[i]
    for j = 1, #bounds do all[#all + 1] = bounds[j] end
  end
  table.sort(all)
  for i = 1, #all do
    if all[i] ~= all[i - 1] then union[#union + 1] = all[i] end
  end
  return union
end

-- The stored layouts but for the family's own; of one alone it is not known when it was observed last.
local function other_layouts(family, stored, stored_bounds)
  local own, others = bounds_text(family.own_bounds), {}
  local listed = given(stored.layouts)
  if type(listed) ~= 'table' then listed = { { bounds = stored_bounds, expires = now + family.lease } } end
  for i = 1, #listed do
    local layout = type(listed[i]) == 'table' and listed[i] or {}
    local bounds, expires = read_bounds(given(layout.bounds)), read_time(layout.expires)
    if bounds and expires and expires > now and bounds_text(bounds) ~= own then
      -- No lease is longer than the time to live: a time further away is a wrong clock's.
      others[#others + 1] = { bounds = bounds, expires = min(expires, now + ttl) }
    end
  end
  return others
end

local function layouts_text(layouts)
  local texts = {}
  for i = 1, #layouts do
    texts[i] = format('{"bounds":%s,"expires":%.0f}', bounds_text(layouts[i].bounds), layouts[i].expires)
  end
  return '[' .. concat(texts, ',') .. ']'
end

local function settle_layouts(family, stored)
  local stored_bounds = read_bounds(given(stored.bounds))
  if not stored_bounds then return nil end
  local layouts = other_layouts(family, stored, stored_bounds)
  if not layouts[1] then return nil end
  local others = layouts_text(layouts)
  layouts[#layouts + 1] = { bounds = family.own_bounds, expires = now + min(family.lease, ttl) }
  local lists = {}
  for i = 1, #layouts do lists[i] = layouts[i].bounds end
  local union = union_of(lists)
  if #layouts > MAX_LAYOUTS or #union > MAX_BOUNDS then
    -- Unless they are renewed, the others expire, and then there is room.
    family.awaited = {
      type = family.type, help = read_text(stored.help), unit = read_text(stored.unit),
      bounds = bounds_text(stored_bounds), layouts = others, declared = read_time(stored.declared) or 0,
    }
    return refuse('bounds_changed', family.awaited.bounds)
  end
  lay_out(family, union)
  family.layouts = layouts_text(layouts)
  local places, own = {}, family.own_bounds
  for i = 1, #union do
    if union[i] == own[#places + 1] then places[#places + 1] = i end
  end
  places[#places + 1] = #union + 1
  family.places = places
  return nil
end
