-- Writes rows of one flush, or of the first load, when it is still their turn. Everything is looked at before anything is
-- written: an error in the middle of a script takes nothing back.
--
-- KEYS 1 control
-- ARGV 1 prefix, 2 owner, 3 term, 4 link, 5 the script before, 6 this script, 7 the flush before (hexadecimal, as all numbers
--      of flushes: numbers are doubles here) or nothing, 8 this flush, 9 the intent's position or nothing, 10 the position
--      shown after this or nothing; then for each row: id, document or nothing, number of memberships, and of each set,
--      member, score
-- Answers OK, LOST, OWNER owner term, LINK, STEP step, SEQ seq, WRONG key type.
local control, prefix = KEYS[1], ARGV[1]

local function wrong(key)
  return { 'WRONG', key, redis.call('TYPE', key).ok }
end

local found = redis.pcall('HMGET', control, 'owner', 'term', 'link', 'seq', 'step')
if found.err then return wrong(control) end
if not found[1] then return { 'LOST' } end
if found[1] ~= ARGV[2] or found[2] ~= ARGV[3] then return { 'OWNER', found[1], found[2] } end
if found[3] ~= ARGV[4] then return { 'LINK' } end
if (found[5] or '0') ~= ARGV[5] then return { 'STEP', found[5] or '0' } end
if found[4] ~= ARGV[8] and found[4] ~= ARGV[7] then return { 'SEQ', found[4] } end

-- A set and a member, as one text.
local function place(set, member)
  return #set .. ':' .. set .. member
end

local sets_seen = {}
local function is_set(set)
  if not sets_seen[set] then
    if type(redis.pcall('ZCARD', prefix .. 'set:' .. set)) == 'table' then return false end
    sets_seen[set] = true
  end
  return true
end

local rows, at = {}, 11
while at <= #ARGV do
  local id, count = ARGV[at], tonumber(ARGV[at + 2])
  local row = { first = at, count = count, key = prefix .. 'row:' .. id, document = prefix .. 'doc:' .. id, gone = {} }
  if type(redis.pcall('STRLEN', row.document)) == 'table' then return wrong(row.document) end
  local list, now = {}, {}
  for n = 1, count do
    local set, member = ARGV[at + 3 * n], ARGV[at + 3 * n + 1]
    if not is_set(set) then return wrong(prefix .. 'set:' .. set) end
    list[2 * n - 1], list[2 * n] = set, member
    now[place(set, member)] = true
  end
  local before = redis.pcall('GET', row.key)
  if type(before) == 'table' then return wrong(row.key) end
  row.list = count > 0 and cmsgpack.pack(list) or false
  row.changed = row.list ~= before
  if before and row.changed then
    local readable, former = pcall(cmsgpack.unpack, before)
    if not readable or type(former) ~= 'table' then return { 'WRONG', row.key, 'string of its own' } end
    row.either = list
    for n = 1, #former, 2 do
      local set, member = former[n], former[n + 1]
      if not now[place(set, member)] then
        if not is_set(set) then return wrong(prefix .. 'set:' .. set) end
        table.insert(row.gone, { set, member })
        table.insert(list, set)
        table.insert(list, member)
      end
    end
  end
  rows[#rows + 1] = row
  at = at + 3 + 3 * count
end

if ARGV[9] ~= '' then redis.call('HSET', control, 'seq', ARGV[8], 'hi', ARGV[9]) end
for _, row in ipairs(rows) do
  local document = ARGV[row.first + 1]
  if document == '' then
    redis.call('DEL', row.document)
  else
    redis.call('SET', row.document, document)
  end
  if row.changed then
    -- Until the sets agree, the row remembers all it may hold.
    if #row.gone > 0 then
      redis.call('SET', row.key, cmsgpack.pack(row.either))
    elseif row.list then
      redis.call('SET', row.key, row.list)
    end
  end
  for _, former in ipairs(row.gone) do redis.call('ZREM', prefix .. 'set:' .. former[1], former[2]) end
  for n = 1, row.count do
    local first = row.first + 3 * n
    redis.call('ZADD', prefix .. 'set:' .. ARGV[first], ARGV[first + 2], ARGV[first + 1])
  end
  if #row.gone > 0 and row.list then redis.call('SET', row.key, row.list) end
  if row.changed and not row.list then redis.call('DEL', row.key) end
end
-- Last: whoever finds this number finds all of the script.
redis.call('HSET', control, 'step', ARGV[6])
if ARGV[10] ~= '' then redis.call('HSET', control, 'lo', ARGV[10]) end
return { 'OK' }
