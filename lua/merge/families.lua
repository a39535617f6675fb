-- Families
-- needs: number_text, parse_json, read_time, ttl_text, family_total, FIRST_FAMILY_KEY, TYPES, read_text, families,
--        found, refuse, get_record, family_declaration, settle_layouts

-- Makes the declaration of this batch and the stored one into one; the newer wins, and what it leaves out is kept.
local function settle(family, stored)
  if stored.type ~= family.type then return refuse('type_conflict', stored.type) end
  local stored_mode = read_text(stored.mode) or 'last'
  if family.mode and family.mode ~= stored_mode then return refuse('mode_conflict', stored_mode) end
  if family.type == 'histogram' then
    -- Who only keeps series alive, or removes them, does not observe with any bounds.
    family.is_idle = not family.is_observed
    local reason = not family.is_idle and settle_layouts(family, stored)
    if reason then return reason end
  end
  local stored_declared = read_time(stored.declared) or 0
  local help, unit = read_text(stored.help), read_text(stored.unit)
  if family.declared > stored_declared then
    family.help, family.unit = family.help or help, family.unit or unit
    return nil
  end
  family.help, family.unit, family.declared = help or family.help, unit or family.unit, stored_declared
  return nil
end

for i = 1, family_total do
  local family, key = families[i], KEYS[FIRST_FAMILY_KEY + i - 1]
  local stored_record = get_record(key)
  local declaration = family_declaration(family)
  local declared = stored_record and sub(stored_record, 1, #declaration) == declaration
    and match(stored_record, '^([1-9]%d*)}$', #declaration + 1)
  if declared then
    -- They differ in the time at most.
    family.declared = max(family.declared, tonumber(declared))
  else
    local stored = stored_record and parse_json(stored_record)
    if type(stored) == 'table' and TYPES[stored.type] then
      family.refused = settle(family, stored)
      family.found = found
    end
    declaration = family_declaration(family)
  end
  if family.awaited then
    local record = family_declaration(family.awaited) .. number_text(family.awaited.declared) .. '}'
    pcall_redis('SET', key, record, 'KEEPTTL')
  elseif not family.refused then
    local record = declaration .. number_text(family.declared) .. '}'
    if record == stored_record or family.is_idle then pcall_redis('PEXPIRE', key, ttl_text)
    else pcall_redis('SET', key, record, 'PX', ttl_text) end
  end
end
