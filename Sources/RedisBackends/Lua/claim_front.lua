-- Claims the clearing up after a front whose lease has lapsed, for a while.
--
-- KEYS[1]  the front's hash
-- ARGV[1]  the reaper
-- ARGV[2]  after how many seconds the claim lapses
-- ARGV[3]  '1' to extend a claim that the reaper has already; 'again' to clear up even if that has been done
-- Returns 1; 0 if the front lives or another reaper has the claim; or 2 if it has been cleared up after.
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local known = redis.call('HMGET', KEYS[1], 'until', 'reaper', 'reaper_until', 'reaped')
local mine = known[2] == ARGV[1]
local claimed = known[2] and tonumber(known[3] or 0) >= now
if ARGV[3] == '1' and not mine then
    -- The front is back, or somebody else goes on: what was removed by a hair's breadth too late is written again.
    if known[1] then redis.call('HSET', KEYS[1], 'reconcile', 'reaper') end
    return 0
end
if known[1] and tonumber(known[1]) >= now then return 0 end
if claimed and not mine then return 0 end
if known[4] and not known[1] and not known[2] and ARGV[3] ~= 'again' then return 2 end
redis.call('HMSET', KEYS[1], 'reaper', ARGV[1],
    'reaper_until', string.format('%.6f', now + tonumber(ARGV[2])))
return 1
