-- Puts an entry into a mailbox, as channels_redis' core layer does, unless the mailbox is full.
--
-- KEYS[1]  the mailbox' sorted set
-- ARGV[1]  its capacity
-- ARGV[2]  after how many seconds a message expires
-- ARGV[3]  the entry
-- Returns 1, or 0 if the mailbox is full.
local time = redis.call('TIME')
local seconds, fraction = tonumber(time[1]), tonumber(time[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, seconds - tonumber(ARGV[2]))
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
-- Scores are times and decide the order. Entries of one microsecond, and those behind a sender whose clock is ahead,
-- must not overtake what was there before them.
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if last[2] then
    local ahead = tonumber(last[2]) - seconds - fraction / 1000000
    if ahead >= 0 and ahead < 60 then
        fraction = fraction + math.floor(ahead * 1000000) + 2
        seconds = seconds + math.floor(fraction / 1000000)
        fraction = fraction % 1000000
    end
end
redis.call('ZADD', KEYS[1], string.format('%d.%06d', seconds, fraction), ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
