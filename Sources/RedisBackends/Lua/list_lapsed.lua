-- Notes when a front's lease lapses, and lists fronts whose leases have lapsed.
--
-- KEYS[1]  the sorted set of fronts
-- ARGV[1]  after how many seconds the front's lease lapses
-- ARGV[2]  the front
-- ARGV[3]  the most fronts to list
-- ARGV[4]  with which of them to begin, any number: it is counted on from the end to the beginning
-- Returns lapsed fronts, each followed by its score, each of them once.
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZADD', KEYS[1], string.format('%.6f', now + tonumber(ARGV[1])), ARGV[2])
local count = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. string.format('%.6f', now))
local limit = math.min(count, tonumber(ARGV[3]))
if limit == 0 then return {} end
local first = count > limit and tonumber(ARGV[4]) % count or 0
local lapsed = redis.call('ZRANGE', KEYS[1], first, math.min(first + limit, count) - 1, 'WITHSCORES')
local missing = limit - #lapsed / 2
if missing > 0 then
  for _, text in ipairs(redis.call('ZRANGE', KEYS[1], 0, missing - 1, 'WITHSCORES')) do lapsed[#lapsed + 1] = text end
end
return lapsed
