-- Notes that a user is here now, and forgets some of those who were here too long ago or are too many.
--
-- KEYS[1]  the sorted set of users
-- ARGV[1]  the user
-- ARGV[2]  for how many seconds a user is remembered
-- ARGV[3]  how many users are remembered, those who were here last
-- ARGV[4]  how many are forgotten at once
-- Returns how many are.
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], string.format('%d.%06d', tonumber(time[1]), tonumber(time[2])), ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
local old = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. string.format('%d', tonumber(time[1]) - tonumber(ARGV[2])))
local gone = math.min(math.max(old, redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[3])), tonumber(ARGV[4]))
if gone <= 0 then return 0 end
return redis.call('ZREMRANGEBYRANK', KEYS[1], 0, gone - 1)
