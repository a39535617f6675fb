-- Text
-- needs: is_text, number_text, special_name
-- gives: format_number, format_le, ESCAPED, in_text, quoted

local function format_number(number)
  -- Inf - Inf is NaN, too.
  if number - number == 0 then
    return number_text(number)
  end
  return special_name(number)
end

-- A bound as the label le, an OpenMetrics float as Prometheus 3 writes it: Go's shortest %g, and 5.0 rather than 5.
local function format_le(bound)
  if bound == 0 then
    return '0.0'
  end
  local text
  for digits = 0, 16 do
    text = format('%.' .. digits .. 'e', bound)
    if tonumber(text) == bound then
      break
    end
  end
  local sign, first, rest, power = match(text, '^(-?)(%d)%.?(%d*)e(.*)$')
  power = tonumber(power)
  if power < -4 or power >= 6 then
    local fraction = rest == '' and '' or '.' .. rest
    return sign .. first .. fraction .. format('e%s%02d', power < 0 and '-' or '+', abs(power))
  end
  local digits = first .. rest
  if power < 0 then
    return sign .. '0.' .. string.rep('0', -power - 1) .. digits
  elseif #digits <= power + 1 then
    return sign .. digits .. string.rep('0', power + 1 - #digits) .. '.0'
  end
  return sign .. sub(digits, 1, power + 1) .. '.' .. sub(digits, power + 2)
end

local ESCAPED = { ['\\'] = '\\\\', ['"'] = '\\"', ['\n'] = '\\n' }

-- A name or value between quotes, as the text has it.
local function in_text(text)
  return '"' .. gsub(text, '[\\"\n]', ESCAPED) .. '"'
end

-- The same as the answer has it. In pairs, what has \ " or a line feed stands in backticks, which PromQL allows and
-- relabelling can take apart; what has a backtick, too, stays escaped.
local function quoted(text)
  if not is_text and find(text, '[\\"\n]') and not find(text, '`', 1, true) then
    return '`' .. text .. '`'
  end
  return in_text(text)
end
