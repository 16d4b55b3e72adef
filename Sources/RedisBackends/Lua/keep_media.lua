-- Keeps the record of an uploaded file for at least so long; what the record says never changes.
--
-- KEYS[1]  the record, a hash
-- ARGV[1]  for how many seconds, from now on
-- ARGV[2]  and following: fields and values of the record, written if there is none; without them nothing is written
-- Returns 1 if there is a record now, otherwise 0.
local left = redis.call('TTL', KEYS[1])
if left == -2 then
    if #ARGV < 3 then return 0 end
    redis.call('HSET', KEYS[1], unpack(ARGV, 2))
end
-- -1 is a record that somebody has made last for ever.
if left ~= -1 and left < tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return 1
