-- The reader's own series
-- needs: settings, sorted, format_number, quoted, skipped, is_scan_disabled, is_over_full, truncated, series_read,
--        last_write_ms, collisions, sections, section_names, FIRST_LINE, add_section, write

-- A script has 200 local variables at most: these end here.
do
  -- Pages are told apart by a label, which sorts by its name as all do.
  local function own_labels(label, value)
    local own = label and label .. '=' .. quoted(value)
    if settings.pages > 1 then
      local page = 'page="' .. format('%.0f', settings.page) .. '"'
      own = not own and page or label < 'page' and own .. ',' .. page or page .. ',' .. own
    end
    return own and '{' .. own .. '}' or ''
  end

  local function write_own(family, label, values)
    local lines, n = {}, FIRST_LINE
    for i = 1, #values do
      local series = family.name .. own_labels(label, values[i][1])
      n = write(lines, n, series, format_number(values[i][2]))
    end
    if #values > 0 then
      add_section(family.name, 'gauge', family.help, lines)
    end
  end

  local function counted(names, counts)
    local values = {}
    for _, name in ipairs(sorted(names)) do
      -- Of the pages, the first shows what is 0.
      if settings.page == 1 or not counts or counts[name] > 0 then
        values[#values + 1] = { name, counts and counts[name] or 1 }
      end
    end
    return values
  end

  if is_over_full then
    -- No metric has this name.
    truncated[1] = '*'
  end
  write_own(READER_FAMILIES.skipped_keys, 'reason', counted(SKIP_REASONS, skipped))
  write_own(READER_FAMILIES.series, 'type', counted(METRIC_TYPES, series_read))
  write_own(READER_FAMILIES.series_limit, nil, { { '', settings.max_series } })
  write_own(READER_FAMILIES.scan_disabled, nil, { { '', is_scan_disabled and 1 or 0 } })
  write_own(READER_FAMILIES.truncated_families, 'family', counted(truncated))

  local collided = {}
  for name in pairs(collisions) do
    collided[#collided + 1] = name
  end
  write_own(READER_FAMILIES.escape_collisions, 'family', counted(collided, collisions))
  write_own(READER_FAMILIES.last_write, nil, last_write_ms >= 0 and { { '', last_write_ms / 1000 } } or {})

  local answer, length = {}, 0
  for _, name in ipairs(sorted(section_names)) do
    local lines = sections[name]
    for i = 1, #lines do
      answer[length + i] = lines[i]
    end
    length = length + #lines
  end
  return answer
end
