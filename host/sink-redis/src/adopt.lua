-- Makes a prefix this installation's: who wrote it is fenced, and what it holds was made from another log, so that it is only
-- read until it is replaced, and says nothing of how far this log may be shown.
--
-- KEYS 1 control
-- ARGV 1 installation or nothing, 2 the empty position, 3 anything if this one's own is of another log as well, or nothing
-- Answers TAKEN when it was another one's, else OK; LOST when it is not there; WRONG key type.
local control = KEYS[1]
local found = redis.pcall('HMGET', control, 'term', 'installation')
if found.err then return { 'WRONG', control, redis.call('TYPE', control).ok } end
if not found[1] then return { 'LOST' } end
local theirs = found[2] and found[2] ~= ARGV[1]
if theirs or ARGV[3] ~= '' then
  redis.call('HINCRBY', control, 'term', 1)
  redis.call('HSET', control, 'owner', 'installation ' .. ARGV[1], 'link', '0', 'hi', ARGV[2])
  redis.call('HDEL', control, 'lo')
end
if ARGV[1] ~= '' then redis.call('HSET', control, 'installation', ARGV[1]) end
return { theirs and 'TAKEN' or 'OK' }
