-- Texts of records
-- needs: is_finite, number_text, special_name, special_number
-- gives: special_text, read_common, counts_text, bounds_text, decode_counts, sparse

-- As a record holds it: one that is not finite as a string.
local function special_text(value)
  if value > -huge and value < huge then return number_text(value) end
  return '"' .. special_name(value) .. '"'
end

-- The number that `text` writes in a common way; nil for any other text, which a stricter look must judge.
local function read_common(text)
  -- Adding reads the number once, tonumber twice.
  if #text <= 15 and find(text, '^[1-9]%d*$') then return text + 0 end
  local value = tonumber(text)
  if is_finite(value) and (find(text, '^%-?[1-9]%d*%.%d+$') or number_text(value) == text) then return value end
  local quoted = match(text, '^"([^"]*)"$')
  return quoted and special_number(quoted)
end

-- '[1,2,0]' in one call of C; cached, since the series of a family are equally long.
local count_formats = {}

local function counts_text(counts)
  local n = #counts
  -- More than a call of C takes; whole numbers that other writers sent.
  if n > 1000 then
    local texts = {}
    for i = 1, n do texts[i] = format('%d', counts[i]) end
    return '[' .. concat(texts, ',') .. ']'
  end
  local pattern = count_formats[n]
  if not pattern then
    -- Whole numbers up to 2^53: %d writes them in a third of the time of %.0f.
    pattern = '[' .. rep('%d,', n - 1) .. '%d]'
    count_formats[n] = pattern
  end
  return format(pattern, unpack(counts))
end

local function bounds_text(bounds)
  local texts = {}
  -- 0 added makes 0 of -0, which is the same bound.
  for i = 1, #bounds do texts[i] = number_text(bounds[i] + 0) end
  return '[' .. concat(texts, ',') .. ']'
end

-- Counts as a text of brackets, digits and commas: what is decoded are whole numbers, none below 0.
local function decode_counts(text, n)
  if not find(text, '^%[[%d,]*%]$') or find(text, ',0%d') or find(text, '^%[0%d') then return nil end
  local ok, counts = pcall(decode, text)
  if not ok or #counts ~= n then return nil end
  local sum = 0
  for i = 1, n do sum = sum + counts[i] end
  if sum > MAX_COUNT then return nil end
  return counts, sum
end

-- What is to be added to `n` counts: to most of them nothing.
local function sparse(counts)
  local at, by = {}, {}
  for i = 1, #counts do
    if counts[i] > 0 then at[#at + 1], by[#by + 1] = i, counts[i] end
  end
  return { at = at, by = by }
end
