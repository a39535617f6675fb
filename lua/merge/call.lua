-- The call
-- needs: is_count
-- gives: malformed, shards, known_dataset, fresh_dataset, batch, ttl, ttl_text, family_total, FIRST_FAMILY_KEY,
--        FIRST_FAMILY_ARGUMENT, first_series_key, first_series_argument, mark_key, has_mark, streams, series_total,
--        note, resumes_after, known_revision, now, now_text, made_at, tail

local function malformed(what)
  error({ err = 'ERR redmeter merge: ' .. what })
end

local function read_count_argument(index, name, least)
  local value = tonumber(ARGV[index])
  if not is_count(value) or value < least then
    malformed('ARGV[' .. index .. '], ' .. name .. ': expected a whole number of at least ' .. least .. ', got ' ..
      tostring(ARGV[index]))
  end
  return value
end

if ARGV[1] ~= tostring(FORMAT) then
  malformed('ARGV[1], the format: expected ' .. FORMAT .. ', got ' .. tostring(ARGV[1]))
end
local shards = read_count_argument(2, 'the number of shards', 1)
local known_dataset, fresh_dataset = ARGV[3], ARGV[4]
local batch = read_count_argument(5, 'the batch number', 1)
local batch_age = read_count_argument(6, 'the age of the batch', 0)
local ttl = read_count_argument(7, 'the time to live', 1)
local ttl_text = format('%.0f', ttl)
local family_total = read_count_argument(8, 'the number of families', 0)

local FIRST_FAMILY_KEY, FIRST_FAMILY_ARGUMENT = 6, 9
local first_series_key = FIRST_FAMILY_KEY + family_total
local first_series_argument = FIRST_FAMILY_ARGUMENT + family_total
-- The keys of the ledger and the mark differ in one word, so that no key of a series can be taken for the mark.
local mark_key = gsub(KEYS[5] or '', ':writer:', ':mark:', 1)
local has_mark = #KEYS > FIRST_FAMILY_KEY - 1 and KEYS[#KEYS] == mark_key
-- So do those of the streams. Stream i has KEYS[streams.before + i].
local streams = { before = #KEYS - (has_mark and 1 or 0), total = 0 }
do
  local begin = gsub(KEYS[5] or '', ':writer:.*$', ':total:', 1)
  while streams.before >= first_series_key and sub(KEYS[streams.before], 1, #begin) == begin do
    streams.before, streams.total = streams.before - 1, streams.total + 1
  end
end
local series_total = streams.before - first_series_key + 1
local argument_total = #ARGV - first_series_argument + 1 - (has_mark and 3 or 0)

if not find(fresh_dataset or '', '^[%w-]+$') then
  malformed('ARGV[4], a fresh id: expected letters, digits and -')
end
if series_total < 0 or argument_total ~= series_total then
  malformed('expected one key and one argument for each family and each series, and three more arguments with a mark' ..
    ', got ' .. #KEYS .. ' keys and ' .. #ARGV .. ' arguments')
end
local note, resumes_after, known_revision = '-', nil, 0
if has_mark then
  note = ARGV[#ARGV - 2]
  if #note > MAX_NOTE_BYTES or not find(note, '^[%w,.-]*$') then
    malformed('ARGV[' .. #ARGV - 2 .. '], the note: expected up to ' .. MAX_NOTE_BYTES .. ' letters, digits, commas' ..
      ', dots and -')
  end
  if note == '' then note = '-' end
  if ARGV[#ARGV - 1] ~= '' then resumes_after = read_count_argument(#ARGV - 1, 'the batch noted last', 0) end
  if ARGV[#ARGV] ~= '' then known_revision = read_count_argument(#ARGV, 'the revision told last', 0) end
end
if series_total > MAX_SERIES or streams.total > MAX_SERIES then
  malformed('expected at most ' .. MAX_SERIES .. ' series and as many streams, got ' .. series_total .. ' and ' ..
    streams.total)
end

local time = call('TIME')
local now = tonumber(time[1]) * 1000 + floor(tonumber(time[2]) / 1000)
local now_text = format('%.0f', now)
local made_at = now - batch_age
local tail = ',"timestamp":' .. now_text .. '}'
