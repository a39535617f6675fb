-- The families of the call
-- needs: is_count, number_text, given, read_time, read_bounds, bounds_text, malformed, family_total,
--        FIRST_FAMILY_ARGUMENT, made_at, native
-- gives: TYPES, read_argument, read_text, read_native, lay_out, families

local TYPES = { counter = true, gauge = true, histogram = true }
local GAUGE_MODES = { last = true, process = true, sum = true }

local function read_argument(index)
  local ok, value = pcall(decode, ARGV[index])
  if not ok or type(value) ~= 'table' then malformed('ARGV[' .. index .. ']: expected a JSON object') end
  -- Many languages write null for a field that they do not give.
  for field, held in pairs(value) do value[field] = given(held) end
  return value
end

local function read_text(value)
  value = given(value)
  if type(value) == 'string' and value ~= '' then return value end
  return nil
end

-- The buckets that a histogram has in Redis; where the writer's own differ, `places` says which of them each is.
local function lay_out(family, bounds)
  if not bounds then
    family.layout, family.bounds, family.buckets, family.before_counts = nil, nil, nil, nil
    return
  end
  family.layout, family.bounds, family.buckets = bounds, bounds_text(bounds), #bounds + 1
  family.before_counts = ',"bounds":' .. family.bounds .. ',"counts":'
end

-- How a family counts in native buckets; nil for anything else.
local function read_native(value)
  value = given(value)
  if type(value) ~= 'table' or not native.is_schema(value.schema) then return nil end
  local threshold, most = native.read_threshold(value.zeroThreshold), given(value.maxBuckets)
  if most == nil then most = DEFAULT_NATIVE_BUCKETS end
  if not threshold or not is_count(most) or most < 1 or most > MAX_NATIVE_BUCKETS then return nil end
  return {
    schema = value.schema, threshold = threshold, most = most,
    text = format('{"schema":%d,"zeroThreshold":%s,"maxBuckets":%d}', value.schema, number_text(threshold), most),
  }
end

local function read_family(index)
  local family = read_argument(index)
  if not TYPES[family.type] then malformed('ARGV[' .. index .. ']: expected a family with a type') end
  local is_histogram = family.type == 'histogram'
  local own_native = is_histogram and read_native(family.native) or nil
  if is_histogram and not own_native and family.native ~= nil then
    malformed('ARGV[' .. index .. ']: expected native with a schema from -4 to 8, a zeroThreshold of at least 0 and' ..
      ' maxBuckets from 1 to ' .. MAX_NATIVE_BUCKETS)
  end
  if is_histogram and not read_bounds(family.bounds) and (family.bounds ~= nil or not own_native) then
    malformed('ARGV[' .. index .. ']: expected ascending, finite bounds')
  end
  family.help, family.unit = read_text(family.help), read_text(family.unit)
  family.declared = read_time(family.declared)
    or (read_time(family.age) and max(0, floor(made_at - family.age)))
    or 0
  family.mode = family.type == 'gauge' and (read_text(family.mode) or 'last') or nil
  if family.mode and not GAUGE_MODES[family.mode] then
    malformed('ARGV[' .. index .. ']: expected the mode last, process or sum, got ' .. family.mode)
  end
  if family.type == 'histogram' then
    family.lease = family.lease or LAYOUT_LEASE_MS
    if not is_count(family.lease) or family.lease < 1 then
      malformed('ARGV[' .. index .. ']: expected a lease of at least 1 ms')
    end
    family.own_bounds, family.own_native, family.native = family.bounds, own_native, own_native
    lay_out(family, family.bounds)
  else
    family.bounds, family.native = nil, nil
  end
  return family
end

local families = {}
for i = 1, family_total do
  families[i] = read_family(FIRST_FAMILY_ARGUMENT + i - 1)
end
