-- Windows of histograms
-- needs: number_text, counts_text, now_text
-- gives: window_copy, zeros, new_histogram, take_window

-- A histogram in the making: `older` and `newest` are the copies of its window as text, `since` the newest one's time.

local function window_copy(since_text, counts_as_text)
  return '{"since":' .. since_text .. ',"counts":' .. counts_as_text .. '}'
end

local function zeros(n)
  local counts = {}
  for i = 1, n do counts[i] = 0 end
  return counts
end

local function new_histogram(family)
  return {
    bounds = family.bounds, counts = zeros(family.buckets), count = 0, sum = 0, older = '', created = now_text,
  }
end

-- Takes the copies of a window that `is_window` judged good over into `histogram`.
local function take_window(histogram, window)
  for i = 1, #window do
    local copy = window[i]
    if i == 2 then histogram.older = histogram.newest .. ',' end
    histogram.since = copy.since
    histogram.newest = window_copy(number_text(copy.since), counts_text(copy.counts))
  end
end
