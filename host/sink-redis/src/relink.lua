-- Lets only one link of the owner write: what older ones left on its way comes too late.
--
-- KEYS 1 control
-- ARGV 1 owner, 2 term, 3 link, 4 the least and 5 the greatest script that may have run last, 6 the number that follows all
-- Answers OK, LOST, OWNER owner term, LINK, STEP step, WRONG key type.
local control = KEYS[1]
local found = redis.pcall('HMGET', control, 'owner', 'term', 'link', 'step')
if found.err then return { 'WRONG', control, redis.call('TYPE', control).ok } end
if not found[1] then return { 'LOST' } end
if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] then return { 'OWNER', found[1], found[2] } end
if tonumber(found[3]) > tonumber(ARGV[3]) then return { 'LINK' } end
local step = tonumber(found[4] or '0')
if step < tonumber(ARGV[4]) or step > tonumber(ARGV[5]) then return { 'STEP', found[4] or '0' } end
redis.call('HSET', control, 'link', ARGV[3], 'step', ARGV[6])
return { 'OK' }
