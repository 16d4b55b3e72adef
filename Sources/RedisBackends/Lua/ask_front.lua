-- Asks a front to write everything of its own again, with its next heartbeat.
--
-- KEYS[1]  the front's hash
-- ARGV[1]  who asks
-- Returns 1, or 0 if there is no such front.
if redis.call('HEXISTS', KEYS[1], 'until') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'reconcile', ARGV[1])
return 1
