-- Marks the listing of a dead front's people, if its mark is still the one that was read.
--
-- KEYS[1]  the listing, a hash
-- ARGV[1]  the field of the mark
-- ARGV[2]  the mark that was read; empty if there was none
-- ARGV[3]  the new mark
-- ARGV[4]  after how many seconds the listing expires
-- Returns 1 if it is marked, otherwise 0.
local held = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if held ~= ARGV[2] and held ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
