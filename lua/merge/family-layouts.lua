-- Layouts of a histogram
-- needs: given, read_time, read_bounds, bounds_text, ttl, now, read_text, read_native, lay_out, refuse
-- gives: family_declaration, union_of, settle_layouts

local family_declaration, union_of, settle_layouts

do
  -- All but the time, with which it ends.
  function family_declaration(family)
    local text = '{"type":"' .. family.type .. '"'
    if family.help then text = text .. ',"help":' .. cjson.encode(family.help) end
    if family.unit then text = text .. ',"unit":' .. cjson.encode(family.unit) end
    if family.native then text = text .. ',"native":' .. family.native.text end
    if family.bounds then text = text .. ',"bounds":' .. family.bounds end
    if family.layouts then text = text .. ',"layouts":' .. family.layouts end
    if family.mode then text = text .. ',"mode":"' .. family.mode .. '"' end
    return text .. ',"declared":'
  end

  -- While processes observe with different bounds, a histogram has the bounds of all: no observation is refused, no
  -- count begins anew, and no bucket falls. The family record lists these layouts, each with the time at which it
  -- expires; every batch with observations renews its own. Native buckets are a layout,
  -- too, with bounds or without.

  function union_of(lists)
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

  local function layout_name(bounds, is_native)
    return (is_native and 'native ' or '') .. (bounds and bounds_text(bounds) or '')
  end

  -- The stored layouts but for the family's own; of one alone it is not known when it was observed last.
  local function other_layouts(family, stored, stored_bounds, stored_native)
    local own, others = layout_name(family.own_bounds, family.own_native), {}
    local listed = given(stored.layouts)
    if type(listed) ~= 'table' then
      listed = { { bounds = stored_bounds, native = stored_native ~= nil, expires = now + family.lease } }
    end
    for i = 1, #listed do
      local layout = type(listed[i]) == 'table' and listed[i] or {}
      local bounds, expires = read_bounds(given(layout.bounds)), read_time(layout.expires)
      local is_native = layout.native == true
      if (bounds or is_native) and expires and expires > now and layout_name(bounds, is_native) ~= own then
        -- No lease is longer than the time to live: a time further away is a wrong clock's.
        others[#others + 1] = { bounds = bounds, is_native = is_native, expires = min(expires, now + ttl) }
      end
    end
    return others
  end

  local function layouts_text(layouts)
    local texts = {}
    for i = 1, #layouts do
      local layout = layouts[i]
      texts[i] = format('{%s%s"expires":%.0f}', layout.is_native and '"native":true,' or '',
        layout.bounds and '"bounds":' .. bounds_text(layout.bounds) .. ',' or '', layout.expires)
    end
    return '[' .. concat(texts, ',') .. ']'
  end

  -- How native buckets are counted, as the process that started last declares it.
  local function settle_native(family, stored, stored_native)
    if not stored_native then return family.own_native end
    if not family.own_native then return stored_native end
    return family.declared > (read_time(stored.declared) or 0) and family.own_native or stored_native
  end

  -- Where each bucket of the writer is among those of the family.
  local function places_in(union, own)
    local places = {}
    for i = 1, #union do
      if union[i] == own[#places + 1] then places[#places + 1] = i end
    end
    places[#places + 1] = #union + 1
    return places
  end

  function settle_layouts(family, stored)
    local stored_bounds, stored_native = read_bounds(given(stored.bounds)), read_native(stored.native)
    if not stored_bounds and not stored_native then return nil end
    local layouts = other_layouts(family, stored, stored_bounds, stored_native)
    if family.own_native then family.native = settle_native(family, stored, stored_native) end
    if not layouts[1] then return nil end
    local others = layouts_text(layouts)
    layouts[#layouts + 1] = {
      bounds = family.own_bounds, is_native = family.own_native ~= nil, expires = now + min(family.lease, ttl),
    }
    local lists, is_native = {}, false
    for i = 1, #layouts do
      if layouts[i].bounds then lists[#lists + 1] = layouts[i].bounds end
      is_native = is_native or layouts[i].is_native
    end
    local union = union_of(lists)
    local has_no_room = family.own_bounds and (#lists > MAX_LAYOUTS or #union > MAX_BOUNDS)
    if has_no_room and family.own_native then
      -- Its native buckets say more than its bounds.
      layouts[#layouts].bounds, lists[#lists], has_no_room, family.takes_native_only = nil, nil, nil, true
      union = union_of(lists)
    end
    if has_no_room then
      -- Unless they are renewed, the others expire, and then there is room.
      family.awaited = {
        type = family.type, layouts = others, help = read_text(stored.help), unit = read_text(stored.unit),
        native = stored_native,
        bounds = stored_bounds and bounds_text(stored_bounds), declared = read_time(stored.declared) or 0,
      }
      return refuse('bounds_changed', family.awaited.bounds or '')
    end
    family.native = is_native and settle_native(family, stored, stored_native) or nil
    lay_out(family, lists[1] and union)
    family.layouts = layouts_text(layouts)
    family.places = family.own_bounds and not family.takes_native_only and places_in(union, family.own_bounds) or nil
    return nil
  end
end
