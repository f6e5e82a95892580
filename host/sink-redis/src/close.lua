-- Closes a prefix that is to be deleted, so that nobody writes there any more, unless it is another installation's.
--
-- KEYS 1 control
-- ARGV 1 installation or nothing
-- Answers OK, OTHER installation.
local found = redis.pcall('HGET', KEYS[1], 'installation')
if type(found) == 'string' and ARGV[1] ~= '' and found ~= ARGV[1] then return { 'OTHER', found } end
redis.call('UNLINK', KEYS[1])
return { 'OK' }
