-- Writing the answer
-- needs: is_text, ESCAPED, in_text, LEGACY_NAME, read_family_record
-- gives: sections, section_names, FIRST_LINE, add_section, write, help_of

-- By name: the lines of one family of the answer. In the text, the first two are its header.
local sections, section_names = {}, {}
local FIRST_LINE = is_text and 2 or 0

local function add_section(name, type_, help, lines)
  if is_text then
    local shown = find(name, LEGACY_NAME) and name or in_text(name)
    lines[1] = '# HELP ' .. shown .. ' ' .. gsub(help, '[\\\n]', ESCAPED)
    lines[2] = '# TYPE ' .. shown .. ' ' .. type_
  end
  sections[name] = lines
  section_names[#section_names + 1] = name
end

-- Writes a sample after the first n lines; returns how many there are then.
local function write(lines, n, series, value)
  if is_text then
    lines[n + 1] = series .. ' ' .. value
    return n + 1
  end
  lines[n + 1] = series
  lines[n + 2] = value
  return n + 2
end

local function help_of(name)
  if not is_text then
    return nil
  end
  local _, help, has_derived_buckets = read_family_record(name)
  return (help or MISSING_HELP) .. (has_derived_buckets and DERIVED_BUCKETS_HELP or '')
end
