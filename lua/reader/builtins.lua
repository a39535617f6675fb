-- Built-in functions

local byte, char, find, format = string.byte, string.char, string.find, string.format
local gmatch, gsub, match, sub = string.gmatch, string.gsub, string.match, string.sub
local concat, sort = table.concat, table.sort
local pcall_redis = redis.pcall
local abs, floor, huge, min = math.abs, math.floor, math.huge, math.min
