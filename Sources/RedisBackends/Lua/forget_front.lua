-- Ends the clearing up after a front: nothing of it is left but the note that it was cleared up after.
--
-- KEYS[1]  the front's hash
-- ARGV[1]  the reaper
-- ARGV[2]  after how many seconds the note expires
-- Returns 1, or 0 if the reaper does not have the claim any more.
local known = redis.call('HMGET', KEYS[1], 'until', 'reaper')
if known[2] ~= ARGV[1] then
    if known[1] then redis.call('HSET', KEYS[1], 'reconcile', 'reaper') end
    return 0
end
redis.call('HDEL', KEYS[1], 'until', 'address', 'connections', 'version', 'reaper', 'reaper_until', 'reconcile')
redis.call('HSET', KEYS[1], 'reaped', '1')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
