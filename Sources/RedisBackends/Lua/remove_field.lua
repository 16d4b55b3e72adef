-- Removes a hash's field if it still has the value that the caller has read.
--
-- KEYS[1]  the hash
-- ARGV[1]  the field
-- ARGV[2]  the value
-- Returns 1 if it is removed, otherwise 0.
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
