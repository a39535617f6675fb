-- Constants

local FORMAT = 1
local LEDGER_TTL_MS = 604800000
local WINDOW_ROTATION_MS = 60000
local MAX_SERIES = 1000
local MAX_NOTE_BYTES = 256
local MAX_BOUNDS = 200
local MAX_LAYOUTS = 8
local MAX_NATIVE_BUCKETS, DEFAULT_NATIVE_BUCKETS = 500, 160
local MAX_FOUND_BYTES = 120
local LAYOUT_LEASE_MS = 30000
local RETIRED_MS = 86400000
local MAX_COUNT = 9007199254740992
local MAX_RECORD_BYTES = 65536
local MAX_JSON_DEPTH = 32
local PRUNED_AT_ONCE = 100
local RENEWALS_IN_A_LIFE = 60

local floor, huge, max, min = math.floor, math.huge, math.max, math.min
local format, match, gmatch, gsub, find, byte, rep, sub =
  string.format, string.match, string.gmatch, string.gsub, string.find, string.byte, string.rep, string.sub
local concat = table.concat
local KEYS, ARGV, next, pcall, setmetatable, tonumber, type, unpack =
  KEYS, ARGV, next, pcall, setmetatable, tonumber, type, unpack
local decode = cjson.decode
local call, pcall_redis = redis.call, redis.pcall
