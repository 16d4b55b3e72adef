-- Tells who was here last.
--
-- KEYS[1]  the sorted set of users
-- ARGV[1]  how many users at most
-- ARGV[2]  for how many seconds a user is remembered
-- Returns the users, each followed by the Unix time, whoever was here last first.
local oldest = tonumber(redis.call('TIME')[1]) - tonumber(ARGV[2])
return redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', string.format('%d', oldest), 'WITHSCORES', 'LIMIT', 0, ARGV[1])
