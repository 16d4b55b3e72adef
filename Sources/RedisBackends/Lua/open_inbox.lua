-- Makes a user's inbox if there is none, and lets go of what is over its limits.
--
-- KEYS     as in inbox_parts.lua
-- ARGV[1]  how many messages are kept
-- ARGV[2]  for how many seconds
-- ARGV[3]  how many go at once
-- ARGV[4]  for how many seconds the inbox lives without a touch
-- Returns how many went by their number, how many by their age, and 1 if more are over the limits.
local refusal = mistyped()
if refusal then return refusal end
local by_count, by_age, more = 0, 0, 0
if redis.call('EXISTS', KEYS[1]) == 0 then
  -- Nothing stays in it but the last id: it is there.
  redis.call('XADD', KEYS[1], 'MAXLEN', '=', 0, '*', 'sender', '')
  redis.call('DEL', KEYS[2], KEYS[3])
else
  mend_counts()
  by_count, by_age, more = trim(ARGV[1], ARGV[2], ARGV[3])
end
touch(ARGV[4])
return {by_count, by_age, more}
