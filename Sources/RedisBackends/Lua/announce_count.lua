-- Counts a group and tells it, in one step: no count can overtake a later one.
--
-- KEYS[1]  the group's sorted set
-- ARGV[1]  the group's relay channel
-- ARGV[2]  the message in MessagePack, up to the count (which is text, so its own header is not included)
-- Returns the count.
local count = redis.call('ZCARD', KEYS[1])
local digits = string.format('%d', count)
-- 0xa0 + n is MessagePack's header of a text of n bytes, n < 32.
redis.call('PUBLISH', ARGV[1], ARGV[2] .. string.char(0xa0 + #digits) .. digits)
return count
