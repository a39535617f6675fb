// Generated from lua/merge.lua by npm run generate: a bundle has no files beside it.
/** The script that applies a batch; its contract is at its head. */
// eslint-disable-next-line @typescript-eslint/no-inferrable-types -- else the type is the text, in the API report too
export const MERGE_SOURCE: string = `-- Joined by npm run generate from the parts in lua/: edit those.

-- Applies one batch of recordings to its series, each batch once, however often it is sent.
-- A contract for writers in every language: docs/merge-script.md tells it with examples.
--
-- KEYS[1]  <prefix>-meta:dataset
-- KEYS[2]  <prefix>-meta:revision
-- KEYS[3]  <prefix>-meta:changed
-- KEYS[4]  <prefix>-meta:live
-- KEYS[5]  <prefix>-meta:writer:<incarnation>, the ledger of this writer
-- KEYS[6…] <prefix>-meta:family:<name> of each family, then the key of each series
-- KEYS[…#] <prefix>-meta:total:<stream> of each stream that has totals in the call
-- KEYS[#]  <prefix>-meta:mark:<incarnation>, optional: the mark, a second copy of the ledger
--
-- ARGV[1]  format of the data: 1
-- ARGV[2]  number of shards: 1 unless the data are spread over a cluster
-- ARGV[3]  id of the data set the writer knows, or '' for whichever is there
-- ARGV[4]  a fresh random id, taken when there is no data set yet
-- ARGV[5]  number of this batch: 1 for the first of an incarnation, then one more each
-- ARGV[6]  milliseconds since the batch was made; the ages in it count from then
-- ARGV[7]  milliseconds that a series lives without a writer, or a sixtieth less
-- ARGV[8]  number of families
-- ARGV[9…] each family as JSON, then what happens to each series as JSON, in the order of their keys:
--          {"type":"counter"|"gauge"|"histogram","help":"…","unit":"…","age":ms|"declared":ms,"explain":true}
--            of a histogram also "bounds":[…] and "lease":ms, which these bounds outlive their last observations,
--            of a native one "native":{"schema":3,"zeroThreshold":2.9e-39,"maxBuckets":160}, with or without bounds,
--            of a gauge "mode":"last"|"process"|"sum"
--          {"type":"counter","family":i,"add":5}
--          {"type":"gauge","family":i,"mode":"last","set":3|"NaN"|"+Inf"|"-Inf","age":ms}
--          {"type":"gauge","family":i,"mode":"process","set":3|…,"age":ms,"lease":ms[,"touch":true]}
--          {"type":"gauge","family":i,"mode":"sum","add":-2}
--          {"type":"histogram","family":i,"counts":[…],"sum":812.5|"NaN"|"+Inf"|"-Inf"}
--          {"type":"histogram","family":i,"schema":3,"zeroThreshold":2.9e-39,"zeroCount":0,
--            "positive":{"indexes":[…],"counts":[…]},"negative":{…}[,"counts":[…]],"sum":…}
--          {"type":"counter","family":i,"totals":[{"stream":1,"start":"<ns>","time":"<ns>","value":105},…]}
--            instead of "add", also of a gauge of mode "sum": what each stream counted from its start to a time, in
--            nanoseconds since the epoch; \`stream\` is the position of its key, a start that is not known is left out
--            of a histogram with counts and sum, as below, in place of "value"
--          of a counter also "exemplar":{"labels":{…},"value":0.4,"age":ms}, of a histogram "exemplars":[…]
--          {"touch":true,"family":i}
--          {"remove":true,"family":i}
--          A field that is null is one that is not there.
--          A key may stand twice: to be removed, and then to be written anew.
-- ARGV[#]  with a mark, three more at the end:
--          a note of the writer's own, up to 256 letters, digits, \`,\` \`.\` \`-\`, kept in the mark until the next batch
--          '', or the batch last noted as an answer told it (\`gap\`: noted; \`unknown\`, \`dataset\`: 0), by a writer that
--          will not send the batches between that and this one
--          the revision that an answer told last, or ''
--
-- Returns strings:
--   applied, id, now, trouble, [index, reason]…   noted and applied, but for the series named
--   duplicate, id, now, '', [index, reason]…      applied before
--     of totals also [index, note:points]: repeated, out_of_order, baseline and
--     other_buckets added nothing, reset counts from 0 again
--                                                 with a mark, both end with the revision of the data, '' for none
--     a reason is one word; of a family with "explain" it may be reason:found, where found is what Redis has,
--     percent-encoded but for visible ASCII
--   gap, id, now, noted[, note]                   nothing applied: batches after \`noted\` are missing; with a mark also
--                                                 the note of that batch, '' when it is not known
--   unknown, id, now                              nothing applied: no ledger (and no mark), and this is not batch 1
--   dataset, id, now                              nothing applied: the same, and the data set is another; '' for none
--                                                 with a mark, both have as fourth: \`gone\`, the data are older than
--                                                 the revision given, or \`unsure\`, they may be not
--   format, record                                nothing applied: the data set has another format or number of shards
-- An error reply (OOM, READONLY, a malformed call, …) means that nothing was applied.

-- Constants ---------------------------------------------------------------------------------------

local FORMAT = 1
local LEDGER_TTL_MS = 604800000
local WINDOW_ROTATION_MS = 60000
local MAX_SERIES = 1000
local MAX_NOTE_BYTES = 256
local MAX_BOUNDS = 200
local MAX_LAYOUTS = 8
local MAX_NATIVE_BUCKETS, DEFAULT_NATIVE_BUCKETS = 500, 160
local MAX_FOUND_BYTES = 120
local LAYOUT_LEASE_MS = 30000
local RETIRED_MS = 86400000
local MAX_COUNT = 9007199254740992
local MAX_RECORD_BYTES = 65536
local MAX_JSON_DEPTH = 32
local PRUNED_AT_ONCE = 100
local RENEWALS_IN_A_LIFE = 60

local floor, huge, max, min = math.floor, math.huge, math.max, math.min
local format, match, gmatch, gsub, find, byte, rep, sub =
  string.format, string.match, string.gmatch, string.gsub, string.find, string.byte, string.rep, string.sub
local concat = table.concat
local KEYS, ARGV, next, pcall, setmetatable, tonumber, type, unpack =
  KEYS, ARGV, next, pcall, setmetatable, tonumber, type, unpack
local decode = cjson.decode
local call, pcall_redis = redis.call, redis.pcall

-- Functions on demand -----------------------------------------------------------------------------

-- Lets \`fill\` make the functions of a table when the first of them is asked for, since most calls need none.
local function on_demand(functions, fill)
  setmetatable(functions, {
    __index = function(_, name)
      setmetatable(functions, nil)
      fill()
      return functions[name]
    end,
  })
end

-- Numbers -----------------------------------------------------------------------------------------

local function is_finite(value)
  return type(value) == 'number' and value == value and value < huge and value > -huge
end

local function is_count(value)
  return type(value) == 'number' and value >= 0 and value <= MAX_COUNT and value % 1 == 0
end

-- A finite number as JSON, the shortest text that reads back equal: tostring and cjson.encode keep 14 digits.
local function number_text(value)
  if value > 0 and value < 1e15 and value % 1 == 0 then
    return format('%d', value)
  end
  local text = format('%.15g', value)
  if tonumber(text) == value then
    return text
  end
  text = format('%.16g', value)
  if tonumber(text) == value then
    return text
  end
  return format('%.17g', value)
end

-- JSON has no text for these: records hold them as strings.
local SPECIAL_NUMBERS = { NaN = 0 / 0, ['+Inf'] = huge, ['-Inf'] = -huge }

-- The name of a number that is not finite.
local function special_name(value)
  if value ~= value then
    return 'NaN'
  end
  return value > 0 and '+Inf' or '-Inf'
end

-- The number in a record: a finite one, or the name of another. nil for anything else.
local function special_number(value)
  if type(value) ~= 'number' then
    return SPECIAL_NUMBERS[value]
  end
  return is_finite(value) and value or nil
end

-- UTF-8 -------------------------------------------------------------------------------------------

-- Well-formed sequences by their first byte (Unicode 15, table 3-7): nothing overlong, no surrogate, nothing past
-- U+10FFFF.
local UTF8_SEQUENCES = {
  '[\\194-\\223][\\128-\\191]',
  '\\224[\\160-\\191][\\128-\\191]',
  '[\\225-\\236\\238\\239][\\128-\\191][\\128-\\191]',
  '\\237[\\128-\\159][\\128-\\191]',
  '\\240[\\144-\\191][\\128-\\191][\\128-\\191]',
  '[\\241-\\243][\\128-\\191][\\128-\\191][\\128-\\191]',
  '\\244[\\128-\\143][\\128-\\191][\\128-\\191]',
}

-- One pass for each kind of sequence takes the same time whatever the text holds.
local function is_utf8(text)
  for i = 1, #UTF8_SEQUENCES do
    if not find(text, '[\\128-\\255]') then
      return true
    end
    text = gsub(text, UTF8_SEQUENCES[i], ' ')
  end
  return not find(text, '[\\128-\\255]')
end

-- Strict JSON -------------------------------------------------------------------------------------

local json_decode

-- cjson's own decoder has settings that belong to every script on this server: this one is ours. It is made when it is
-- first needed, since most calls need none.
local function new_decoder()
  local json = cjson.new()
  json.decode_invalid_numbers(false)
  json.decode_max_depth(MAX_JSON_DEPTH)
  return json.decode
end

-- Whether a point stands without a digit on either side: cjson takes \`1.\` and \`-.5\`.
local function has_odd_point(text)
  local at = find(text, '.', 1, true)
  while at do
    if not find(text, '^[0-9]%.[0-9]', at - 1) then
      return true
    end
    at = find(text, '.', at + 1, true)
  end
  return false
end

-- Whether a text that cjson took is JSON by RFC 8259, too. cjson also takes control characters in strings, and anything
-- at all after a NUL.
local function is_strict_json(text)
  local is_strict = true
  local rest = gsub(gsub(text, '\\\\.', ''), '"([^"]*)"', function(inside)
    is_strict = is_strict and not find(inside, '[%z\\1-\\31]')
    return '""'
  end)
  return is_strict and not find(rest, '[%z\\1-\\8\\11\\12\\14-\\31]') and not has_odd_point(rest)
end

-- The value of a JSON text; nil and the reason where it has none.
local function parse_json(text)
  if #text > MAX_RECORD_BYTES then
    return nil, 'value_too_long'
  end
  local is_plain = find(text, '^[ -~]*$')
  if not is_plain and not is_utf8(text) then
    return nil, 'invalid_utf8'
  end
  json_decode = json_decode or new_decoder()
  local is_json, value = pcall(json_decode, text)
  if not is_json or not (is_plain and not has_odd_point(text) or is_strict_json(text)) then
    return nil, 'invalid_json'
  end
  return value
end

-- A field that is null is one that is not there. JSON's null is a value of its own in Lua, and a true one.
local function given(value)
  if value == cjson.null then
    return nil
  end
  return value
end

-- Fields of records -------------------------------------------------------------------------------

-- Milliseconds since the epoch; nil for anything else.
local function read_time(value)
  if is_finite(value) and value >= 0 then
    return value
  end
  return nil
end

-- Upper bounds of buckets, finite and ascending; nil for anything else.
local function read_bounds(value)
  if type(value) ~= 'table' or #value == 0 or #value > MAX_BOUNDS then
    return nil
  end
  local previous = -huge
  for i = 1, #value do
    local bound = value[i]
    if type(bound) ~= 'number' or not (bound > previous and bound < huge) then
      return nil
    end
    previous = bound
  end
  return value
end

-- Counts of \`n\` buckets, none above \`limits\`, and their sum; nil for anything else.
local function read_counts(value, n, limits)
  if type(value) ~= 'table' or #value ~= n then
    return nil
  end
  local sum = 0
  for i = 1, n do
    local count = value[i]
    if type(count) ~= 'number' or count < 0 or count > MAX_COUNT or count % 1 ~= 0 or limits and count > limits[i] then
      return nil
    end
    sum = sum + count
  end
  return value, sum
end

-- Whether this is a window of \`counts\`: at most two earlier copies of them, the older one first. None is one, too.
local function is_window(window, counts)
  window = given(window)
  if window == nil then
    return true
  elseif type(window) ~= 'table' or #window > 2 or #window == 0 and next(window) ~= nil then
    -- cjson reads [] and {} alike.
    return false
  end
  local previous = 0
  for i = 1, #window do
    local copy = window[i]
    local since = type(copy) == 'table' and read_time(copy.since)
    if not since or since < previous or not read_counts(copy.counts, #counts, counts) then
      return false
    end
    previous = since
  end
  return true
end

-- Buckets of native histograms --------------------------------------------------------------------

local native_index, native_bound

do
  -- 2^(i/256 - 1), i from 0: the doubles that Prometheus has; computed ones may differ in the last bit. Made when first
  -- needed, since most calls need none.
  local fractions

  local function new_fractions()
    return {
      0.5, 0.5013556375251013, 0.5027149505564014, 0.5040779490592088, 0.5054446430258502, 0.5068150424757447,
      0.5081891574554764, 0.509566998038869, 0.5109485743270583, 0.5123338964485679, 0.5137229745593818,
      0.5151158188430205, 0.5165124395106142, 0.5179128468009786, 0.5193170509806894, 0.520725062344158,
      0.5221368912137069, 0.5235525479396449, 0.5249720429003435, 0.526395386502313, 0.5278225891802786,
      0.5292536613972564, 0.5306886136446309, 0.5321274564422321, 0.5335702003384117, 0.5350168559101208,
      0.5364674337629877, 0.5379219445313954, 0.5393803988785598, 0.5408428074966075, 0.5423091811066545,
      0.5437795304588847, 0.5452538663326288, 0.5467321995364429, 0.5482145409081883, 0.549700901315111,
      0.5511912916539204, 0.5526857228508706, 0.5541842058618393, 0.5556867516724088, 0.5571933712979462,
      0.5587040757836845, 0.5602188762048033, 0.5617377836665098, 0.5632608093041209, 0.564787964283144,
      0.5663192597993595, 0.5678547070789026, 0.5693943173783458, 0.5709381019847808, 0.572486072215902,
      0.5740382394200894, 0.5755946149764913, 0.5771552102951081, 0.5787200368168754, 0.5802891060137493,
      0.5818624293887887, 0.5834400184762408, 0.585021884841625, 0.5866080400818185, 0.5881984958251406,
      0.5897932637314379, 0.5913923554921704, 0.5929957828304968, 0.5946035575013605, 0.5962156912915756,
      0.5978321960199137, 0.5994530835371903, 0.6010783657263515, 0.6027080545025619, 0.6043421618132907,
      0.6059806996384005, 0.6076236799902344, 0.6092711149137041, 0.6109230164863786, 0.6125793968185725,
      0.6142402680534349, 0.6159056423670379, 0.6175755319684665, 0.6192499490999082, 0.620928906036742,
      0.622612415087629, 0.6243004885946023, 0.6259931389331581, 0.6276903785123455, 0.6293922197748583,
      0.6310986751971253, 0.6328097572894031, 0.6345254785958666, 0.6362458516947014, 0.637970889198196,
      0.6397006037528346, 0.6414350080393891, 0.6431741147730128, 0.6449179367033329, 0.6466664866145447,
      0.6484197773255048, 0.6501778216898253, 0.6519406325959679, 0.6537082229673385, 0.6554806057623822,
      0.6572577939746774, 0.659039800633032, 0.6608266388015788, 0.6626183215798706, 0.6644148621029772,
      0.6662162735415805, 0.6680225691020727, 0.6698337620266515, 0.6716498655934177, 0.6734708931164728,
      0.6752968579460171, 0.6771277734684463, 0.6789636531064505, 0.6808045103191123, 0.6826503586020058,
      0.6845012114872953, 0.6863570825438342, 0.688217985377265, 0.690083933630119, 0.6919549409819159,
      0.6938310211492645, 0.6957121878859629, 0.6975984549830999, 0.6994898362691555, 0.7013863456101023,
      0.7032879969095076, 0.7051948041086352, 0.7071067811865475, 0.7090239421602076, 0.7109463010845827,
      0.7128738720527471, 0.7148066691959849, 0.7167447066838943, 0.718687998724491, 0.7206365595643126,
      0.7225904034885232, 0.7245495448210174, 0.7265139979245261, 0.7284837772007218, 0.7304588970903234,
      0.7324393720732029, 0.7344252166684908, 0.7364164454346837, 0.7384130729697496, 0.7404151139112358,
      0.7424225829363761, 0.7444354947621984, 0.7464538641456323, 0.7484777058836176, 0.7505070348132126,
      0.7525418658117031, 0.7545822137967112, 0.7566280937263048, 0.7586795205991071, 0.7607365094544071,
      0.762799075372269, 0.7648672334736434, 0.7669409989204777, 0.7690203869158282, 0.7711054127039704,
      0.7731960915705107, 0.7752924388424999, 0.7773944698885442, 0.7795022001189185, 0.7816156449856788,
      0.7837348199827764, 0.7858597406461707, 0.7879904225539431, 0.7901268813264122, 0.7922691326262467,
      0.7944171921585818, 0.7965710756711334, 0.7987307989543135, 0.8008963778413465, 0.8030678282083853,
      0.805245165974627, 0.8074284071024302, 0.8096175675974316, 0.8118126635086642, 0.8140137109286738,
      0.8162207259936375, 0.8184337248834821, 0.820652723822003, 0.8228777390769823, 0.8251087869603088,
      0.8273458838280969, 0.8295890460808079, 0.8318382901633681, 0.8340936325652911, 0.8363550898207981,
      0.8386226785089391, 0.8408964152537144, 0.8431763167241966, 0.8454623996346523, 0.8477546807446661,
      0.8500531768592616, 0.8523579048290255, 0.8546688815502312, 0.8569861239649629, 0.8593096490612387,
      0.8616394738731368, 0.8639756154809185, 0.8663180910111553, 0.8686669176368529, 0.871022112577578,
      0.8733836930995842, 0.8757516765159389, 0.8781260801866495, 0.8805069215187917, 0.8828942179666361,
      0.8852879870317771, 0.8876882462632604, 0.890095013257712, 0.8925083056594671, 0.8949281411607002,
      0.8973545375015533, 0.8997875124702672, 0.9022270839033115, 0.9046732696855155, 0.9071260877501991,
      0.909585556079304, 0.9120516927035263, 0.9145245157024483, 0.9170040432046711, 0.9194902933879467,
      0.9219832844793128, 0.9244830347552253, 0.9269895625416926, 0.92950288621441, 0.9320230241988943,
      0.9345499949706191, 0.9370838170551498, 0.93962450902828, 0.9421720895161669, 0.9447265771954693,
      0.9472879907934827, 0.9498563490882775, 0.9524316709088368, 0.9550139751351947, 0.9576032806985735,
      0.9601996065815236, 0.9628029718180622, 0.9654133954938133, 0.9680308967461471, 0.9706554947643201,
      0.9732872087896164, 0.9759260581154889, 0.9785720620876999, 0.9812252401044634, 0.9838856116165875,
      0.9865531961276168, 0.9892280131939752, 0.9919100824251095, 0.9945994234836328, 0.9972960560854698, 1,
    }
  end

  -- The bucket in which a finite number above 0 falls: bucket i holds (base^(i-1), base^i], base = 2^(2^-schema).
  -- Infinity has the one after the last of these.
  function native_index(schema, magnitude) -- luacheck: ignore 211 (the reader needs no index)
    if magnitude == huge then
      return 2 ^ (10 + schema) + 1
    end
    local fraction, exponent = math.frexp(magnitude)
    if schema <= 0 then
      return math.ceil((fraction == 0.5 and exponent - 1 or exponent) / 2 ^ -schema)
    end
    fractions = fractions or new_fractions()
    local step = 2 ^ (8 - schema)
    local low, high = 0, 2 ^ schema
    while low < high do
      local middle = floor((low + high) / 2)
      if fractions[middle * step + 1] >= fraction then
        high = middle
      else
        low = middle + 1
      end
    end
    return low + (exponent - 1) * 2 ^ schema
  end

  -- The upper bound of a bucket without its sign. The last bucket of finite values ends at the largest of them.
  function native_bound(schema, index)
    local exponent, place = index * 2 ^ -schema, 0
    if schema > 0 then
      exponent = floor(exponent)
      place = (index - exponent * 2 ^ schema) * 2 ^ (8 - schema)
    end
    if exponent == 1024 and place == 0 then
      return 1.7976931348623157e308
    elseif exponent >= 1024 then
      return huge
    elseif place == 0 then
      return math.ldexp(1, exponent)
    end
    fractions = fractions or new_fractions()
    return math.ldexp(fractions[place + 1], exponent + 1)
  end
end

local function apply_batch()

-- Texts of records --------------------------------------------------------------------------------

-- As a record holds it: one that is not finite as a string.
local function special_text(value)
  if value > -huge and value < huge then return number_text(value) end
  return '"' .. special_name(value) .. '"'
end

-- The number that \`text\` writes in a common way; nil for any other text, which a stricter look must judge.
local function read_common(text)
  -- Adding reads the number once, tonumber twice.
  if #text <= 15 and find(text, '^[1-9]%d*$') then return text + 0 end
  local value = tonumber(text)
  if is_finite(value) and (find(text, '^%-?[1-9]%d*%.%d+$') or number_text(value) == text) then return value end
  local quoted = match(text, '^"([^"]*)"$')
  return quoted and special_number(quoted)
end

-- '[1,2,0]' in one call of C; cached, since the series of a family are equally long.
local count_formats = {}

local function counts_text(counts)
  local n = #counts
  -- More than a call of C takes; whole numbers that other writers sent.
  if n > 1000 then
    local texts = {}
    for i = 1, n do texts[i] = format('%d', counts[i]) end
    return '[' .. concat(texts, ',') .. ']'
  end
  local pattern = count_formats[n]
  if not pattern then
    -- Whole numbers up to 2^53: %d writes them in a third of the time of %.0f.
    pattern = '[' .. rep('%d,', n - 1) .. '%d]'
    count_formats[n] = pattern
  end
  return format(pattern, unpack(counts))
end

local function bounds_text(bounds)
  local texts = {}
  -- 0 added makes 0 of -0, which is the same bound.
  for i = 1, #bounds do texts[i] = number_text(bounds[i] + 0) end
  return '[' .. concat(texts, ',') .. ']'
end

-- Counts as a text of brackets, digits and commas: what is decoded are whole numbers, none below 0.
local function decode_counts(text, n)
  if not find(text, '^%[[%d,]*%]$') or find(text, ',0%d') or find(text, '^%[0%d') then return nil end
  local ok, counts = pcall(decode, text)
  if not ok or #counts ~= n then return nil end
  local sum = 0
  for i = 1, n do sum = sum + counts[i] end
  if sum > MAX_COUNT then return nil end
  return counts, sum
end

-- What is to be added to \`n\` counts: to most of them nothing.
local function sparse(counts)
  local at, by = {}, {}
  for i = 1, #counts do
    if counts[i] > 0 then at[#at + 1], by[#by + 1] = i, counts[i] end
  end
  return { at = at, by = by }
end

-- The call ----------------------------------------------------------------------------------------

local function malformed(what)
  error({ err = 'ERR redmeter merge: ' .. what })
end

local function read_count_argument(index, name, least)
  local value = tonumber(ARGV[index])
  if not is_count(value) or value < least then
    malformed('ARGV[' .. index .. '], ' .. name .. ': expected a whole number of at least ' .. least .. ', got ' ..
      tostring(ARGV[index]))
  end
  return value
end

if ARGV[1] ~= tostring(FORMAT) then
  malformed('ARGV[1], the format: expected ' .. FORMAT .. ', got ' .. tostring(ARGV[1]))
end
local shards = read_count_argument(2, 'the number of shards', 1)
local known_dataset, fresh_dataset = ARGV[3], ARGV[4]
local batch = read_count_argument(5, 'the batch number', 1)
local batch_age = read_count_argument(6, 'the age of the batch', 0)
local ttl = read_count_argument(7, 'the time to live', 1)
local ttl_text = format('%.0f', ttl)
local family_total = read_count_argument(8, 'the number of families', 0)

local FIRST_FAMILY_KEY, FIRST_FAMILY_ARGUMENT = 6, 9
local first_series_key = FIRST_FAMILY_KEY + family_total
local first_series_argument = FIRST_FAMILY_ARGUMENT + family_total
-- The keys of the ledger and the mark differ in one word, so that no key of a series can be taken for the mark.
local mark_key = gsub(KEYS[5] or '', ':writer:', ':mark:', 1)
local has_mark = #KEYS > FIRST_FAMILY_KEY - 1 and KEYS[#KEYS] == mark_key
-- So do those of the streams. Stream i has KEYS[streams.before + i].
local streams = { before = #KEYS - (has_mark and 1 or 0), total = 0 }
do
  local begin = gsub(KEYS[5] or '', ':writer:.*$', ':total:', 1)
  while streams.before >= first_series_key and sub(KEYS[streams.before], 1, #begin) == begin do
    streams.before, streams.total = streams.before - 1, streams.total + 1
  end
end
local series_total = streams.before - first_series_key + 1
local argument_total = #ARGV - first_series_argument + 1 - (has_mark and 3 or 0)

if not find(fresh_dataset or '', '^[%w-]+$') then
  malformed('ARGV[4], a fresh id: expected letters, digits and -')
end
if series_total < 0 or argument_total ~= series_total then
  malformed('expected one key and one argument for each family and each series, and three more arguments with a mark' ..
    ', got ' .. #KEYS .. ' keys and ' .. #ARGV .. ' arguments')
end
local note, resumes_after, known_revision = '-', nil, 0
if has_mark then
  note = ARGV[#ARGV - 2]
  if #note > MAX_NOTE_BYTES or not find(note, '^[%w,.-]*$') then
    malformed('ARGV[' .. #ARGV - 2 .. '], the note: expected up to ' .. MAX_NOTE_BYTES .. ' letters, digits, commas' ..
      ', dots and -')
  end
  if note == '' then note = '-' end
  if ARGV[#ARGV - 1] ~= '' then resumes_after = read_count_argument(#ARGV - 1, 'the batch noted last', 0) end
  if ARGV[#ARGV] ~= '' then known_revision = read_count_argument(#ARGV, 'the revision told last', 0) end
end
if series_total > MAX_SERIES or streams.total > MAX_SERIES then
  malformed('expected at most ' .. MAX_SERIES .. ' series and as many streams, got ' .. series_total .. ' and ' ..
    streams.total)
end

local time = call('TIME')
local now = tonumber(time[1]) * 1000 + floor(tonumber(time[2]) / 1000)
local now_text = format('%.0f', now)
local made_at = now - batch_age
local tail = ',"timestamp":' .. now_text .. '}'

-- Exact sums --------------------------------------------------------------------------------------

-- What totals add is the exact sum of \`whole\` and of \`terms\`, where fractions are among them; \`about\` is it, rounded. A
-- sum of observations may not be finite: \`is_special\`.

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

  -- The double next to the sum of the first \`n\` partial sums; of two that are equally near, the even one.
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

  -- \`value\` and what is added to it. What the rounding takes away is left in \`add.residual\`: whoever adds it later
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

-- Native counts -----------------------------------------------------------------------------------

-- The counts of a native histogram: \`schema\`, \`threshold\` and \`zero\`, and \`positive\` and \`negative\`, each with
-- \`indexes\`, which ascend, and \`counts\`. Lists are never changed, so copies share them. \`copies\` are earlier ones, part
-- of these: they are brought along.
local native = {}

on_demand(native, function()
  local NONE = { indexes = {}, counts = {} }
  local DEFAULT_THRESHOLD = 2 ^ -128
  local least_indexes = {}

  local function least_index(schema)
    local least = least_indexes[schema] or native_index(schema, 2 ^ -1074)
    least_indexes[schema] = least
    return least
  end

  function native.is_schema(value)
    return type(value) == 'number' and value >= -4 and value <= 8 and value % 1 == 0
  end

  function native.read_threshold(value)
    value = given(value)
    if value == nil then return DEFAULT_THRESHOLD end
    return is_finite(value) and value >= 0 and value + 0 or nil
  end

  local function is_nothing(list)
    return list == nil or type(list) == 'table' and next(list) == nil
  end

  local function read_side(value, schema)
    value = given(value)
    if is_nothing(value) then return NONE, 0 end
    if type(value) ~= 'table' or value[1] ~= nil then return nil end
    local indexes, counts = given(value.indexes), given(value.counts)
    if is_nothing(indexes) and is_nothing(counts) then return NONE, 0 end
    if type(indexes) ~= 'table' or type(counts) ~= 'table' or #indexes ~= #counts or #indexes == 0 then return nil end
    local previous, most, sum = least_index(schema) - 1, 2 ^ (10 + schema) + 1, 0
    for i = 1, #indexes do
      local index, count = indexes[i], counts[i]
      if type(index) ~= 'number' or index % 1 ~= 0 or index <= previous or index > most then return nil end
      if not is_count(count) or count == 0 then return nil end
      previous, sum = index, sum + count
    end
    return { indexes = indexes, counts = counts }, sum
  end

  -- Counts of buckets of a schema, and their sum; nil for anything else.
  function native.read_counts(fields, schema)
    local zero = given(fields.zeroCount)
    if zero == nil then zero = 0 end
    local positive, of_positive = read_side(fields.positive, schema)
    local negative, of_negative = read_side(fields.negative, schema)
    if not positive or not negative or not is_count(zero) then return nil end
    return { zero = zero, positive = positive, negative = negative }, zero + of_positive + of_negative
  end

  -- The native form of a record or operation, and how many observations it has; nil for anything else.
  function native.read(fields)
    local threshold = native.read_threshold(fields.zeroThreshold)
    if not native.is_schema(fields.schema) or not threshold then return nil end
    local counts, total = native.read_counts(fields, fields.schema)
    if not counts then return nil end
    counts.schema, counts.threshold, counts.copies = fields.schema, threshold, {}
    return counts, total
  end

  function native.new(schema, threshold)
    return { schema = schema, threshold = threshold, zero = 0, positive = NONE, negative = NONE, copies = {} }
  end

  local function is_side_within(earlier, later)
    local at = 1
    for i = 1, #earlier.indexes do
      local index = earlier.indexes[i]
      while later.indexes[at] and later.indexes[at] < index do at = at + 1 end
      if later.indexes[at] ~= index or earlier.counts[i] > later.counts[at] then return false end
    end
    return true
  end

  -- Whether no count of an earlier copy is above the present one.
  function native.is_within(earlier, later)
    return earlier.zero <= later.zero and is_side_within(earlier.positive, later.positive)
      and is_side_within(earlier.negative, later.negative)
  end

  local function side_text(name, side)
    if #side.indexes == 0 then return '' end
    return ',"' .. name .. '":{"indexes":[' .. concat(side.indexes, ',') .. '],"counts":' .. counts_text(side.counts) ..
      '}'
  end

  function native.counts_text(counts)
    return '"zeroCount":' .. format('%d', counts.zero) .. side_text('positive', counts.positive) ..
      side_text('negative', counts.negative)
  end

  local function each_part(counts, change)
    change(counts)
    for i = 1, #counts.copies do
      if counts.copies[i].zero then change(counts.copies[i]) end
    end
  end

  local function lowered(side, width)
    local indexes, counts, n = {}, {}, 0
    for i = 1, #side.indexes do
      local index = math.ceil(side.indexes[i] / width) + 0
      if n > 0 and indexes[n] == index then
        counts[n] = counts[n] + side.counts[i]
      else
        n = n + 1
        indexes[n], counts[n] = index, side.counts[i]
      end
    end
    return { indexes = indexes, counts = counts }
  end

  function native.lower(counts, schema)
    if counts.schema <= schema then return end
    local width = 2 ^ (counts.schema - schema)
    each_part(counts, function(part)
      part.positive, part.negative = lowered(part.positive, width), lowered(part.negative, width)
    end)
    counts.schema = schema
  end

  local function has_index(side, index)
    for i = 1, #side.indexes do
      if side.indexes[i] == index then return true end
    end
    return false
  end

  -- The side without the buckets up to \`last\`, and how many observations those had.
  local function cut(side, last)
    local indexes, counts, taken = {}, {}, 0
    for i = 1, #side.indexes do
      if side.indexes[i] <= last then
        taken = taken + side.counts[i]
      else
        indexes[#indexes + 1], counts[#counts + 1] = side.indexes[i], side.counts[i]
      end
    end
    return { indexes = indexes, counts = counts }, taken
  end

  -- As Prometheus does it: a threshold that cuts a bucket with observations is raised to the end of that.
  local function raise_threshold(counts, threshold)
    local last = native_index(counts.schema, threshold)
    local bound = native_bound(counts.schema, last)
    local is_cut = bound > threshold and (has_index(counts.positive, last) or has_index(counts.negative, last))
    if is_cut then threshold = bound end
    if bound > threshold then last = last - 1 end
    each_part(counts, function(part)
      local of_positive, of_negative
      part.positive, of_positive = cut(part.positive, last)
      part.negative, of_negative = cut(part.negative, last)
      part.zero = part.zero + of_positive + of_negative
    end)
    counts.threshold = threshold
  end

  local function added_up(a, b)
    if #b.indexes == 0 then return a end
    if #a.indexes == 0 then return b end
    local indexes, counts, n, i, j = {}, {}, 0, 1, 1
    while a.indexes[i] or b.indexes[j] do
      local of_a, of_b = a.indexes[i] or huge, b.indexes[j] or huge
      n = n + 1
      if of_a == of_b then
        indexes[n], counts[n] = of_a, a.counts[i] + b.counts[j]
      elseif of_a < of_b then
        indexes[n], counts[n] = of_a, a.counts[i]
      else
        indexes[n], counts[n] = of_b, b.counts[j]
      end
      if of_a <= of_b then i = i + 1 end
      if of_b <= of_a then j = j + 1 end
    end
    return { indexes = indexes, counts = counts }
  end
  native.added_up = added_up

  local function copy_of(counts)
    return {
      schema = counts.schema, threshold = counts.threshold, zero = counts.zero, positive = counts.positive,
      negative = counts.negative, copies = {},
    }
  end

  -- Gives both the lower schema of the two, and the larger threshold.
  local function align(one, other)
    while one.threshold ~= other.threshold do
      if one.threshold < other.threshold then raise_threshold(one, other.threshold)
      else raise_threshold(other, one.threshold) end
    end
    local schema = min(one.schema, other.schema)
    native.lower(one, schema)
    native.lower(other, schema)
  end

  local function side_beyond(later, earlier)
    local indexes, counts, at = {}, {}, 1
    for i = 1, #later.indexes do
      local index, count = later.indexes[i], later.counts[i]
      if earlier.indexes[at] == index then
        count, at = count - earlier.counts[at], at + 1
      end
      if count > 0 then indexes[#indexes + 1], counts[#counts + 1] = index, count end
    end
    return { indexes = indexes, counts = counts }
  end

  -- What \`later\` has more than \`earlier\`; nil where it has less.
  function native.beyond(later, earlier)
    later, earlier = copy_of(later), copy_of(earlier)
    align(later, earlier)
    if not native.is_within(earlier, later) then return nil end
    later.zero = later.zero - earlier.zero
    later.positive = side_beyond(later.positive, earlier.positive)
    later.negative = side_beyond(later.negative, earlier.negative)
    return later
  end

  -- Adds \`added\`: at the lower schema of the two, with the larger threshold.
  function native.add(counts, added)
    added = copy_of(added)
    align(added, counts)
    counts.zero = counts.zero + added.zero
    counts.positive = added_up(counts.positive, added.positive)
    counts.negative = added_up(counts.negative, added.negative)
  end

  -- Lowers the schema until there are at most so many buckets; not below -4.
  function native.limit(counts, most)
    while #counts.positive.indexes + #counts.negative.indexes > most and counts.schema > -4 do
      native.lower(counts, counts.schema - 1)
    end
  end

  local function side_of(counted)
    local indexes, counts = {}, {}
    for index in pairs(counted) do indexes[#indexes + 1] = index end
    table.sort(indexes)
    for i = 1, #indexes do counts[i] = counted[indexes[i]] end
    return { indexes = indexes, counts = counts }
  end

  -- Counts by classic buckets, \`by[i]\` of the bucket \`at[i]\`, each observation taken for the upper bound of its bucket.
  function native.from_classic(added, bounds, schema, threshold)
    local zero, positive, negative = 0, {}, {}
    for i = 1, #added.at do
      local bound, count = bounds[added.at[i]] or huge, added.by[i]
      if math.abs(bound) <= threshold then
        zero = zero + count
      else
        local side, index = bound > 0 and positive or negative, native_index(schema, math.abs(bound))
        side[index] = (side[index] or 0) + count
      end
    end
    return {
      schema = schema, threshold = threshold, zero = zero, positive = side_of(positive), negative = side_of(negative),
      copies = {},
    }
  end

  local function place_of(bounds, value)
    local low, high = 1, #bounds + 1
    while low < high do
      local middle = floor((low + high) / 2)
      if value <= bounds[middle] then high = middle else low = middle + 1 end
    end
    return low
  end
  native.place_of = place_of

  -- Native counts added to those of classic buckets, each observation taken for the upper bound of its bucket.
  function native.add_to_classic(counts, added, bounds)
    local function count_at(value, count)
      local place = place_of(bounds, value)
      counts[place] = counts[place] + count
    end
    count_at(added.threshold, added.zero)
    local positive, negative = added.positive, added.negative
    for i = 1, #positive.indexes do
      count_at(native_bound(added.schema, positive.indexes[i]), positive.counts[i])
    end
    for i = 1, #negative.indexes do
      count_at(-native_bound(added.schema, negative.indexes[i] - 1), negative.counts[i])
    end
  end
end)

-- Exemplars ---------------------------------------------------------------------------------------

-- Exemplars of a series: the newest of each bucket, at most ten. One has \`labels\`, a \`value\` and a \`timestamp\`.
local exemplars = {}

on_demand(exemplars, function()
  local MAX_EXEMPLARS = 10
  local MAX_CHARACTERS = 128
  local BEGIN = ',"exemplars":['

  local function are_labels(labels)
    if type(labels) ~= 'table' or next(labels) == nil then return false end
    local characters = 0
    for name, text in pairs(labels) do
      if type(name) ~= 'string' or name == '' or type(text) ~= 'string' then return false end
      local both = name .. text
      if not is_utf8(both) then return false end
      -- Bytes but for those that continue a character.
      local _, count = gsub(both, '[^\\128-\\191]', '')
      characters = characters + count
    end
    return characters <= MAX_CHARACTERS
  end

  -- The exemplar of an operation; nil for anything else.
  local function read_recorded(value)
    if type(value) ~= 'table' or not are_labels(value.labels) or not is_finite(value.value) then return nil end
    local age = read_time(value.age)
    if not age then return nil end
    return { labels = value.labels, value = value.value, timestamp = max(0, min(now, floor(made_at - age))) }
  end

  -- The exemplars of an operation; nil for anything else.
  function exemplars.read_recorded(list)
    if type(list) ~= 'table' or #list > MAX_EXEMPLARS or #list == 0 and next(list) ~= nil then return nil end
    local read = {}
    for i = 1, #list do
      read[i] = read_recorded(list[i])
      if not read[i] then return nil end
    end
    return read
  end

  -- Those of a record. What cannot be read is left out: the record is what it counts, with or without it.
  function exemplars.read_stored(list)
    list = given(list)
    local read = {}
    for i = 1, type(list) == 'table' and #list or 0 do
      local one = list[i]
      if type(one) == 'table' and are_labels(one.labels) and is_finite(one.value) then
        local timestamp = min(now, read_time(one.timestamp) or 0)
        read[#read + 1] = { labels = one.labels, value = one.value, timestamp = timestamp }
      end
    end
    return read
  end

  -- Those of the end of a record's text, from \`,"exemplars":[\` on.
  function exemplars.read_text(text)
    local ok, list = pcall(decode, sub(text, #BEGIN))
    return exemplars.read_stored(ok and list or nil)
  end

  -- What a record has at its end, before \`created\`: the text of its list, and where it begins; nil without one. No text
  -- in JSON can hold the same, since there quotes are escaped.
  local function find_stored(record, from)
    local first, last = find(record, BEGIN, from, true)
    if not first then return nil end
    local after = find(record, '],"created":', last, true)
    return after and sub(record, last, after), first, after
  end

  -- The exemplars that stand at \`at\` of a record, and where it goes on after them; nil and \`at\` where none do.
  function exemplars.read_at(record, at)
    local list, first, last = find_stored(record, at)
    if first ~= at then return nil, at end
    local ok, decoded = pcall(decode, list)
    if not ok then return nil, at end
    return exemplars.read_stored(decoded), last + 1
  end

  -- The bucket of each exemplar of a histogram, by its native form or its bounds; a counter has one.
  local function bucket_of(value, counts, bounds)
    if counts then
      local magnitude = math.abs(value)
      if magnitude <= counts.threshold then return 'zero' end
      return (value < 0 and '-' or '') .. native_index(counts.schema, magnitude)
    end
    return bounds and native.place_of(bounds, value) or 1
  end

  local function is_older(a, b)
    if a.timestamp ~= b.timestamp then return a.timestamp < b.timestamp end
    return a.value < b.value
  end

  -- The newest of each bucket; of equally new ones that which was recorded later.
  local function newest(stored, recorded, counts, bounds)
    local by_bucket, kept = {}, {}
    for _, list in ipairs({ stored, recorded }) do
      for i = 1, #list do
        local one = list[i]
        local bucket = bucket_of(one.value, counts, bounds)
        local known = by_bucket[bucket]
        if not known or known.timestamp <= one.timestamp then by_bucket[bucket] = one end
      end
    end
    for _, one in pairs(by_bucket) do kept[#kept + 1] = one end
    table.sort(kept, is_older)
    return kept
  end

  local function labels_text(labels)
    local names, texts = {}, {}
    for name in pairs(labels) do names[#names + 1] = name end
    table.sort(names)
    for i = 1, #names do texts[i] = cjson.encode(names[i]) .. ':' .. cjson.encode(labels[names[i]]) end
    return '{' .. concat(texts, ',') .. '}'
  end

  -- All that a series keeps, as text of its record; '' for none.
  function exemplars.text(stored, recorded, counts, bounds, most)
    local kept = newest(stored or {}, recorded or {}, counts, bounds)
    local texts = {}
    for i = max(1, #kept - (most or MAX_EXEMPLARS) + 1), #kept do
      texts[#texts + 1] = '{"labels":' .. labels_text(kept[i].labels) .. ',"value":' .. number_text(kept[i].value) ..
        ',"timestamp":' .. number_text(kept[i].timestamp) .. '}'
    end
    return #texts > 0 and BEGIN .. concat(texts, ',') .. ']' or ''
  end

  -- The rest of a record from \`from\` to \`to\`, with these exemplars added to those in it.
  function exemplars.spliced(record, from, to, recorded, counts, bounds)
    local list, first, last = find_stored(record, from)
    local stored = {}
    if list then
      local ok, decoded = pcall(decode, list)
      stored = exemplars.read_stored(ok and decoded or nil)
    else
      last = find(record, ',"created":', from, true)
      if not last then return nil end
      first, last = last, last - 1
    end
    return sub(record, from, first - 1) .. exemplars.text(stored, recorded, counts, bounds) .. sub(record, last + 1, to)
  end
end)

-- The families of the call ------------------------------------------------------------------------

local TYPES = { counter = true, gauge = true, histogram = true }
local GAUGE_MODES = { last = true, process = true, sum = true }

local function read_argument(index)
  local ok, value = pcall(decode, ARGV[index])
  if not ok or type(value) ~= 'table' then malformed('ARGV[' .. index .. ']: expected a JSON object') end
  -- Many languages write null for a field that they do not give.
  for field, held in pairs(value) do value[field] = given(held) end
  return value
end

local function read_text(value)
  value = given(value)
  if type(value) == 'string' and value ~= '' then return value end
  return nil
end

-- The buckets that a histogram has in Redis; where the writer's own differ, \`places\` says which of them each is.
local function lay_out(family, bounds)
  if not bounds then
    family.layout, family.bounds, family.buckets, family.before_counts = nil, nil, nil, nil
    return
  end
  family.layout, family.bounds, family.buckets = bounds, bounds_text(bounds), #bounds + 1
  family.before_counts = ',"bounds":' .. family.bounds .. ',"counts":'
end

-- How a family counts in native buckets; nil for anything else.
local function read_native(value)
  value = given(value)
  if type(value) ~= 'table' or not native.is_schema(value.schema) then return nil end
  local threshold, most = native.read_threshold(value.zeroThreshold), given(value.maxBuckets)
  if most == nil then most = DEFAULT_NATIVE_BUCKETS end
  if not threshold or not is_count(most) or most < 1 or most > MAX_NATIVE_BUCKETS then return nil end
  return {
    schema = value.schema, threshold = threshold, most = most,
    text = format('{"schema":%d,"zeroThreshold":%s,"maxBuckets":%d}', value.schema, number_text(threshold), most),
  }
end

local function read_family(index)
  local family = read_argument(index)
  if not TYPES[family.type] then malformed('ARGV[' .. index .. ']: expected a family with a type') end
  local is_histogram = family.type == 'histogram'
  local own_native = is_histogram and read_native(family.native) or nil
  if is_histogram and not own_native and family.native ~= nil then
    malformed('ARGV[' .. index .. ']: expected native with a schema from -4 to 8, a zeroThreshold of at least 0 and' ..
      ' maxBuckets from 1 to ' .. MAX_NATIVE_BUCKETS)
  end
  if is_histogram and not read_bounds(family.bounds) and (family.bounds ~= nil or not own_native) then
    malformed('ARGV[' .. index .. ']: expected ascending, finite bounds')
  end
  family.help, family.unit = read_text(family.help), read_text(family.unit)
  family.declared = read_time(family.declared)
    or (read_time(family.age) and max(0, floor(made_at - family.age)))
    or 0
  family.mode = family.type == 'gauge' and (read_text(family.mode) or 'last') or nil
  if family.mode and not GAUGE_MODES[family.mode] then
    malformed('ARGV[' .. index .. ']: expected the mode last, process or sum, got ' .. family.mode)
  end
  if family.type == 'histogram' then
    family.lease = family.lease or LAYOUT_LEASE_MS
    if not is_count(family.lease) or family.lease < 1 then
      malformed('ARGV[' .. index .. ']: expected a lease of at least 1 ms')
    end
    family.own_bounds, family.own_native, family.native = family.bounds, own_native, own_native
    lay_out(family, family.bounds)
  else
    family.bounds, family.native = nil, nil
  end
  return family
end

local families = {}
for i = 1, family_total do
  families[i] = read_family(FIRST_FAMILY_ARGUMENT + i - 1)
end

-- The operations of the call ----------------------------------------------------------------------

-- What happens to each series, in their order: its family; in \`adds\` what is added to a counter, or to the sum of a
-- histogram; in \`operations\` what is added to the counts of a histogram, and the whole operation of all others.
-- \`exemplars_of\` has the exemplars of counters.
local family_of, adds, operations, exemplars_of = {}, {}, {}, {}

do
  local function is_flag(value)
    return value == nil or type(value) == 'boolean'
  end

  -- The observations of an operation: what is added to classic counts, and to native ones, or to either; nil for
  -- anything else.
  local function read_observations(operation, family)
    local added, counts, count, native_count = nil, nil, nil, nil
    if operation.counts ~= nil or operation.schema == nil then
      if not family.own_bounds then return nil end
      counts, count = read_counts(operation.counts, #family.own_bounds + 1)
      if not counts then return nil end
      added = sparse(counts)
    end
    if operation.schema ~= nil then
      if not family.own_native then return nil end
      local form
      form, native_count = native.read(operation)
      if not form or counts and count ~= native_count or native_count > MAX_COUNT then return nil end
      added = added or {}
      added.native = form
    end
    added.count = count or native_count
    return added
  end

  local function read_nanoseconds(value)
    return type(value) == 'string' and #value <= 20 and find(value, '^[1-9]%d*$') and value or nil
  end

  -- One total of a stream; nil for anything else.
  local function read_total(told, family)
    if type(told) ~= 'table' or not is_count(told.stream) then return nil end
    if told.stream < 1 or told.stream > streams.total then return nil end
    local start, value = given(told.start), told.value
    local point = { key = KEYS[streams.before + told.stream], time = read_nanoseconds(told.time), value = value }
    if start == nil then point.start = '0' else point.start = read_nanoseconds(start) end
    if not point.start or not point.time then return nil end
    if given(told.whole) ~= nil then
      if told.whole ~= true then return nil end
      point.whole = true
    end
    if family.type == 'histogram' then
      point.value, point.observed = special_number(told.sum), read_observations(told, family)
      return point.value ~= nil and point.observed and point or nil
    end
    if not is_finite(value) then return nil end
    return (family.type ~= 'counter' or value >= 0) and point or nil
  end

  -- The totals of streams in an operation, in the order in which they count; false for anything else.
  local function read_totals(operation, family)
    local list = operation.totals
    if type(list) ~= 'table' or #list == 0 or operation.add ~= nil then return false end
    if operation.counts ~= nil or operation.schema ~= nil then return false end
    local points = {}
    for i = 1, #list do
      points[i] = read_total(list[i], family)
      if not points[i] then return false end
    end
    operation.points = points
    return true
  end

  local is_operation = {
    counter = function(operation, family)
      operation.exemplars = operation.exemplar ~= nil and exemplars.read_recorded({ operation.exemplar }) or nil
      if operation.exemplar ~= nil and not operation.exemplars then return false end
      if operation.totals ~= nil then return read_totals(operation, family) end
      return is_finite(operation.add) and operation.add >= 0
    end,
    gauge = function(operation, family)
      if operation.mode ~= family.mode then return false end
      if operation.mode == 'sum' and operation.totals ~= nil then return read_totals(operation, family) end
      if operation.totals ~= nil then return false end
      if operation.mode == 'sum' then return is_finite(operation.add) end
      if operation.mode == 'process' and not (is_count(operation.lease) and operation.lease >= 1) then return false end
      return special_number(operation.set) ~= nil and read_time(operation.age) ~= nil
    end,
    histogram = function(operation, family)
      if operation.totals ~= nil then
        if operation.exemplars ~= nil then
          operation.exemplars = exemplars.read_recorded(operation.exemplars)
          if not operation.exemplars then return false end
          if #operation.exemplars == 0 then operation.exemplars = nil end
        end
        return read_totals(operation, family)
      end
      local added = read_observations(operation, family)
      operation.sum = special_number(operation.sum)
      if not added or operation.sum == nil then return false end
      if operation.exemplars ~= nil then
        added.exemplars = exemplars.read_recorded(operation.exemplars)
        if not added.exemplars then return false end
        if #added.exemplars == 0 then added.exemplars = nil end
      end
      operation.added = added
      return true
    end,
  }

  local families_by_text = {}
  for i = 1, family_total do families_by_text[format('%d', i)] = families[i] end

  -- Operations as our own writers write them, by far the most, are read by one pattern; any other is decoded. Many are
  -- alike, so what was read is looked up by its text: of a histogram up to the counts.
  local COUNTER_OPERATION = '^{"type":"counter","family":(%d+),"add":([1-9]%d*)}$'
  local HISTOGRAM_COUNTS = '^{"type":"histogram","family":(%d+),"counts":(%b[])$'
  local TYPE_AT, HISTOGRAM_INITIAL, CLOSING_BRACE = #'{"type":"' + 1, byte('h'), byte('}')
  local known_families, known_adds = {}, {}

  local function read_counter_operation(i, text)
    local index, add_text = match(text, COUNTER_OPERATION)
    local family = families_by_text[index]
    if not family or family.type ~= 'counter' or #add_text > 15 then return false end
    local add = tonumber(add_text)
    known_families[text], known_adds[text] = family, add
    family_of[i], adds[i] = family, add
    return true
  end

  local function read_histogram_operation(i, text)
    local last = find(text, '],"sum":', 1, true)
    if not last or byte(text, -1) ~= CLOSING_BRACE then return false end
    local sum, counts_of_family = read_common(sub(text, last + 8, -2)), sub(text, 1, last)
    if not is_finite(sum) then return false end
    local family = known_families[counts_of_family]
    if not family then
      local index, counts_as_text = match(counts_of_family, HISTOGRAM_COUNTS)
      family = families_by_text[index]
      if not family or not family.own_bounds then return false end
      local counts, count = decode_counts(counts_as_text, family.buckets)
      if not counts then return false end
      local added = sparse(counts)
      added.count = count
      known_families[counts_of_family], known_adds[counts_of_family] = family, added
      family.is_observed = true
    end
    family_of[i], adds[i], operations[i] = family, sum, known_adds[counts_of_family]
    return true
  end

  local function read_any_operation(i, index)
    local operation = read_argument(index)
    local family = families[operation.family]
    if not family then
      malformed('ARGV[' .. index .. ']: expected "family":1 to ' .. family_total)
    end
    if not is_flag(operation.remove) or not is_flag(operation.touch) then
      malformed('ARGV[' .. index .. ']: expected remove and touch to be true or false, got ' .. ARGV[index])
    end
    -- What else would be recorded is not lost without a word. Only a value of mode process may come with a touch: it is
    -- set where nothing is left to touch.
    local has_value = operation.add ~= nil or operation.counts ~= nil or operation.set ~= nil or operation.schema ~= nil
      or operation.totals ~= nil
    if has_value and (operation.remove or operation.touch and family.mode ~= 'process') then
      malformed('ARGV[' .. index .. ']: expected either a value or to remove or touch, got ' .. ARGV[index])
    end
    operation.points = nil
    local is_whole = operation.remove or operation.touch and not has_value
    if not is_whole and not (operation.type == family.type and is_operation[family.type](operation, family)) then
      malformed('ARGV[' .. index .. ']: expected an operation on a ' .. family.type .. ', got ' .. ARGV[index])
    end
    family_of[i] = family
    if is_whole or operation.points or family.type == 'gauge' then
      operations[i] = operation
      if operation.points and family.type == 'histogram' then family.is_observed = true end
    elseif family.type == 'counter' then
      adds[i], exemplars_of[i] = operation.add, operation.exemplars
    else
      adds[i], operations[i] = operation.sum, operation.added
      family.is_observed = true
    end
  end

  for i = 1, series_total do
    local index = first_series_argument + i - 1
    local text = ARGV[index]
    local family = known_families[text]
    if family then
      family_of[i], adds[i] = family, known_adds[text]
    else
      local is_histogram = byte(text, TYPE_AT) == HISTOGRAM_INITIAL
      local read_usual = is_histogram and read_histogram_operation or read_counter_operation
      if not read_usual(i, text) then read_any_operation(i, index) end
    end
  end
end

-- Which data set, which batch ---------------------------------------------------------------------

local dataset_record = call('GET', KEYS[1])
local dataset
if dataset_record then
  local ok, record = pcall(decode, dataset_record)
  if not ok or type(record) ~= 'table' or record.format ~= FORMAT or record.shards ~= shards
    or type(record.id) ~= 'string' then
    return { 'format', dataset_record }
  end
  dataset = record.id
end

local function read_mark()
  local mark = has_mark and pcall_redis('GET', mark_key)
  return match(type(mark) == 'string' and mark or '', '^(%d+) (%S+)(.*)$')
end

-- \`17\`, or with the series that were refused \`17 4 bounds_changed\`: whoever sends batch 17 again must hear it again.
-- The mark has the note in between. Where either is gone, the other tells; where both are, so are the writer's data,
-- most likely.
local noted_text, noted_refusals = match(call('GET', KEYS[5]) or '', '^(%d+)(.*)$')
if not noted_text then
  local _
  noted_text, _, noted_refusals = read_mark()
end
local noted = tonumber(noted_text or 0)

-- Whether there are series: then a revision that is missing was removed, and the data did not go back.
local function has_series()
  return pcall_redis('ZRANGEBYSCORE', KEYS[4], now_text, '+inf', 'LIMIT', 0, 1)[1] ~= nil
end

-- '' where there is none.
local function current_revision()
  local text = pcall_redis('GET', KEYS[2])
  return match(type(text) == 'string' and text or '', '^%d+$') or ''
end

-- Somebody may have removed both, but revisions fall only with the data. Where they did not, other writers may have
-- raised them again.
local function no_trace(status)
  if not has_mark then return { status, dataset or '', now_text } end
  local revision = tonumber(current_revision()) or 0
  local is_gone = revision < known_revision
  if revision == 0 then is_gone = not has_series() end
  return { status, dataset or '', now_text, is_gone and 'gone' or 'unsure' }
end

if known_dataset ~= '' and known_dataset ~= dataset and not noted_text then return no_trace('dataset') end
if not dataset then
  -- What a writer noted is there, so the record alone is gone.
  local is_known = noted_text and find(known_dataset, '^[%w-]+$')
  dataset = is_known and known_dataset or fresh_dataset
  call('SET', KEYS[1],
    format('{"format":%d,"id":"%s","shards":%.0f}', FORMAT, dataset, shards))
end

local function reply(status, detail, refusals)
  local answer = { status, dataset, now_text, detail }
  for word in gmatch(refusals, '%S+') do answer[#answer + 1] = word end
  if has_mark then answer[#answer + 1] = current_revision() end
  return answer
end

local function write_mark(refusals)
  if has_mark then pcall_redis('SET', mark_key, ARGV[5] .. ' ' .. note .. refusals, 'PX', LEDGER_TTL_MS) end
end

-- What was refused is known of the batch noted last. Of that, ledger or mark may be gone.
local function duplicate()
  if batch < noted then return reply('duplicate', '', '') end
  if has_mark then
    pcall_redis('SET', KEYS[5], ARGV[5] .. noted_refusals, 'PX', LEDGER_TTL_MS)
    write_mark(noted_refusals)
  end
  return reply('duplicate', '', noted_refusals)
end

if batch <= noted then return duplicate() end -- each batch once
-- A writer that resumes after another batch than the one noted does not know yet that the data changed again.
if batch > noted + 1 and not resumes_after or noted ~= (resumes_after or noted) then
  if noted == 0 then return no_trace('unknown') end
  if not has_mark then return { 'gap', dataset, now_text, noted_text } end
  local marked_text, marked_note = read_mark()
  local is_known = marked_text == noted_text and marked_note ~= '-'
  return { 'gap', dataset, now_text, noted_text, is_known and marked_note or '' }
end

-- The ledger is the first write: whatever forbids writing (OOM, READONLY, MISCONF, NOREPLICAS) raises here, while
-- nothing is applied. From here on nothing may raise.
call('SET', KEYS[5], ARGV[5], 'PX', LEDGER_TTL_MS)
write_mark('')

-- Reading values ----------------------------------------------------------------------------------

local AFTER_RECORD = format('%d', MAX_RECORD_BYTES)

-- What GET answers, but of a value that is too long for a record only one byte too many: to copy a hundred megabytes
-- holds Redis for a quarter of a second.
local function get(key)
  local value = pcall_redis('GETRANGE', key, '0', AFTER_RECORD)
  -- An error is a table, and has no length.
  if value and #value > 0 then
    return value
  end
  -- Gone, empty, no string, or the user may not call GETRANGE.
  return pcall_redis('GET', key)
end

-- Refusals ----------------------------------------------------------------------------------------

-- What Redis has where something is refused, as it stands there.
local found

local function refuse(reason, what)
  found = what
  return reason
end

-- The value of a key; false when there is none. The second result is a failure: the key holds no string, or one that is
-- longer than a record may be.
local function get_record(key)
  local value = get(key)
  if not value then return false end
  local length = #value
  if length > MAX_RECORD_BYTES then return false, { too_long = value } end
  if length == 0 and type(value) == 'table' then return false, value end
  return value
end

-- Layouts of a histogram --------------------------------------------------------------------------

local family_declaration, union_of, settle_layouts

do
  -- All but the time, with which it ends.
  function family_declaration(family)
    local text = '{"type":"' .. family.type .. '"'
    if family.help then text = text .. ',"help":' .. cjson.encode(family.help) end
    if family.unit then text = text .. ',"unit":' .. cjson.encode(family.unit) end
    if family.native then text = text .. ',"native":' .. family.native.text end
    if family.bounds then text = text .. ',"bounds":' .. family.bounds end
    if family.layouts then text = text .. ',"layouts":' .. family.layouts end
    if family.mode then text = text .. ',"mode":"' .. family.mode .. '"' end
    return text .. ',"declared":'
  end

  -- While processes observe with different bounds, a histogram has the bounds of all: no observation is refused, no
  -- count begins anew, and no bucket falls. The family record lists these layouts, each with the time at which it
  -- expires; every batch with observations renews its own. Native buckets are a layout,
  -- too, with bounds or without.

  function union_of(lists)
    local all, union = {}, {}
    for i = 1, #lists do
      local bounds = lists[i]
      for j = 1, #bounds do all[#all + 1] = bounds[j] end
    end
    table.sort(all)
    for i = 1, #all do
      if all[i] ~= all[i - 1] then union[#union + 1] = all[i] end
    end
    return union
  end

  local function layout_name(bounds, is_native)
    return (is_native and 'native ' or '') .. (bounds and bounds_text(bounds) or '')
  end

  -- The stored layouts but for the family's own; of one alone it is not known when it was observed last.
  local function other_layouts(family, stored, stored_bounds, stored_native)
    local own, others = layout_name(family.own_bounds, family.own_native), {}
    local listed = given(stored.layouts)
    if type(listed) ~= 'table' then
      listed = { { bounds = stored_bounds, native = stored_native ~= nil, expires = now + family.lease } }
    end
    for i = 1, #listed do
      local layout = type(listed[i]) == 'table' and listed[i] or {}
      local bounds, expires = read_bounds(given(layout.bounds)), read_time(layout.expires)
      local is_native = layout.native == true
      if (bounds or is_native) and expires and expires > now and layout_name(bounds, is_native) ~= own then
        -- No lease is longer than the time to live: a time further away is a wrong clock's.
        others[#others + 1] = { bounds = bounds, is_native = is_native, expires = min(expires, now + ttl) }
      end
    end
    return others
  end

  local function layouts_text(layouts)
    local texts = {}
    for i = 1, #layouts do
      local layout = layouts[i]
      texts[i] = format('{%s%s"expires":%.0f}', layout.is_native and '"native":true,' or '',
        layout.bounds and '"bounds":' .. bounds_text(layout.bounds) .. ',' or '', layout.expires)
    end
    return '[' .. concat(texts, ',') .. ']'
  end

  -- How native buckets are counted, as the process that started last declares it.
  local function settle_native(family, stored, stored_native)
    if not stored_native then return family.own_native end
    if not family.own_native then return stored_native end
    return family.declared > (read_time(stored.declared) or 0) and family.own_native or stored_native
  end

  -- Where each bucket of the writer is among those of the family.
  local function places_in(union, own)
    local places = {}
    for i = 1, #union do
      if union[i] == own[#places + 1] then places[#places + 1] = i end
    end
    places[#places + 1] = #union + 1
    return places
  end

  function settle_layouts(family, stored)
    local stored_bounds, stored_native = read_bounds(given(stored.bounds)), read_native(stored.native)
    if not stored_bounds and not stored_native then return nil end
    local layouts = other_layouts(family, stored, stored_bounds, stored_native)
    if family.own_native then family.native = settle_native(family, stored, stored_native) end
    if not layouts[1] then return nil end
    local others = layouts_text(layouts)
    layouts[#layouts + 1] = {
      bounds = family.own_bounds, is_native = family.own_native ~= nil, expires = now + min(family.lease, ttl),
    }
    local lists, is_native = {}, false
    for i = 1, #layouts do
      if layouts[i].bounds then lists[#lists + 1] = layouts[i].bounds end
      is_native = is_native or layouts[i].is_native
    end
    local union = union_of(lists)
    local has_no_room = family.own_bounds and (#lists > MAX_LAYOUTS or #union > MAX_BOUNDS)
    if has_no_room and family.own_native then
      -- Its native buckets say more than its bounds.
      layouts[#layouts].bounds, lists[#lists], has_no_room, family.takes_native_only = nil, nil, nil, true
      union = union_of(lists)
    end
    if has_no_room then
      -- Unless they are renewed, the others expire, and then there is room.
      family.awaited = {
        type = family.type, layouts = others, help = read_text(stored.help), unit = read_text(stored.unit),
        native = stored_native,
        bounds = stored_bounds and bounds_text(stored_bounds), declared = read_time(stored.declared) or 0,
      }
      return refuse('bounds_changed', family.awaited.bounds or '')
    end
    family.native = is_native and settle_native(family, stored, stored_native) or nil
    lay_out(family, lists[1] and union)
    family.layouts = layouts_text(layouts)
    family.places = family.own_bounds and not family.takes_native_only and places_in(union, family.own_bounds) or nil
    return nil
  end
end

-- Families ----------------------------------------------------------------------------------------

-- Makes the declaration of this batch and the stored one into one; the newer wins, and what it leaves out is kept.
local function settle(family, stored)
  if stored.type ~= family.type then return refuse('type_conflict', stored.type) end
  local stored_mode = read_text(stored.mode) or 'last'
  if family.mode and family.mode ~= stored_mode then return refuse('mode_conflict', stored_mode) end
  if family.type == 'histogram' then
    -- Who only keeps series alive, or removes them, does not observe with any bounds.
    family.is_idle = not family.is_observed
    local reason = not family.is_idle and settle_layouts(family, stored)
    if reason then return reason end
  end
  local stored_declared = read_time(stored.declared) or 0
  local help, unit = read_text(stored.help), read_text(stored.unit)
  if family.declared > stored_declared then
    family.help, family.unit = family.help or help, family.unit or unit
    return nil
  end
  family.help, family.unit, family.declared = help or family.help, unit or family.unit, stored_declared
  return nil
end

for i = 1, family_total do
  local family, key = families[i], KEYS[FIRST_FAMILY_KEY + i - 1]
  local stored_record = get_record(key)
  local declaration = family_declaration(family)
  local declared = stored_record and sub(stored_record, 1, #declaration) == declaration
    and match(stored_record, '^([1-9]%d*)}$', #declaration + 1)
  if declared then
    -- They differ in the time at most.
    family.declared = max(family.declared, tonumber(declared))
  else
    local stored = stored_record and parse_json(stored_record)
    if type(stored) == 'table' and TYPES[stored.type] then
      family.refused = settle(family, stored)
      family.found = found
    end
    declaration = family_declaration(family)
  end
  if family.awaited then
    local record = family_declaration(family.awaited) .. number_text(family.awaited.declared) .. '}'
    pcall_redis('SET', key, record, 'KEEPTTL')
  elseif not family.refused then
    local record = declaration .. number_text(family.declared) .. '}'
    if record == stored_record or family.is_idle then pcall_redis('PEXPIRE', key, ttl_text)
    else pcall_redis('SET', key, record, 'PX', ttl_text) end
  end
end

-- Series ------------------------------------------------------------------------------------------

local live_at = format('%.0f', now + ttl)
local live, changed = { 'ZADD', KEYS[4] }, {}
local live_length, changed_length = 2, 0

local function note_live(key, score)
  live[live_length + 1], live[live_length + 2] = score, key
  live_length = live_length + 2
end

local function unreadable(record)
  return refuse('unreadable_value', #record .. ' ' .. record)
end

-- Not every user may ask for the type.
local function refusal(failure, key)
  if failure.too_long then return unreadable(failure.too_long) end
  if not find(failure.err, '^WRONGTYPE') then return refuse('refused', failure.err) end
  local asked = pcall_redis('TYPE', key)
  return refuse('wrong_redis_type', asked.ok)
end

-- \`lease\` is a time to live of its own, in milliseconds.
local function write(key, record, lease)
  local done = pcall_redis('SET', key, record, 'PX', lease and format('%.0f', lease) or ttl_text)
  if done.err then return refusal(done, key) end
  note_live(key, lease and format('%.0f', now + lease) or live_at)
  return nil
end

-- A series written again and again is judged, and gets a new time to live, once in a sixtieth of that: when its record
-- was written in the same one as now, the number is added and the rest goes back as it came. \`told\` is the end of the
-- record that tells when, of this many characters as long as a time has 13 digits, until the year 2286.
local TIMESTAMP_LENGTH = 27
local TIMESTAMP = '^,"timestamp":([1-9]%d*)}$'
local renewal_ms = max(1, floor(ttl / RENEWALS_IN_A_LIFE))
local known_renewed = {}

local function is_renewed(record)
  local told = sub(record, -TIMESTAMP_LENGTH)
  local known = known_renewed[told]
  if known == nil then
    local at = match(told, TIMESTAMP)
    known = at ~= nil and floor(at / renewal_ms) == floor(now / renewal_ms)
    known_renewed[told] = known
  end
  return known
end

local function write_renewed(key, record)
  local done = pcall_redis('SET', key, record, 'KEEPTTL')
  return done.err and refusal(done, key) or nil
end

local function note_bare(key)
  local left = pcall_redis('PTTL', key)
  note_live(key, type(left) == 'number' and left >= 0 and format('%.0f', now + left) or '+inf')
end

-- A bare number stays one, with the time to live that its own writer gave it, so that INCR goes on working.
local function write_bare(key, value)
  local done = pcall_redis('SET', key, number_text(value), 'KEEPTTL')
  if done.err then return refusal(done, key) end
  note_bare(key)
  return nil
end

local function add_to_bare(key, record, value, add)
  -- Redis adds whole numbers in 64 bits, where a double would lose units beyond 2^53.
  local whole = type(add) == 'number' and add or not add.terms and add.whole
  if whole and whole == floor(whole) and math.abs(whole) <= MAX_COUNT
    and (record == '0' or find(record, '^%-?[1-9]%d*$')) then
    local done = pcall_redis('INCRBY', key, format('%.0f', whole))
    if type(done) == 'table' then
      return find(done.err, 'overflow') and refuse('overflow', record) or refusal(done, key)
    end
    note_bare(key)
    return nil
  end
  local sum = streams.plus(value, add)
  if not is_finite(sum) then return refuse('overflow', record) end
  return write_bare(key, sum)
end

-- Records of others -------------------------------------------------------------------------------

-- A record that is not as we write it, read as readers do; the second result is true for a bare number.
local function read_foreign(record, metric_type)
  local value = parse_json(record)
  if type(value) == 'number' and metric_type ~= 'histogram' then return { value = value }, true end
  if type(value) ~= 'table' or find(record, '^%s*%[') then return nil end
  local told = given(value.type)
  if told ~= nil and told ~= metric_type then return nil end
  return value, false
end

local function is_counter_value(value)
  return is_finite(value) and value >= 0
end

local merge = {}

-- Counters ----------------------------------------------------------------------------------------

-- Canonical records, by far the most, are read by one pattern: a tenth of the time of a full look.
local COUNTER = '^{"type":"counter","value":([%d.e+-]+)(,"created":[1-9]%d*),"timestamp":[1-9]%d*}$'
local COUNTER_OF_UNKNOWN_AGE = '^{"type":"counter","value":([%d.e+-]+),"timestamp":[1-9]%d*}$'

local COUNTER_BEGIN = '{"type":"counter","value":'
local COUNTER_VALUE = '^([1-9]%d*)(),'
local EXEMPLARS_BEGIN, CREATED_BEGIN = ',"exemplars":[', ',"created":'
local CREATED_LENGTH = 24

-- Adds to a counter with a whole value, as it is after the first recording; false where there is more to look at.
local function add_to_renewed_counter(key, record, add, recorded)
  if not is_renewed(record) or sub(record, 1, #COUNTER_BEGIN) ~= COUNTER_BEGIN then return false end
  local text, at = match(record, COUNTER_VALUE, #COUNTER_BEGIN + 1)
  local created_at = #record - TIMESTAMP_LENGTH - CREATED_LENGTH + 1
  if not text or #text > 15 or find(record, CREATED_BEGIN, created_at, true) ~= created_at then return false end
  local kept = ''
  if at ~= created_at then
    kept = sub(record, at, created_at - 1)
    if sub(kept, 1, #EXEMPLARS_BEGIN) ~= EXEMPLARS_BEGIN then return false end
  end
  if recorded then kept = exemplars.text(kept ~= '' and exemplars.read_text(kept), recorded, nil, nil, 1) end
  local value = streams.plus(text + 0, add)
  if value == huge then return true, refuse('overflow', record) end
  return true, write_renewed(key,
    COUNTER_BEGIN .. number_text(value) .. kept .. sub(record, created_at, -TIMESTAMP_LENGTH - 1) .. tail)
end

function merge.counter(key, add, recorded)
  local record, failure = get_record(key)
  if failure then return refusal(failure, key) end
  if not record then
    local shown = recorded and exemplars.text(nil, recorded, nil, nil, 1) or ''
    local value = streams.plus(0, add)
    if value == huge then return refuse('overflow', '') end
    return write(key, COUNTER_BEGIN .. number_text(value) .. shown .. ',"created":' .. now_text .. tail)
  end
  local is_added, reason = add_to_renewed_counter(key, record, add, recorded)
  if is_added then return reason end
  local text, created = match(record, COUNTER)
  if not text then text, created = match(record, COUNTER_OF_UNKNOWN_AGE), '' end
  local value, stored = text and read_common(text), nil
  if not is_counter_value(value) then
    local fields, is_bare = read_foreign(record, 'counter')
    if not fields or not is_counter_value(fields.value) then return unreadable(record) end
    value = fields.value
    if is_bare then return add_to_bare(key, record, value, add) end
    stored = exemplars.read_stored(fields.exemplars)
    local began = read_time(fields.created)
    created = began and ',"created":' .. number_text(began) or ''
  end
  value = max(0, streams.plus(value, add))
  if value == huge then return refuse('overflow', record) end
  local shown = (stored or recorded) and exemplars.text(stored, recorded, nil, nil, 1) or ''
  return write(key, COUNTER_BEGIN .. number_text(value) .. shown .. created .. tail)
end

-- Gauges ------------------------------------------------------------------------------------------

local GAUGE = '^{"type":"gauge","mode":"(%l+)","value":([^,]+),"timestamp":([1-9]%d*)}$'

-- The gauge that \`record\` is, or the reason why it is none of this mode.
local function read_gauge(record, mode)
  local told, text, time_text = match(record, GAUGE)
  local value = text and read_common(text)
  if value then
    if told ~= mode then return nil, refuse('mode_conflict', told) end
    return { value = value, at = tonumber(time_text) }
  end
  local fields, is_bare = read_foreign(record, 'gauge')
  if not fields or special_number(fields.value) == nil then return nil, unreadable(record) end
  -- A bare number is what INCR and SET leave: it may be added to and set, but is nobody's by lease.
  if is_bare and mode == 'sum' then told = mode else told = read_text(fields.mode) or 'last' end
  if told ~= mode then return nil, refuse('mode_conflict', told) end
  return { value = special_number(fields.value), at = read_time(fields.timestamp), is_bare = is_bare }
end

local function gauge_text(mode, value, at_text)
  return '{"type":"gauge","mode":"' .. mode .. '","value":' .. special_text(value) .. ',"timestamp":' .. at_text .. '}'
end

local function add_to_gauge(key, operation, record, gauge)
  local stored, add = gauge and gauge.value or 0, operation.add
  if gauge and gauge.is_bare then return add_to_bare(key, record, stored, add) end
  local sum = streams.plus(stored, add)
  if is_finite(stored) and not is_finite(sum) then return refuse('overflow', record or '') end
  return write(key, gauge_text('sum', sum, now_text))
end

function merge.gauge(key, operation)
  local mode, gauge = operation.mode, nil
  local record, failure = get_record(key)
  if failure then return refusal(failure, key) end
  if record then
    local reason
    gauge, reason = read_gauge(record, mode)
    if reason then return reason end
  end
  if mode == 'sum' then return add_to_gauge(key, operation, record, gauge) end
  local value = special_number(operation.set)
  local lease = mode == 'process' and operation.lease or nil
  local at = max(0, min(now, floor(made_at - operation.age)))
  if gauge and gauge.is_bare and is_finite(value) then return write_bare(key, value) end
  -- A time to come is a wrong clock's, and must not win for ever. One process alone sets a gauge that it leases.
  local is_older = mode == 'last' and gauge and gauge.at and gauge.at > at and gauge.at <= now
  if is_older or (operation.touch and gauge) then
    pcall_redis('PEXPIRE', key, lease and format('%.0f', lease) or ttl_text)
    note_live(key, lease and format('%.0f', now + lease) or live_at)
    return nil, true
  end
  return write(key, gauge_text(mode, value, format('%.0f', at)), lease)
end

-- Windows of histograms ---------------------------------------------------------------------------

-- A histogram in the making: \`older\` and \`newest\` are the copies of its window as text, \`since\` the newest one's time.

local function window_copy(since_text, counts_as_text)
  return '{"since":' .. since_text .. ',"counts":' .. counts_as_text .. '}'
end

local function zeros(n)
  local counts = {}
  for i = 1, n do counts[i] = 0 end
  return counts
end

local function new_histogram(family)
  return {
    bounds = family.bounds, counts = zeros(family.buckets), count = 0, sum = 0, older = '', created = now_text,
  }
end

-- Takes the copies of a window that \`is_window\` judged good over into \`histogram\`.
local function take_window(histogram, window)
  for i = 1, #window do
    local copy = window[i]
    if i == 2 then histogram.older = histogram.newest .. ',' end
    histogram.since = copy.since
    histogram.newest = window_copy(number_text(copy.since), counts_text(copy.counts))
  end
end

-- A change of layout ------------------------------------------------------------------------------

-- Counts by bounds that are no longer all shown, as they were when the last of these went.
local function read_retired(value)
  value = given(value)
  if type(value) ~= 'table' then return nil end
  local since, bounds = read_time(value.since), read_bounds(given(value.bounds))
  local counts = bounds and read_counts(given(value.counts), #bounds + 1)
  if not since or not counts or now - since > RETIRED_MS then return nil end
  return { since = since, bounds = bounds, counts = counts }
end

local function retired_text(retired)
  if not retired then return '' end
  return ',"retired":{"since":' .. number_text(retired.since) .. ',"bounds":' .. bounds_text(retired.bounds) ..
    ',"counts":' .. counts_text(retired.counts) .. '}'
end

-- The counts of buckets with the bounds \`from\` in buckets with the bounds \`to\`: those of each bucket go where its upper
-- bound lies. So what is counted up to a bound of both stays as it is, and up to any other it is what is known.
local function converted(counts, from, to)
  local result, place = zeros(#to + 1), 1
  for i = 1, #counts do
    while place <= #to and (not from[i] or to[place] < from[i]) do place = place + 1 end
    result[place] = result[place] + counts[i]
  end
  return result
end

-- What was counted since the last bounds retired; nil when less stands there now, by a hand.
local function counted_since(retired, histogram)
  local before, since = converted(retired.counts, retired.bounds, histogram.layout), {}
  for i = 1, #before do
    since[i] = histogram.counts[i] - before[i]
    if since[i] < 0 then return nil end
  end
  return since
end

-- Gives a histogram the layout of its family. Counts by bounds that retire are kept for a day: when the bounds return,
-- no bucket may show less than before, since Prometheus would take that for a restart.
local function change_layout(histogram, family)
  local retired, all = histogram.retired, nil
  local since = retired and counted_since(retired, histogram)
  if since then all = union_of({ retired.bounds, histogram.layout, family.layout }) end
  if not all or #all > MAX_BOUNDS then since, all = nil, union_of({ histogram.layout, family.layout }) end
  local counts = converted(since or histogram.counts, histogram.layout, all)
  if since then
    local before = converted(retired.counts, retired.bounds, all)
    for i = 1, #before do counts[i] = counts[i] + before[i] end
  end
  histogram.bounds, histogram.layout = family.bounds, family.layout
  histogram.counts = converted(counts, all, family.layout)
  local is_any_gone = #all > #family.layout and #all <= MAX_BOUNDS
  histogram.retired = is_any_gone and { since = now, bounds = all, counts = counts } or nil
  -- The copies of the window have other buckets: it begins anew.
  histogram.since, histogram.newest_counts, histogram.older = nil, nil, ''
end

-- Histograms of two forms -------------------------------------------------------------------------

-- A histogram with native buckets, or with classic ones that become or were native: \`native\` and \`counts\` by \`layout\`,
-- or one of them. \`copies\` are those of its window, with the counts of the same forms. While writers of both forms
-- write, a histogram has both; an observation known by one form is counted in the bucket of the other that holds its
-- upper bound.
local forms = {}

on_demand(forms, function()
  -- Native counts that were no longer shown, with the classic ones of that time; kept as long as bounds that retired.
  local function read_retired_native(value)
    value = given(value)
    if type(value) ~= 'table' then return nil end
    local retired, classic = native.read(value), read_retired(value)
    if not retired or not classic then return nil end
    retired.since, retired.bounds, retired.classic = classic.since, classic.bounds, classic.counts
    return retired
  end

  local function form_text(counts)
    return '"schema":' .. counts.schema .. ',"zeroThreshold":' .. number_text(counts.threshold) .. ',' ..
      native.counts_text(counts)
  end

  function forms.retired_native_text(retired)
    if not retired then return '' end
    return ',"retiredNative":{"since":' .. number_text(retired.since) .. ',' .. form_text(retired) .. ',"bounds":' ..
      bounds_text(retired.bounds) .. ',"counts":' .. counts_text(retired.classic) .. '}'
  end
  forms.read_retired_native = read_retired_native

  -- A copy of the window of \`histogram\`; nil for anything else.
  local function read_copy(value, histogram, previous)
    if type(value) ~= 'table' then return nil end
    local since, copy = read_time(value.since), {}
    if not since or since < previous then return nil end
    if histogram.native then
      copy = native.read_counts(value, histogram.native.schema)
      if not copy or not native.is_within(copy, histogram.native) then return nil end
    end
    if given(value.counts) ~= nil or not histogram.native then
      copy.counts = histogram.counts and read_counts(given(value.counts), #histogram.counts, histogram.counts)
      if not copy.counts then return nil end
    end
    copy.since = since
    return copy
  end

  local function read_copies(window, histogram)
    window = given(window)
    local copies = {}
    if window == nil then return copies end
    if type(window) ~= 'table' or #window > 2 or #window == 0 and next(window) ~= nil then return nil end
    for i = 1, #window do
      copies[i] = read_copy(window[i], histogram, i > 1 and copies[i - 1].since or 0)
      if not copies[i] then return nil end
    end
    return copies
  end

  -- A record of whatever form; nil when it is none.
  function forms.read(record)
    local fields = read_foreign(record, 'histogram')
    if not fields then return nil end
    local sum, created = special_number(fields.sum), read_time(fields.created)
    local histogram = { sum = sum, count = given(fields.count), created = created and number_text(created) }
    local count_of_native, count_of_classic
    if sum == nil or not is_count(histogram.count) then return nil end
    if given(fields.schema) ~= nil then
      histogram.native, count_of_native = native.read(fields)
      if count_of_native ~= histogram.count then return nil end
    end
    local bounds, counts = given(fields.bounds), given(fields.counts)
    if bounds ~= nil or counts ~= nil then
      histogram.layout = read_bounds(bounds)
      if not histogram.layout then return nil end
      histogram.counts, count_of_classic = read_counts(counts, #histogram.layout + 1)
      if count_of_classic ~= histogram.count then return nil end
      histogram.bounds = bounds_text(histogram.layout)
    end
    if not histogram.native and not histogram.counts then return nil end
    histogram.copies = read_copies(fields.window, histogram)
    if not histogram.copies then return nil end
    if histogram.native then histogram.native.copies = histogram.copies end
    histogram.retired = read_retired(fields.retired)
    histogram.retired_native = read_retired_native(fields.retiredNative)
    histogram.exemplars = exemplars.read_stored(fields.exemplars)
    return histogram
  end

  function forms.new(family)
    local histogram = { sum = 0, count = 0, copies = {}, created = now_text }
    if family.native then
      -- A writer's own resolution, where it has one: that of others would be finer or coarser for no reason.
      local own = family.own_native or family.native
      histogram.native = native.new(own.schema, own.threshold)
      histogram.native.copies = histogram.copies
    end
    if family.layout then
      histogram.layout, histogram.bounds, histogram.counts = family.layout, family.bounds, zeros(family.buckets)
    end
    return histogram
  end

  local function cumulative(counts)
    local sums, sum = {}, 0
    for i = 1, #counts do
      sum = sum + counts[i]
      sums[i] = sum
    end
    return sums
  end

  -- Gives classic buckets to a histogram without. What is known of counts up to a bound is the least that they can be:
  -- the more of what the native buckets say, and of what was shown before the bounds retired, from which none may fall.
  local function add_classic(histogram, family)
    local counts = zeros(family.buckets)
    native.add_to_classic(counts, histogram.native, family.layout)
    local retired = histogram.retired
    local sums = cumulative(counts)
    local before = retired and cumulative(converted(retired.counts, retired.bounds, family.layout))
    if before and before[#before] <= sums[#sums] then
      for i = 1, #sums do
        sums[i] = max(sums[i], before[i])
        counts[i] = sums[i] - (i > 1 and sums[i - 1] or 0)
      end
    end
    histogram.counts, histogram.layout, histogram.bounds, histogram.retired = counts, family.layout, family.bounds, nil
  end

  -- What was counted since native buckets retired, as far as it is known of the counts up to each bound; nil when less
  -- stands there now, by a hand.
  local function observed_since(retired, histogram)
    local sums = cumulative(histogram.counts)
    local before = cumulative(converted(retired.classic, retired.bounds, histogram.layout))
    local since, least = {}, huge
    for i = #sums, 1, -1 do
      least = min(least, sums[i] - before[i])
      since[i] = least
    end
    if least < 0 then return nil end
    for i = #since, 2, -1 do since[i] = since[i] - since[i - 1] end
    return since
  end

  -- Gives native buckets to a histogram without: those it had, if they were retired, and what was counted since.
  local function add_native(histogram, family)
    local retired, layout = histogram.retired_native, family.native
    local since = retired and observed_since(retired, histogram)
    local schema, threshold = layout.schema, layout.threshold
    if since then schema, threshold = retired.schema, retired.threshold end
    local form = native.from_classic(sparse(since or histogram.counts), histogram.layout, schema, threshold)
    if since then native.add(form, retired) end
    histogram.native, histogram.retired_native = form, nil
    -- The copies have other buckets: the window begins anew.
    histogram.copies = {}
    form.copies = histogram.copies
  end

  local function drop_classic(histogram)
    histogram.retired = { since = now, bounds = histogram.layout, counts = histogram.counts }
    histogram.counts, histogram.layout, histogram.bounds = nil, nil, nil
    for i = 1, #histogram.copies do histogram.copies[i].counts = nil end
  end

  local function drop_native(histogram)
    local retired = histogram.native
    retired.since, retired.bounds, retired.classic = now, histogram.layout, { unpack(histogram.counts) }
    local copies = {}
    for i = 1, #histogram.copies do
      local copy = histogram.copies[i]
      if copy.counts then copies[#copies + 1] = { since = copy.since, counts = copy.counts } end
    end
    histogram.retired_native, histogram.native, histogram.copies = retired, nil, copies
  end

  -- Gives a histogram the forms of its family.
  function forms.settle(histogram, family)
    if family.layout and histogram.counts and histogram.bounds ~= family.bounds then
      change_layout(histogram, family)
      if not histogram.native then histogram.copies = {} end
      for i = 1, #histogram.copies do histogram.copies[i].counts = nil end
    end
    if family.layout and not histogram.counts then add_classic(histogram, family) end
    if family.native and not histogram.native then add_native(histogram, family) end
    if not family.layout and histogram.counts then drop_classic(histogram) end
    if not family.native and histogram.native then drop_native(histogram) end
  end

  -- The first write a minute after the newest copy keeps another, of the counts before it.
  function forms.turn_window(histogram)
    local copies = histogram.copies
    local newest = copies[#copies]
    if newest and newest.since <= now and now - newest.since < WINDOW_ROTATION_MS then return end
    local copy, form = { since = now }, histogram.native
    if form then copy.zero, copy.positive, copy.negative = form.zero, form.positive, form.negative end
    if histogram.counts then copy.counts = { unpack(histogram.counts) } end
    -- A copy from a time to come is a wrong clock's: copies must be in order, so it goes.
    for i = #copies, 1, -1 do copies[i] = nil end
    if newest and newest.since <= now then copies[1] = newest end
    copies[#copies + 1] = copy
  end

  -- Adds what was observed to each form; what is known by the other form alone is counted at its upper bounds.
  function forms.add(histogram, added, family)
    local counts, form = histogram.counts, histogram.native
    local of_bounds = added.at and not family.takes_native_only
    if counts and of_bounds then
      for i = 1, #added.at do
        local at = family.places and family.places[added.at[i]] or added.at[i]
        counts[at] = counts[at] + added.by[i]
      end
    elseif counts then
      native.add_to_classic(counts, added.native, histogram.layout)
    end
    if not form then return end
    native.add(form, added.native or native.from_classic(added, family.own_bounds, form.schema, form.threshold))
    native.limit(form, (family.own_native or family.native).most)
  end

  local function copy_text(copy)
    local parts = { '{"since":' .. number_text(copy.since) }
    if copy.zero then parts[#parts + 1] = native.counts_text(copy) end
    if copy.counts then parts[#parts + 1] = '"counts":' .. counts_text(copy.counts) end
    return concat(parts, ',') .. '}'
  end

  local function record_text(histogram, recorded)
    local form, copies = histogram.native, {}
    for i = 1, #histogram.copies do copies[i] = copy_text(histogram.copies[i]) end
    local totals = '{"type":"histogram","count":' .. format('%d', histogram.count) .. ',"sum":' ..
      special_text(histogram.sum)
    return totals .. (form and ',' .. form_text(form) or '') ..
      (histogram.counts and ',"bounds":' .. histogram.bounds .. ',"counts":' .. counts_text(histogram.counts) or '') ..
      ',"window":[' .. concat(copies, ',') .. ']' .. retired_text(histogram.retired) ..
      forms.retired_native_text(histogram.retired_native) ..
      exemplars.text(histogram.exemplars, recorded, form, histogram.layout) ..
      (histogram.created and ',"created":' .. histogram.created or '') .. tail
  end

  -- As the record is written: never longer than one may be.
  function forms.text(histogram, recorded)
    local text = record_text(histogram, recorded)
    while #text > MAX_RECORD_BYTES and (histogram.retired or histogram.retired_native) do
      histogram.retired, histogram.retired_native = nil, nil
      text = record_text(histogram, recorded)
    end
    while #text > MAX_RECORD_BYTES and histogram.native and histogram.native.schema > -4 do
      native.lower(histogram.native, histogram.native.schema - 1)
      text = record_text(histogram, recorded)
    end
    return text
  end

  function forms.merge(key, record, added, family, sum)
    local histogram = record and forms.read(record)
    if record and not histogram then return unreadable(record) end
    if histogram then forms.settle(histogram, family) else histogram = forms.new(family) end
    if histogram.count + added.count > MAX_COUNT then return refuse('overflow', record or '') end
    forms.turn_window(histogram)
    forms.add(histogram, added, family)
    histogram.count, histogram.sum = histogram.count + added.count, streams.plus(histogram.sum, sum)
    return write(key, forms.text(histogram, added.exemplars))
  end
end)

-- Records of histograms ---------------------------------------------------------------------------

local read_histogram, turn_window

do
  -- Lists are passed over by their brackets, which takes a third of the time of judging each character; decode_counts
  -- judges them. Each part is matched where the one before it ends: a pattern that looked for the newest copy would
  -- take a time that grows with the square of a hostile record.
  local HISTOGRAM = '^{"type":"histogram","count":([1-9]%d*),"sum":([^,]+)' ..
    ',"bounds":(%b[]),"counts":(%b[]),"window":%[()'
  local WINDOW_COPY = '^{"since":([1-9]%d*),"counts":(%b[])}()(,?)()'
  local CLOSING_BRACKET = byte(']')
  local HISTOGRAM_END = '^,"created":([1-9]%d*),"timestamp":[1-9]%d*}$'

  -- The second result is true for one with native buckets.
  local function read_foreign_histogram(record)
    local fields = read_foreign(record, 'histogram')
    if not fields then return nil end
    if given(fields.schema) ~= nil then return nil, true end
    local bounds, sum = read_bounds(fields.bounds), special_number(fields.sum)
    if not bounds or sum == nil then return nil end
    local counts, count = read_counts(fields.counts, #bounds + 1)
    if not counts or count ~= fields.count then return nil end
    local created = read_time(fields.created)
    local histogram = {
      bounds = bounds_text(bounds), counts = counts, count = count, sum = sum, older = '',
      created = created and number_text(created),
    }
    histogram.layout, histogram.retired = bounds, read_retired(fields.retired)
    histogram.exemplars, histogram.retired_native = exemplars.read_stored(fields.exemplars), given(fields.retiredNative)
    if not is_window(fields.window, counts) then return nil end
    take_window(histogram, given(fields.window) or {})
    return histogram
  end

  -- The newest copy of the window that begins at \`first\`: where it begins and ends, and what it says; nil when there is
  -- none, or something else stands there.
  local function newest_copy(record, first)
    local at, since, counts, after, comma, next_at = first, match(record, WINDOW_COPY, first)
    while comma == ',' do
      at = next_at
      since, counts, after, comma, next_at = match(record, WINDOW_COPY, at)
    end
    return after and at, after, since, counts
  end

  -- The layout is the family's in all but the rarest cases, so the bounds are compared as text and never read. The
  -- newest copy of the window is judged when it becomes the older one; until then it is carried along.
  function read_histogram(record, family)
    local count_text, sum_text, bounds, counts_as_text, window_at = match(record, HISTOGRAM)
    if bounds ~= family.bounds then return read_foreign_histogram(record) end
    local newest_at, after, since, newest_counts = newest_copy(record, window_at)
    local stored, created
    if newest_at and byte(record, after) == CLOSING_BRACKET then
      local kept, end_at = exemplars.read_at(record, after + 1)
      stored, created = kept, match(record, HISTOGRAM_END, end_at)
    end
    if not created then return read_foreign_histogram(record) end
    local sum = read_common(sum_text)
    local counts, count = decode_counts(counts_as_text, family.buckets)
    if sum == nil or not counts or count ~= tonumber(count_text) then return nil end
    return {
      bounds = bounds, counts = counts, count = count, sum = sum, since = tonumber(since), created = created,
      older = sub(record, window_at, newest_at - 1), newest = sub(record, newest_at, after - 1),
      newest_counts = newest_counts, exemplars = stored,
    }
  end

  -- The first write a minute after the newest copy keeps another, of the counts before it. Returns false when the
  -- newest turns out to be none.
  function turn_window(histogram)
    local since = histogram.since
    if since and since <= now and now - since < WINDOW_ROTATION_MS then return true end
    if histogram.newest_counts then
      local n = #histogram.counts
      if not read_counts(decode_counts(histogram.newest_counts, n), n, histogram.counts) then return false end
    end
    -- A copy from a time to come is a wrong clock's: copies must be in order, so it goes.
    histogram.older = since and since <= now and histogram.newest .. ',' or ''
    histogram.newest = window_copy(now_text, counts_text(histogram.counts))
    return true
  end
end

-- Histograms written again and again --------------------------------------------------------------

local add_to_renewed_histogram

do
  local HISTOGRAM_BEGIN = '{"type":"histogram","count":'
  -- Up to where the bounds follow.
  local COUNT_AND_SUM = '^([1-9]%d*),"sum":([^,]+)()'
  local SINCE = '^{"since":([1-9]%d*),$'
  local SINCE_LENGTH = 23
  local known_newest = {}

  -- Whether the window, whose copies begin at \`at\`, is not to be turned yet.
  local function is_window_open(record, at)
    -- Behind the window, exemplars may hold the same texts: it ends with the first of these.
    local last = find(record, '}],"', at, true)
    if not last then return false end
    local _, comma = find(record, '},{"since":', at, true)
    if comma and comma < last then at = comma - #'"since":' end
    local told = sub(record, at, at + SINCE_LENGTH - 1)
    local known = known_newest[told]
    if known == nil then
      local since = match(told, SINCE)
      known = since ~= nil and now >= tonumber(since) and now - since < WINDOW_ROTATION_MS
      known_newest[told] = known
    end
    return known
  end

  -- From the bracket or comma on: the count that so many others precede, and where it begins and ends.
  local count_patterns = {}

  local function count_after(n)
    local pattern = count_patterns[n]
    if not pattern then
      pattern = '^[%[,]' .. rep('%d+,', n) .. '()(%d+)()'
      count_patterns[n] = pattern
    end
    return pattern
  end

  -- The text of a record, joined at once: to make a table for each, or a text for each part, takes longer.
  local pieces = { HISTOGRAM_BEGIN, '', ',"sum":', '', '' }
  local FIXED_PIECES = #pieces

  -- Adds to a histogram of the family's layout; false where there is more to look at.
  function add_to_renewed_histogram(key, record, added, sum, family)
    if not is_renewed(record) then return false end
    local bounds_at, before_counts = find(record, family.before_counts, 1, true)
    if not bounds_at or sub(record, 1, #HISTOGRAM_BEGIN) ~= HISTOGRAM_BEGIN then return false end
    local count_text, sum_text, sum_end = match(record, COUNT_AND_SUM, #HISTOGRAM_BEGIN + 1)
    local stored_sum = sum_end == bounds_at and read_common(sum_text)
    if not stored_sum then return false end
    local count = count_text + added.count
    local _, before_window = find(record, '],"window":[', before_counts, true)
    if count > MAX_COUNT or not before_window or not is_window_open(record, before_window + 1) then return false end
    local from, passed, length = before_counts + 1, 0, FIXED_PIECES
    for i = 1, #added.at do
      local at, text, after = match(record, count_after(added.at[i] - passed - 1), from)
      if not at or #text > 15 then return false end
      pieces[length + 1], pieces[length + 2] = sub(record, from, at - 1), format('%d', text + added.by[i])
      from, passed, length = after, added.at[i], length + 2
    end
    local rest
    if added.exemplars then
      rest = exemplars.spliced(record, from, -TIMESTAMP_LENGTH - 1, added.exemplars, nil, family.layout)
      if not rest then return false end
    else
      rest = sub(record, from, -TIMESTAMP_LENGTH - 1)
    end
    pieces[2], pieces[4] = format('%d', count), special_text(streams.plus(stored_sum, sum))
    pieces[5], pieces[length + 1], pieces[length + 2] = family.before_counts, rest, tail
    return true, write_renewed(key, concat(pieces, '', 1, length + 2))
  end
end

-- Native histograms written again and again -------------------------------------------------------

-- Adds to a native histogram as we write it ourselves, of the schema, threshold and forms that are added, without
-- reading the copies of its window: a quarter of the time of a full look. False where there is more to look at.
local add_to_known_native

do
  local HEAD = '^{"type":"histogram","count":([1-9]%d*),"sum":([^,]+),"schema":(-?%d),"zeroThreshold":([^,]+),' ..
    '"zeroCount":(%d+)()'
  local POSITIVE = '^,"positive":{"indexes":(%b[]),"counts":(%b[])}()'
  local NEGATIVE = '^,"negative":{"indexes":(%b[]),"counts":(%b[])}()'
  local END = '^,"created":[1-9]%d*,"timestamp":[1-9]%d*}$'
  local END_LENGTH = 51
  local NEWEST = '^{"since":([1-9]%d*),'

  -- One side of a record; with \`is_known\` as true a record that was written just now, whose lists are not judged again.
  local function read_side(record, pattern, at, is_known)
    local indexes_as_text, counts_as_text, after = match(record, pattern, at)
    if not indexes_as_text then return { indexes = {}, counts = {}, text = '' }, 0, at end
    if not find(indexes_as_text, '^%[[%d,-]+%]$') or not find(counts_as_text, '^%[[%d,]+%]$') then return nil end
    local is_list, indexes = pcall(decode, indexes_as_text)
    local are_counts, counts = pcall(decode, counts_as_text)
    if not is_list or not are_counts or #indexes == 0 or #indexes ~= #counts then return nil end
    local sum, previous = 0, -huge
    for i = 1, is_known and 0 or #indexes do
      local index, count = indexes[i], counts[i]
      if index <= previous or count < 1 or count > MAX_COUNT then return nil end
      sum, previous = sum + count, index
    end
    return { indexes = indexes, counts = counts, text = indexes_as_text }, sum, after
  end

  local function place_of(indexes, index)
    local low, high = 1, #indexes
    while low < high do
      local middle = floor((low + high) / 2)
      if indexes[middle] < index then low = middle + 1 else high = middle end
    end
    return indexes[low] == index and low or nil
  end

  -- The text of a side with what is added, and its number of buckets.
  local function side_text(name, side, added)
    local is_new = false
    for i = 1, #added.indexes do
      local at = place_of(side.indexes, added.indexes[i])
      if not at then
        is_new = true
        break
      end
    end
    if is_new then
      side = native.added_up(side, added)
      side.text = '[' .. concat(side.indexes, ',') .. ']'
    else
      local counts = side.counts
      for i = 1, #added.indexes do
        local at = place_of(side.indexes, added.indexes[i])
        counts[at] = counts[at] + added.counts[i]
      end
    end
    if #side.indexes == 0 then return '', 0 end
    local text = ',"' .. name .. '":{"indexes":' .. side.text .. ',"counts":' .. counts_text(side.counts) .. '}'
    return text, #side.indexes
  end

  -- The text of the classic buckets with what is added; nil where they are not those of the family.
  local function classic_text(record, at, added, family)
    if not find(record, '^,"bounds":', at) then return not family.layout and '' or nil, at end
    if not family.layout or not added.at or family.takes_native_only then return nil end
    local first, last = find(record, family.before_counts, at, true)
    local counts_as_text, after = match(record, '^(%b[])()', (last or 0) + 1)
    local counts, sum = nil, nil
    if first == at and counts_as_text then counts, sum = decode_counts(counts_as_text, family.buckets) end
    if not counts then return nil end
    for i = 1, #added.at do
      local place = family.places and family.places[added.at[i]] or added.at[i]
      counts[place] = counts[place] + added.by[i]
    end
    return family.before_counts .. counts_text(counts), after, sum
  end

  -- Where the window ends, and whether its newest copy is not a minute old yet.
  local function read_window(record, at)
    if sub(record, at, at + 10) ~= ',"window":[' then return nil end
    local last = find(record, '}],"', at, true)
    if not last then return nil end
    local _, comma = find(record, '},{"since":', at, true)
    local newest = comma and comma < last and comma - #'"since":' or at + 11
    local since = tonumber(match(record, NEWEST, newest))
    if not since or now < since or now - since >= WINDOW_ROTATION_MS then return nil end
    return last + 1
  end

  function add_to_known_native(key, record, added, sum, family)
    local form, is_known = added.native, is_renewed(record)
    if not form or not find(sub(record, -END_LENGTH), END) then return false end
    local count_text, sum_text, schema, threshold, zero_text, at = match(record, HEAD)
    if not count_text or tonumber(schema) ~= form.schema or tonumber(threshold) ~= form.threshold then return false end
    local stored_sum, count, zero = read_common(sum_text), tonumber(count_text), tonumber(zero_text)
    local positive, negative, of_positive, of_negative, of_classic, classic
    positive, of_positive, at = read_side(record, POSITIVE, at, is_known)
    if not positive then return false end
    negative, of_negative, at = read_side(record, NEGATIVE, at, is_known)
    if not negative or not stored_sum then return false end
    classic, at, of_classic = classic_text(record, at, added, family)
    local window_end = classic and read_window(record, at)
    if not window_end or count + added.count > MAX_COUNT then return false end
    if not is_known then
      -- What follows the window is judged by a full look, but for exemplars, which are.
      local rest = sub(record, window_end + 1, -END_LENGTH - 1)
      if rest ~= '' and sub(rest, 1, 14) ~= ',"exemplars":[' then return false end
      if zero + of_positive + of_negative ~= count or (of_classic or count) ~= count then return false end
    end
    local positive_text, positives = side_text('positive', positive, form.positive)
    local negative_text, negatives = side_text('negative', negative, form.negative)
    if positives + negatives > (family.own_native or family.native).most and form.schema > -4 then return false end
    local rest
    if added.exemplars then
      rest = exemplars.spliced(record, at, -TIMESTAMP_LENGTH - 1, added.exemplars, form)
      if not rest then return false end
    else
      rest = sub(record, at, -TIMESTAMP_LENGTH - 1)
    end
    local text = '{"type":"histogram","count":' .. format('%d', count + added.count) .. ',"sum":' ..
      special_text(streams.plus(stored_sum, sum)) .. ',"schema":' .. schema .. ',"zeroThreshold":' .. threshold ..
      ',"zeroCount":' .. format('%d', zero + form.zero) .. positive_text .. negative_text .. classic .. rest .. tail
    if #text > MAX_RECORD_BYTES then return false end
    return true, (is_known and write_renewed or write)(key, text)
  end
end

-- Histograms --------------------------------------------------------------------------------------

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

-- Totals of streams -------------------------------------------------------------------------------

-- A stream says what it counted since its start. Its last total is kept, so that of the next one only what is more is
-- added. \`known\` is the state of a stream: \`start\`, \`time\` and \`value\`, and \`residual\`, which was counted but lost by
-- rounding; of a histogram \`value\` is the sum, and \`observed\` has the counts.

on_demand(streams, function()
  local TTL_TEXT = format('%.0f', 2 * ttl)

  local function is_before(one, other)
    if #one ~= #other then return #one < #other end
    return one < other
  end

  -- A time in nanoseconds as milliseconds.
  local function milliseconds(nanoseconds)
    return tonumber(sub(nanoseconds, 1, -7)) or 0
  end

  local function dense(added, n)
    local counts = {}
    for i = 1, n do counts[i] = 0 end
    for i = 1, #added.at do counts[added.at[i]] = added.by[i] end
    return counts
  end

  -- The counts of a histogram as a state has them: by its writer's bounds, native ones, or both.
  local function observed_text(observed, family)
    local text, form = '', observed.native
    if observed.at then
      local bounds = family.own_bounds
      text = ' bounds=' .. bounds_text(bounds) .. ' counts=' .. counts_text(dense(observed, #bounds + 1))
    end
    if not form then return text end
    return text .. ' native={"schema":' .. form.schema .. ',"zeroThreshold":' .. number_text(form.threshold) .. ',' ..
      native.counts_text(form) .. '}'
  end

  local function read_state(key)
    local text = pcall_redis('GET', key)
    if type(text) ~= 'string' then return nil end
    local start, last, value, residual, rest = match(text, '^(%d+) (%d+) (%S+) (%S+)(.*)$')
    if not start then return nil end
    return { start = start, time = last, value = read_common(value), residual = tonumber(residual), rest = rest }
  end

  local function state_text(state, family)
    return state.start .. ' ' .. state.time .. ' ' .. special_text(state.value) .. ' ' .. number_text(state.residual) ..
      (state.observed and observed_text(state.observed, family) or '')
  end

  local function classic_beyond(observed, counts)
    local later = dense(observed, #counts)
    for i = 1, #counts do
      later[i] = later[i] - counts[i]
      if later[i] < 0 then return nil end
    end
    return later
  end

  -- What a histogram has observed since a state of its stream: nil where it has less, false where the buckets of both
  -- cannot be compared.
  local function observed_beyond(observed, known, family)
    local more, before = { count = observed.count }, known.observed
    if observed.at then
      local counts
      if before then
        counts = before.at and dense(before, #family.own_bounds + 1)
      else
        local bounds, as_text = match(known.rest, ' bounds=(%S+) counts=(%S+)')
        counts = bounds == bounds_text(family.own_bounds) and decode_counts(as_text, #family.own_bounds + 1)
      end
      if not counts then return false end
      local later = classic_beyond(observed, counts)
      if not later then return nil end
      local added = sparse(later)
      more.at, more.by, more.count = added.at, added.by, 0
      for i = 1, #added.by do more.count = more.count + added.by[i] end
    end
    if not observed.native then return more end
    local form = before and before.native
    if not form then
      local is_read, fields = pcall(decode, match(known.rest, ' native=(%S+)') or '')
      form = is_read and type(fields) == 'table' and native.read(fields)
    end
    if not form then return false end
    more.native = native.beyond(observed.native, form)
    if not more.native then return nil end
    local _, count = native.read_counts({
      zeroCount = more.native.zero, positive = more.native.positive, negative = more.native.negative,
    }, more.native.schema)
    more.count = count
    return more
  end

  -- Adds observations to those of other totals.
  local function add_observed(taken, observed, family)
    local sum = taken.observed or { count = 0 }
    taken.observed = sum
    sum.count = sum.count + observed.count
    if observed.at then
      local n = #family.own_bounds + 1
      local counts = sum.at and dense(sum, n) or dense({ at = {} }, n)
      for i = 1, #observed.at do counts[observed.at[i]] = counts[observed.at[i]] + observed.by[i] end
      local both = sparse(counts)
      sum.at, sum.by = both.at, both.by
    end
    if not observed.native then return end
    if not sum.native then sum.native = native.new(observed.native.schema, observed.native.threshold) end
    native.add(sum.native, observed.native)
  end

  -- Adds what a value has grown by, exactly. A value that is the same as before adds nothing, not even what was lost.
  local function add_growth(taken, state, value, before, residual)
    state.value, state.residual = value, 0
    if value == before then
      state.residual = residual
      return
    end
    local add, growth = taken.add, value - before
    add.about, taken.grown = add.about + growth, state
    if not is_finite(growth) then
      add.is_special = true
      return
    end
    if residual == 0 and value % 1 == 0 and before % 1 == 0 and math.abs(value) <= MAX_COUNT
      and math.abs(before) <= MAX_COUNT and math.abs(add.whole + growth) <= MAX_COUNT then
      add.whole = add.whole + growth
      return
    end
    local terms = add.terms or {}
    add.terms = terms
    terms[#terms + 1], terms[#terms + 2], terms[#terms + 3] = value, -before, residual
  end

  local function nothing_of(family)
    local layout = family.own_native
    return {
      count = 0, at = family.own_bounds and {} or nil, by = {},
      native = layout and native.new(layout.schema, layout.threshold) or nil,
    }
  end

  local function add_note(taken, word)
    taken.notes[word] = (taken.notes[word] or 0) + 1
  end

  -- How a total counts: all of it (nil), beyond what is known of the stream, or not at all (false).
  local function base_of(taken, point, known, is_new, family)
    local is_gauge = family.type == 'gauge'
    if not known then
      local is_unknown = point.start == '0' or point.start == point.time
      -- A stream older than states live may have been counted before, unless its source was never silent so long.
      local is_old = milliseconds(point.time) - milliseconds(point.start) > 2 * ttl and not point.whole
      if is_unknown and is_gauge or not is_unknown and not (is_old and not is_new()) then return nil end
      add_note(taken, 'baseline')
      return point
    end
    if is_before(point.start, known.start) then
      add_note(taken, 'out_of_order')
      return false
    end
    local is_same = point.start == known.start
    if is_same and not is_before(known.time, point.time) then
      add_note(taken, 'repeated')
      return false
    end
    -- What a gauge shows is what its streams say now; where it is gone, none of it is there.
    if is_gauge then return not (is_new() and not taken.states[point.key]) and known or nil end
    if not is_same then return nil end
    if point.observed then
      local more = observed_beyond(point.observed, known, family)
      if more == false then
        add_note(taken, 'other_buckets')
        return point
      end
      if more then return known, more end
    elseif point.value >= known.value then
      return known
    end
    add_note(taken, 'reset')
    return nil
  end

  -- What totals of streams add to a series. \`is_new\` tells whether the series is not there yet.
  function streams.take(points, family, is_new)
    local taken = { add = { whole = 0, about = 0, residual = 0 }, notes = {}, states = {} }
    for i = 1, #points do
      local point = points[i]
      local known = taken.states[point.key] or read_state(point.key)
      local base, more = base_of(taken, point, known, is_new, family)
      if base ~= false then
        local state = { start = point.start, time = point.time, observed = point.observed }
        if point.observed and base ~= point then add_observed(taken, more or point.observed, family) end
        -- What was lost by rounding is lost with the gauge; a count that begins anew brings it along.
        local residual = known and (base or family.type ~= 'gauge') and known.residual or 0
        add_growth(taken, state, point.value, base and base.value or 0, residual)
        if taken.grown and taken.grown == taken.states[point.key] then taken.grown = state end
        taken.states[point.key] = state
      end
    end
    if family.type == 'histogram' and not taken.observed then add_observed(taken, nothing_of(family), family) end
    return taken
  end

  -- Keeps the totals that were taken, when what they add is in the series.
  function streams.keep(taken, family)
    if taken.grown then taken.grown.residual = taken.add.residual end
    for key, state in pairs(taken.states) do pcall_redis('SET', key, state_text(state, family), 'PX', TTL_TEXT) end
  end
end)

-- Applying the operations -------------------------------------------------------------------------

-- Keeps an idle series alive; one that is gone stays gone, and a bare number keeps its own time to live.
local function touch(key)
  if pcall_redis('GETRANGE', key, 0, 0) == '{' and pcall_redis('PEXPIRE', key, ttl_text) == 1 then
    note_live(key, live_at)
  end
  return nil, true
end

local removed = {}

-- Whatever else lies under the key is not ours to remove. A time to live that is over deletes the key, and is a command
-- that writers may call anyway.
local function remove(key)
  local first = pcall_redis('GETRANGE', key, 0, 0)
  if type(first) == 'table' then return refusal(first, key) end
  pcall_redis('PEXPIRE', key, -1)
  removed[#removed + 1] = key
  return nil, true
end

local refused = {}
local position = 0

-- A writer warns of each reason once for a metric, so that the first series of each is enough.
local function note_refused(family, reason)
  local word = reason
  family.explained = family.explained or {}
  if family.explain == true and found and not family.explained[reason] then
    family.explained[reason] = true
    word = reason .. ':' .. gsub(sub(found, 1, MAX_FOUND_BYTES), '[^!-$&-~]', function(character)
      return format('%%%02X', byte(character))
    end)
  end
  refused[#refused + 1] = position .. ' ' .. word
end

-- Adds what totals of streams have grown by. Where that is nothing, the series is kept alive.
local function merge_totals(key, operation, family)
  local is_there
  local taken = streams.take(operation.points, family, function()
    if is_there == nil then is_there = pcall_redis('GETRANGE', key, 0, 0) ~= '' end
    return not is_there
  end)
  local reason, is_unchanged = nil, true
  if next(taken.states) then
    local observed = taken.observed
    local is_more = taken.grown or observed and observed.count > 0
    if not is_more and pcall_redis('GETRANGE', key, 0, 0) ~= '' then touch(key)
    elseif family.type == 'counter' then reason, is_unchanged = merge.counter(key, taken.add, operation.exemplars)
    elseif family.type == 'gauge' then reason, is_unchanged = merge.gauge(key, { mode = 'sum', add = taken.add })
    else
      observed.exemplars = operation.exemplars
      reason, is_unchanged = merge.histogram(key, observed, family, taken.add)
    end
    if reason then return reason end
    streams.keep(taken, family)
  end
  for word, count in pairs(taken.notes) do refused[#refused + 1] = position .. ' ' .. word .. ':' .. count end
  return nil, is_unchanged
end

local function merge_the_rest()
  for i = position + 1, series_total do
    position = i
    local operation, key, family = operations[i], KEYS[first_series_key + i - 1], family_of[i]
    local is_touch = operation and operation.touch
    local reason, is_unchanged = family.refused, false
    if reason then found = family.found
    elseif not operation then reason = merge.counter(key, adds[i], exemplars_of[i])
    elseif operation.remove then reason, is_unchanged = remove(key)
    elseif is_touch and operation.set == nil then reason, is_unchanged = touch(key)
    elseif operation.points then reason, is_unchanged = merge_totals(key, operation, family)
    else reason, is_unchanged = merge[family.type](key, operation, family, adds[i]) end
    if reason then
      if not is_touch then note_refused(family, reason) end
    elseif not is_unchanged then
      changed_length = changed_length + 1
      changed[changed_length] = key
    end
  end
end

-- An error here would cut the batch in two, its number noted: it costs its own series only.
local is_whole, failure
repeat
  is_whole, failure = pcall(merge_the_rest)
  if not is_whole then note_refused(family_of[position], refuse('refused', tostring(failure))) end
until is_whole

-- Indexes -----------------------------------------------------------------------------------------

local trouble = ''

local function index(...)
  local done = pcall_redis(...)
  if type(done) == 'table' and done.err then trouble = done.err end
  return done
end

-- First: what was written anew is entered again.
if removed[1] then
  index('ZREM', KEYS[4], unpack(removed))
  index('ZREM', KEYS[3], unpack(removed))
end

if changed_length > 0 then
  local revision = index('INCR', KEYS[2])
  -- Removed while the data stand: it must not fall, nor be taken for that of data that went back.
  if revision == 1 and has_series() then
    revision = now
    index('SET', KEYS[2], now_text)
  end
  if type(revision) == 'number' then
    local scored = { 'ZADD', KEYS[3] }
    local revision_text = format('%.0f', revision)
    for i = 1, changed_length do scored[2 * i + 1], scored[2 * i + 2] = revision_text, changed[i] end
    index(unpack(scored))
  end
end
if live_length > 2 then index(unpack(live)) end

local expired = index('ZRANGEBYSCORE', KEYS[4], '-inf', now_text, 'LIMIT', 0, PRUNED_AT_ONCE)
if expired[1] then
  index('ZREM', KEYS[4], unpack(expired))
  index('ZREM', KEYS[3], unpack(expired))
end

local refusals = concat(refused, ' ')
if refusals ~= '' then
  pcall_redis('SET', KEYS[5], ARGV[5] .. ' ' .. refusals, 'KEEPTTL')
  write_mark(' ' .. refusals)
end
return reply('applied', trouble, refusals)

end

return apply_batch()
`;
