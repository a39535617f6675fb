-- Applying the operations
-- needs: ttl_text, first_series_key, streams, series_total, family_of, adds, operations, exemplars_of, found, refuse,
--        live_at, changed, changed_length, note_live, refusal, merge
-- gives: removed, refused

-- Keeps an idle series alive; one that is gone stays gone, and a bare number keeps its own time to live.
local function touch(key)
  if pcall_redis('GETRANGE', key, 0, 0) == '{' and pcall_redis('PEXPIRE', key, ttl_text) == 1 then
    note_live(key, live_at)
  end
  return nil, true
end

local removed = {}

-- Whatever else lies under the key is not ours to remove. A time to live that is over deletes the key, and is a command
-- that writers may call anyway.
local function remove(key)
  local first = pcall_redis('GETRANGE', key, 0, 0)
  if type(first) == 'table' then return refusal(first, key) end
  pcall_redis('PEXPIRE', key, -1)
  removed[#removed + 1] = key
  return nil, true
end

local refused = {}
local position = 0

-- A writer warns of each reason once for a metric, so that the first series of each is enough.
local function note_refused(family, reason)
  local word = reason
  family.explained = family.explained or {}
  if family.explain == true and found and not family.explained[reason] then
    family.explained[reason] = true
    word = reason .. ':' .. gsub(sub(found, 1, MAX_FOUND_BYTES), '[^!-$&-~]', function(character)
      return format('%%%02X', byte(character))
    end)
  end
  refused[#refused + 1] = position .. ' ' .. word
end

-- Adds what totals of streams have grown by. Where that is nothing, the series is kept alive.
local function merge_totals(key, operation, family)
  local is_there
  local taken = streams.take(operation.points, family, function()
    if is_there == nil then is_there = pcall_redis('GETRANGE', key, 0, 0) ~= '' end
    return not is_there
  end)
  local reason, is_unchanged = nil, true
  if next(taken.states) then
    local observed = taken.observed
    local is_more = taken.grown or observed and observed.count > 0
    if not is_more and pcall_redis('GETRANGE', key, 0, 0) ~= '' then touch(key)
    elseif family.type == 'counter' then reason, is_unchanged = merge.counter(key, taken.add, operation.exemplars)
    elseif family.type == 'gauge' then reason, is_unchanged = merge.gauge(key, { mode = 'sum', add = taken.add })
    else
      observed.exemplars = operation.exemplars
      reason, is_unchanged = merge.histogram(key, observed, family, taken.add)
    end
    if reason then return reason end
    streams.keep(taken, family)
  end
  for word, count in pairs(taken.notes) do refused[#refused + 1] = position .. ' ' .. word .. ':' .. count end
  return nil, is_unchanged
end

local function merge_the_rest()
  for i = position + 1, series_total do
    position = i
    local operation, key, family = operations[i], KEYS[first_series_key + i - 1], family_of[i]
    local is_touch = operation and operation.touch
    local reason, is_unchanged = family.refused, false
    if reason then found = family.found
    elseif not operation then reason = merge.counter(key, adds[i], exemplars_of[i])
    elseif operation.remove then reason, is_unchanged = remove(key)
    elseif is_touch and operation.set == nil then reason, is_unchanged = touch(key)
    elseif operation.points then reason, is_unchanged = merge_totals(key, operation, family)
    else reason, is_unchanged = merge[family.type](key, operation, family, adds[i]) end
    if reason then
      if not is_touch then note_refused(family, reason) end
    elseif not is_unchanged then
      changed_length = changed_length + 1
      changed[changed_length] = key
    end
  end
end

-- An error here would cut the batch in two, its number noted: it costs its own series only.
local is_whole, failure
repeat
  is_whole, failure = pcall(merge_the_rest)
  if not is_whole then note_refused(family_of[position], refuse('refused', tostring(failure))) end
until is_whole
