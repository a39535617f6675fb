-- Exact sums
-- needs: is_finite, streams

-- What totals add is the exact sum of `whole` and of `terms`, where fractions are among them; `about` is it, rounded. A
-- sum of observations may not be finite: `is_special`.

do
  local partials = {}

  -- Adds a number to partial sums that do not overlap, without a rounding: Shewchuk's algorithm, as in Python's fsum.
  local function add_partial(n, number)
    local kept = 0
    for i = 1, n do
      local other = partials[i]
      if math.abs(number) < math.abs(other) then number, other = other, number end
      local sum = number + other
      local lost = other - (sum - number)
      if lost ~= 0 then
        kept = kept + 1
        partials[kept] = lost
      end
      number = sum
    end
    partials[kept + 1] = number
    return kept + 1
  end

  -- The double next to the sum of the first `n` partial sums; of two that are equally near, the even one.
  local function rounded(n)
    local sum, lost = partials[n], 0
    n = n - 1
    while n > 0 and lost == 0 do
      local before = sum
      sum = before + partials[n]
      lost = partials[n] - (sum - before)
      n = n - 1
    end
    if n > 0 and (lost < 0 and partials[n] < 0 or lost > 0 and partials[n] > 0) then
      local twice = 2 * lost
      local next_to = sum + twice
      if next_to - sum == twice then sum = next_to end
    end
    return sum
  end

  -- `value` and what is added to it. What the rounding takes away is left in `add.residual`: whoever adds it later
  -- loses nothing.
  function streams.plus(value, add)
    if type(add) == 'number' then return value + add end
    add.residual = 0
    if add.is_special then return value + add.about end
    local terms, whole = add.terms, value + add.whole
    if not terms and value % 1 == 0 and math.abs(value) <= MAX_COUNT and math.abs(whole) <= MAX_COUNT then
      return whole
    end
    local n = add_partial(add_partial(0, value), add.whole)
    for i = 1, terms and #terms or 0 do n = add_partial(n, terms[i]) end
    local sum = rounded(n)
    if not is_finite(sum) then return value + add.about end
    add.residual = rounded(add_partial(n, -sum))
    return sum
  end
end
