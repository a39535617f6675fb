-- Quantiles
-- needs: native, sum_of
-- gives: percentiles_of

-- The quantile of counts per bucket as Prometheus's histogram_quantile interpolates it (bucketQuantile in
-- promql/quantile.go).
local function quantile(q, bounds, counts, observations)
  local rank = q * observations
  local index, cumulative = 1, counts[1]
  while cumulative < rank and index < #counts do
    index = index + 1
    cumulative = cumulative + counts[index]
  end
  local finish = bounds[index]
  if not finish then
    return bounds[#bounds]
  elseif index == 1 and finish <= 0 then
    return finish
  end
  local start = index == 1 and 0 or bounds[index - 1]
  local below = cumulative - counts[index]
  return start + (finish - start) * ((rank - below) / (cumulative - below))
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
  local percentiles = {}
  for i = 1, #PERCENTILES do
    local q = PERCENTILES[i].quantile
    percentiles[i] = recent and quantile(q, histogram.bounds, recent, observations)
      or native.quantile(q, native_recent, observations, histogram.sum)
  end
  return percentiles
end
