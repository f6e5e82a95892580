-- Takes a prefix over from whoever wrote it before, or begins it.
--
-- KEYS 1 control
-- ARGV 1 owner, 2 the position that may already be shown, if the prefix is to be begun, or nothing, 3 installation or nothing
-- Answers BEGUN or TAKEN, each with term, step, seq, hi, lo or nothing; LOST when it is not there; OTHER
-- installation; WRONG key type.
local control = KEYS[1]
local kind = redis.call('TYPE', control).ok
if kind ~= 'none' and kind ~= 'hash' then return { 'WRONG', control, kind } end
local how = 'TAKEN'
if kind == 'none' then
  if ARGV[2] == '' then return { 'LOST' } end
  redis.call('HSET', control, 'seq', '0000000000000000', 'hi', ARGV[2])
  how = 'BEGUN'
end
if ARGV[3] ~= '' then
  local theirs = redis.call('HGET', control, 'installation')
  if theirs and theirs ~= ARGV[3] then return { 'OTHER', theirs } end
  redis.call('HSET', control, 'installation', ARGV[3])
end
-- What is older than numbers of scripts, or new, has run none.
redis.call('HSETNX', control, 'step', '0')
redis.call('HINCRBY', control, 'term', 1)
redis.call('HSET', control, 'owner', ARGV[1], 'link', '0')
local found = redis.call('HMGET', control, 'term', 'step', 'seq', 'hi', 'lo')
return { how, found[1], found[2] or '0', found[3] or '', found[4] or '', found[5] or '' }
