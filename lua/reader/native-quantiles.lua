-- Quantiles of native histograms
-- needs: native, native_bound

do
  local LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10

  -- Logarithm and power to the base 2 as Go computes them, operation by operation: those of C may differ in the last
  -- bit, and so would percentiles from those of Prometheus.
  local function log2(value)
    if value == huge then
      return huge
    end
    local fraction, exponent = math.frexp(value)
    if fraction == 0.5 then
      return exponent - 1
    end
    local f, k = fraction - 1, 0
    if fraction < 0.70710678118654752440 then
      f, k = fraction * 2 - 1, -1
    end
    local s = f / (2 + f)
    local s2 = s * s
    local s4 = s2 * s2
    local t1 = s2 * (6.666666666666735130e-01
      + s4 * (2.857142874366239149e-01 + s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)))
    local t2 = s4 * (3.999999999940941908e-01 + s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01))
    local half = 0.5 * f * f
    local natural = k * LN2_HIGH - ((half - (s * (half + (t1 + t2)) + k * LN2_LOW)) - f)
    return natural * 1.4426950408889634 + exponent
  end

  local function exp2(power)
    if power ~= power then
      return power
    elseif power > 1.0239999999999999e+03 then
      return huge
    elseif power < -1.0740e+03 then
      return 0
    end
    local whole = power > 0 and floor(power + 0.5) or math.ceil(power - 0.5)
    local rest = power - whole
    local high, low = rest * LN2_HIGH, -rest * LN2_LOW
    local r = high - low
    local t = r * r
    local c = r - t * (1.66666666666666657415e-01 + t * (-2.77777777770155933842e-03
      + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))))
    return math.ldexp(1 - ((low - (r * c) / (2 - c)) - high), whole)
  end

  local function interpolate(lower, upper, fraction)
    if lower <= 0 and upper >= 0 then
      return lower + (upper - lower) * fraction
    end
    local log_lower, log_upper = log2(abs(lower)), log2(abs(upper))
    if lower > 0 then
      return exp2(log_lower + (log_upper - log_lower) * fraction)
    end
    return -exp2(log_upper + (log_lower - log_upper) * (1 - fraction))
  end

  -- The ends of the bucket at a place, counted from the lowest values; the zero bucket ends at 0 on the side on which
  -- there are no others.
  local function ends_of(buckets, place, below, zeros)
    local threshold = buckets.zero_threshold
    if place > below and place <= below + zeros then
      local above = #buckets.positive.counts
      local lower = below == 0 and above > 0 and threshold > 0 and 0 or -threshold
      local upper = above == 0 and below > 0 and threshold > 0 and 0 or threshold
      return lower, upper
    end
    local is_negative = place <= below
    local index = is_negative and buckets.negative.indexes[below + 1 - place]
      or buckets.positive.indexes[place - below - zeros]
    local inner, outer = native_bound(buckets.schema, index - 1), native_bound(buckets.schema, index)
    if inner > 0 and inner < threshold then
      inner = threshold
    end
    if is_negative then
      return -outer, -inner
    end
    return inner, outer
  end

  -- The quantile of native buckets that hold `observations`, as Prometheus's histogram_quantile interpolates it
  -- (HistogramQuantile in promql/quantile.go).
  function native.quantile(q, buckets, observations, sum)
    local negative, positive = buckets.negative.counts, buckets.positive.counts
    local below, zeros = #negative, buckets.zero_count > 0 and 1 or 0
    local last = below + zeros + #positive
    local is_from_below = sum ~= sum or q < 0.5
    local rank = (is_from_below and q or 1 - q) * observations
    local count, here, found = 0, 0, 0
    for step = 1, last do
      local place = is_from_below and step or last + 1 - step
      here = place <= below and negative[below + 1 - place]
        or place <= below + zeros and buckets.zero_count
        or positive[place - below - zeros]
      count = count + here
      found = place
      if count >= rank then
        break
      end
    end
    count = min(count, observations)
    local lower, upper = ends_of(buckets, found, below, zeros)
    if count < rank then
      return sum ~= sum and 0 / 0 or upper
    end
    local fraction = (is_from_below and rank - (count - here) or count - rank) / here
    return interpolate(lower, upper, fraction)
  end
end
