-- Names the installation whose a projection is, unless it is another one's.
--
-- KEYS 1 the key that names it
-- ARGV 1 installation, 2 anything if it is taken over on purpose, or nothing
-- Answers OK; OTHER installation, which stays unless it is taken over; WRONG key type.
local found = redis.pcall('GET', KEYS[1])
if type(found) == 'table' then return { 'WRONG', KEYS[1], redis.call('TYPE', KEYS[1]).ok } end
local theirs = found and found ~= ARGV[1]
if not found or (theirs and ARGV[2] ~= '') then redis.call('SET', KEYS[1], ARGV[1]) end
if theirs then return { 'OTHER', found } end
return { 'OK' }
