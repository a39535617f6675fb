-- Parts of the keys
-- needs: settings
-- gives: is_in_parts, note_in_parts, scan_part

local is_in_parts, note_in_parts, scan_part

-- A script has 200 local variables at most: these end here.
do
  -- With pages each call reads a part of the keys: those whose hash in Redis ends with the same bits. SCAN visits keys
  -- in the order of the reversed hash, so a part is what lies between two cursors, found without a look at the others.

  -- Keys up to which one page reads all; from there on, a part has at least so many buckets in the tables of Redis, so
  -- that tables which grow or shrink split no bucket of theirs in two.
  local MOST_UNDIVIDED, LEAST_BUCKETS = 64, 32
  -- Whether this call reads a part only.
  is_in_parts = false

  -- The bits of a number below `parts`, a power of two, in reverse order.
  local function reversed(number, parts)
    local result = 0
    while parts > 1 do
      result = 2 * result + number % 2
      number, parts = floor(number / 2), parts / 2
    end
    return result
  end

  -- How many parts so many keys have: a power of two up to the number of pages.
  local function count_parts(size)
    local parts = 1
    while size > MOST_UNDIVIDED and parts * 2 <= settings.pages and parts * 2 * LEAST_BUCKETS <= size do
      parts = parts * 2
    end
    return parts
  end

  -- Whether this page has a part of so many keys.
  function note_in_parts(size)
    local parts = count_parts(size)
    is_in_parts = parts > 1
    return settings.page <= parts
  end

  -- Gives `take` what a command of the SCAN family answers for the part of this page. Where a call ends in the next
  -- part, it is repeated for fewer keys; of a call for one, all keys lie in the last bucket before its cursor. False
  -- where the command is refused.
  function scan_part(size, take, command, ...)
    local parts = count_parts(size)
    local first, after = reversed(settings.page - 1, parts), reversed(settings.page % parts, parts)
    local cursor, count, is_over = first, 64, false
    local words = { command, ... }
    local cursor_at = #words + 1
    repeat
      words[cursor_at] = format('%.0f', cursor)
      words[cursor_at + 1], words[cursor_at + 2] = 'COUNT', count
      if command == 'SCAN' then
        words[cursor_at + 3], words[cursor_at + 4] = 'MATCH', PREFIX .. ':*'
      end
      local page = pcall_redis(unpack(words))
      if page.err then
        return false
      end
      local next_cursor = tonumber(page[1])
      local is_beyond = next_cursor ~= after and (next_cursor == 0 or next_cursor % parts ~= first)
      if parts == 1 then
        is_beyond, is_over = false, next_cursor == 0
      elseif not is_beyond or count == 1 then
        is_over = is_beyond or next_cursor == after
      end
      if is_beyond and count > 1 then
        count = count / 8
      else
        if not is_beyond then
          take(page[2])
        end
        cursor = next_cursor
      end
    until is_over
    return true
  end
end
