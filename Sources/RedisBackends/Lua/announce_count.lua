-- Counts a group and tells it, in one step: no count can overtake a later one.
--
-- KEYS[1]  the group's sorted set
-- ARGV[1]  the group's relay channel
-- ARGV[2]  the message up to the count's digits
-- ARGV[3]  the message after the digits
-- ARGV[4]  'msgpack' if the digits need MessagePack's header of a text in front of them
-- ARGV[5]  the score below which members are Django's
-- Returns the count and whether there are Django members, which the relay does not reach.
local count = redis.call('ZCARD', KEYS[1])
local digits = string.format('%d', count)
local header = ''
-- 0xa0 + n is the header of a text of n bytes, n < 32.
if ARGV[4] == 'msgpack' then header = string.char(0xa0 + #digits) end
redis.call('PUBLISH', ARGV[1], ARGV[2] .. header .. digits .. ARGV[3])
return {count, redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[5])}
