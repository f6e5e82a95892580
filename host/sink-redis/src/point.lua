-- Moves the pointer, if it still is where it was seen.
--
-- KEYS 1 pointer
-- ARGV 1 what it held or nothing, 2 the prefix it is to hold
-- Answers OK; ELSEWHERE with what it holds; WRONG key type.
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'table' then return { 'WRONG', KEYS[1], redis.call('TYPE', KEYS[1]).ok } end
if (found or '') ~= ARGV[1] then return { 'ELSEWHERE', found or '' } end
redis.call('SET', KEYS[1], ARGV[2])
return { 'OK' }
