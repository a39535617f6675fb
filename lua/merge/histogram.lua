-- Histograms
-- needs: special_text, counts_text, streams, tail, refuse, get_record, unreadable, refusal, write, exemplars, merge,
--        new_histogram, retired_text, change_layout, forms, read_histogram, turn_window, add_to_renewed_histogram,
--        add_to_known_native

-- What is added to the counts of the layout in Redis.
local function placed(added, places)
  local at = {}
  for i = 1, #added.at do at[i] = places[added.at[i]] end
  return { at = at, by = added.by, count = added.count, exemplars = added.exemplars }
end

function merge.histogram(key, added, family, sum)
  local record, failure = get_record(key)
  if failure then return refusal(failure, key) end
  if family.native then
    local is_added, reason = false, nil
    if record then is_added, reason = add_to_known_native(key, record, added, sum, family) end
    if is_added then return reason end
    return forms.merge(key, record, added, family, sum)
  end
  local as_sent, histogram, is_native = added
  if family.places then added = placed(added, family.places) end
  if record then
    local is_added, reason = add_to_renewed_histogram(key, record, added, sum, family)
    if is_added then return reason end
    histogram, is_native = read_histogram(record, family)
    if is_native or histogram and histogram.retired_native then
      return forms.merge(key, record, as_sent, family, sum)
    end
    if not histogram then return unreadable(record) end
  end
  if not histogram then histogram = new_histogram(family)
  elseif histogram.bounds ~= family.bounds then change_layout(histogram, family) end
  if not turn_window(histogram) then return unreadable(record) end
  local counts, count = histogram.counts, histogram.count + added.count
  if count > MAX_COUNT then return refuse('overflow', record or '') end
  for i = 1, #added.at do
    local at = added.at[i]
    counts[at] = counts[at] + added.by[i]
  end
  return write(key, '{"type":"histogram","count":' .. format('%d', count) ..
    ',"sum":' .. special_text(streams.plus(histogram.sum, sum)) .. family.before_counts ..
    counts_text(counts) .. ',"window":[' .. histogram.older .. histogram.newest .. ']' ..
    retired_text(histogram.retired) .. exemplars.text(histogram.exemplars, added.exemplars, nil, family.layout) ..
    (histogram.created and ',"created":' .. histogram.created or '') .. tail)
end
