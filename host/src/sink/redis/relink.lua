-- Lets only one link of the owner write: what older ones left on its way comes too late.
--
-- KEYS 1 control
-- ARGV 1 owner, 2 term, 3 link
-- Answers OK, LOST, OWNER owner term, LINK, WRONG key type.
local control = KEYS[1]
local found = redis.pcall('HMGET', control, 'owner', 'term', 'link')
if found.err then return { 'WRONG', control, redis.call('TYPE', control).ok } end
if not found[1] then return { 'LOST' } end
if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] then return { 'OWNER', found[1], found[2] } end
if tonumber(found[3]) > tonumber(ARGV[3]) then return { 'LINK' } end
redis.call('HSET', control, 'link', ARGV[3])
return { 'OK' }
