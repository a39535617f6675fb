-- UTF-8
-- gives: is_utf8

-- Well-formed sequences by their first byte (Unicode 15, table 3-7): nothing overlong, no surrogate, nothing past
-- U+10FFFF.
local UTF8_SEQUENCES = {
  '[\194-\223][\128-\191]',
  '\224[\160-\191][\128-\191]',
  '[\225-\236\238\239][\128-\191][\128-\191]',
  '\237[\128-\159][\128-\191]',
  '\240[\144-\191][\128-\191][\128-\191]',
  '[\241-\243][\128-\191][\128-\191][\128-\191]',
  '\244[\128-\143][\128-\191][\128-\191]',
}

-- One pass for each kind of sequence takes the same time whatever the text holds.
local function is_utf8(text)
  for i = 1, #UTF8_SEQUENCES do
    if not find(text, '[\128-\255]') then
      return true
    end
    text = gsub(text, UTF8_SEQUENCES[i], ' ')
  end
  return not find(text, '[\128-\255]')
end
