-- Finding the keys of one page
-- needs: settings, now_ms, META, is_scan_disabled, index_places, add_keys, list_keys, note_in_parts,
--        scan_part
-- gives: is_over_full, is_scan_disabled

local is_over_full

-- A script has 200 local variables at most: these end here.
do
  -- More series than the pages can show: none of them shows any, since a metric of which some are missing has wrong
  -- sums.
  is_over_full = false

  local function number_or_0(value)
    return type(value) == 'number' and value or 0
  end

  local function add_live(members_and_scores)
    local live = {}
    for i = 1, #members_and_scores, 2 do
      if tonumber(members_and_scores[i + 1]) >= now_ms then
        live[#live + 1] = members_and_scores[i]
      end
    end
    add_keys(live)
  end

  -- The first page has what is announced; what is indexed, too, is another's.
  local function add_announced()
    local announced, others = redis.pcall('SMEMBERS', META .. 'keys'), {}
    for i = 1, announced.err and 0 or #announced do
      local scores = redis.pcall('ZMSCORE', META .. 'live', announced[i])
      if scores.err or not scores[1] then
        others[#others + 1] = announced[i]
      end
    end
    add_keys(others)
  end

  local function add_scanned(found)
    add_keys(found, true)
  end

  -- Returns whether this page has a part of the keys.
  local function list_page()
    if #index_places() > 1 then
      -- Each shard is a part already.
      list_keys()
      return settings.page == 1
    end
    local most = number_or_0(redis.pcall('ZCOUNT', META .. 'live', format('%.0f', now_ms), '+inf'))
    is_over_full = most > settings.max_series
    local size = redis.pcall('DBSIZE')
    local is_scanned = type(size) == 'number' and size <= settings.scan_limit
    local indexed = is_scanned and size or number_or_0(redis.pcall('ZCOUNT', META .. 'live', '-inf', '+inf'))
    if not note_in_parts(indexed) then
      return false
    elseif is_over_full then
      return true
    elseif is_scanned and scan_part(size, add_scanned, 'SCAN') then
      return true
    end
    is_scan_disabled = true
    scan_part(indexed, add_live, 'ZSCAN', META .. 'live')
    if settings.page == 1 then
      add_announced()
    end
    return true
  end

  if settings.pages > 1 and not list_page() then
    return {}
  end
end
