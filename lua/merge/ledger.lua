-- Which data set, which batch
-- needs: shards, known_dataset, fresh_dataset, batch, mark_key, has_mark, note, resumes_after, known_revision,
--        now_text
-- gives: has_series, reply, write_mark

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

-- `17`, or with the series that were refused `17 4 bounds_changed`: whoever sends batch 17 again must hear it again.
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
