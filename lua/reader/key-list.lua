-- Finding the keys
-- needs: settings, now_ms, starts_with, get
-- gives: META, keys, is_scan_disabled, index_places, add_keys, list_keys

local META = PREFIX .. '-meta:'
local keys, is_scan_disabled = {}, false

-- CRC-16/XMODEM, as Redis Cluster hashes a tag.
local function hash_slot(tag)
  local crc = 0
  for i = 1, #tag do
    crc = bit.bxor(crc, bit.lshift(byte(tag, i), 8))
    for _ = 1, 8 do
      crc = bit.lshift(crc, 1)
      if bit.band(crc, 0x10000) ~= 0 then
        crc = bit.bxor(crc, 0x11021)
      end
    end
  end
  return crc % HASH_SLOTS
end

-- Where the indexes are: beside keys without a tag, and in each shard of a data set that has any. A shard's tag is the
-- smallest number in its slots, so one of them has 0.
local function index_places()
  local places = { META }
  local record = get(META .. '{0}:dataset')
  local shards = type(record) == 'string' and match(record, '^{"format":1,"id":"[%w_-]+","shards":(%d+)}$')
  local missing = shards and #shards <= 4 and tonumber(shards) or 0
  local count, is_taken, number = missing, {}, 0
  if count > MAX_SHARDS then
    return places
  end
  while missing > 0 do
    local range = floor(hash_slot(tostring(number)) * count / HASH_SLOTS)
    if not is_taken[range] then
      is_taken[range] = true
      missing = missing - 1
      places[#places + 1] = META .. '{' .. number .. '}:'
    end
    number = number + 1
  end
  return places
end

local key_start, is_listed = PREFIX .. ':', {}

-- Takes keys; all of them are series where they were matched with the beginning of such.
local function add_keys(found, are_matched)
  local count = #keys
  for i = 1, #found do
    local key = found[i]
    if not is_listed[key] and (are_matched or starts_with(key, key_start)) then
      is_listed[key] = true
      count = count + 1
      keys[count] = key
    end
  end
end

local function list_keys()
  local size = redis.pcall('DBSIZE')
  if type(size) == 'number' and size <= settings.scan_limit then
    local cursor = '0'
    repeat
      -- A thousand at once take a tenth longer: they no longer fit into the processor's cache.
      local page = redis.pcall('SCAN', cursor, 'MATCH', key_start .. '*', 'COUNT', 100)
      is_scan_disabled = page.err ~= nil
      cursor = page[1]
      add_keys(page[2] or {}, true)
    until cursor == '0' or is_scan_disabled
  else
    is_scan_disabled = true
  end
  if is_scan_disabled then
    for _, place in ipairs(index_places()) do
      local live = redis.pcall('ZRANGEBYSCORE', place .. 'live', format('%.0f', now_ms), '+inf')
      local announced = redis.pcall('SMEMBERS', place .. 'keys')
      add_keys(live.err and {} or live)
      add_keys(announced.err and {} or announced)
    end
  end
end

if settings.pages == 1 then
  list_keys()
end
