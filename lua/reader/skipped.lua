-- Skipped keys
-- gives: skipped, skip

local skipped = {}
for i = 1, #SKIP_REASONS do
  skipped[SKIP_REASONS[i]] = 0
end

local function skip(reason, count)
  skipped[reason] = skipped[reason] + (count or 1)
end
