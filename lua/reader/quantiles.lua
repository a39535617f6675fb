-- Quantiles
-- needs: native, sum_of
-- gives: percentiles_of

-- The percentiles of counts per bucket, each the quantile as Prometheus's histogram_quantile interpolates it
-- (bucketQuantile in promql/quantile.go). They ascend, so each is looked for from the bucket of the one before.
local function classic_percentiles(bounds, counts, observations)
  local percentiles, n = {}, #counts
  local index, cumulative = 1, counts[1]
  for i = 1, #PERCENTILES do
    local rank = PERCENTILES[i].quantile * observations
    while cumulative < rank and index < n do
      index = index + 1
      cumulative = cumulative + counts[index]
    end
    local finish = bounds[index]
    if not finish then
      percentiles[i] = bounds[n - 1]
    elseif index == 1 and finish <= 0 then
      percentiles[i] = finish
    else
      local start = index == 1 and 0 or bounds[index - 1]
      local below = cumulative - counts[index]
      percentiles[i] = start + (finish - start) * ((rank - below) / (cumulative - below))
    end
  end
  return percentiles
end

-- The percentiles of a histogram, in the order of PERCENTILES; nil when there is nothing to tell them from.
local function percentiles_of(histogram)
  if histogram.given then
    return histogram.given
  end
  local recent, native_recent = histogram.recent, histogram.native_recent
  local observations = recent and sum_of(recent) or native_recent and native.count(native_recent) or 0
  if observations == 0 then
    return nil
  end
  if recent then
    return classic_percentiles(histogram.bounds, recent, observations)
  end
  local percentiles = {}
  for i = 1, #PERCENTILES do
    percentiles[i] = native.quantile(PERCENTILES[i].quantile, native_recent, observations, histogram.sum)
  end
  return percentiles
end
