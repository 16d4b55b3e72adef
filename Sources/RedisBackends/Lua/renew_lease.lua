-- Renews a front's lease, or takes it back, and tells how it was until now.
--
-- KEYS[1]  the front's hash
-- ARGV[1]  after how many seconds the lease lapses
-- ARGV[2]  the front's address
-- ARGV[3]  its number of connections
-- ARGV[4]  its version
-- Returns 'held'; 'lapsed' if it was not held without a break, so that others may be removing the front's members;
-- 'reaped' if they have removed them; or 'new' if Redis does not know the front. And whether somebody wants the front
-- to write everything of its own again.
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local known = redis.call('HMGET', KEYS[1], 'until', 'reaper', 'reaped', 'reconcile')
local state = 'held'
if known[3] then
    state = 'reaped'
elseif known[2] then
    state = 'lapsed'
elseif not known[1] then
    state = 'new'
elseif tonumber(known[1]) < now then
    state = 'lapsed'
end
redis.call('HDEL', KEYS[1], 'reaper', 'reaper_until', 'reaped', 'reconcile')
redis.call('HMSET', KEYS[1], 'until', string.format('%.6f', now + tonumber(ARGV[1])),
    'address', ARGV[2], 'connections', ARGV[3], 'version', ARGV[4])
redis.call('HSETNX', KEYS[1], 'since', string.format('%.6f', now))
-- What is left of a front after a clean-up expires; a front that is back does not.
redis.call('PERSIST', KEYS[1])
return {state, known[4] and 1 or 0}
