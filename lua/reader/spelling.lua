-- The usual spelling of keys
-- needs: is_before, NAME, unhex
-- gives: usual_head, is_usual_spelling

local usual_head, is_usual_spelling

-- A script has 200 local variables at most: these end here.
do
  local function encoded_byte(character)
    return format('%%%02X', byte(character))
  end

  -- A name or label value as writers should write it in a key: with the characters encoded that need it, and no others.
  local function usual_text(text)
    local usual = gsub(text, '[%%:,={}"\\%c]', encoded_byte)
    -- Control characters past ASCII: U+0080 to U+009F.
    return (gsub(usual, '\194[\128-\159]', function(two)
      return (gsub(two, '.', encoded_byte))
    end))
  end

  local function is_usual_text(encoded)
    return usual_text((gsub(encoded, '%%([0-9a-fA-F][0-9a-fA-F])', unhex))) == encoded
  end

  -- How the keys of a group begin that have no tag.
  function usual_head(group)
    local name = group.name
    return PREFIX .. ':' .. group.type .. ':' .. (find(name, NAME) and name or usual_text(name))
  end

  -- Whether labels stand in a key as writers should write them: sorted, none empty. Two keys of one series cannot both
  -- be so.
  function is_usual_spelling(encoded)
    local previous
    for encoded_name, value in gmatch(encoded == '' and '' or encoded .. ',', '([^=,]*)=([^,]*),') do
      local name = gsub(encoded_name, '%%([0-9a-fA-F][0-9a-fA-F])', unhex)
      local is_sorted = not previous or is_before and is_before(previous, name) or not is_before and previous < name
      if not is_sorted or value == '' or not is_usual_text(encoded_name) or not is_usual_text(value) then
        return false
      end
      previous = name
    end
    return true
  end
end
