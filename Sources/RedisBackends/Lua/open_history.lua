-- Tells where a group's history ends; one that is not there begins.
--
-- KEYS[1]  the group's stream
-- ARGV[1]  for how many seconds messages are kept
-- Returns the newest id that was ever given.
local last
if redis.call('EXISTS', KEYS[1]) == 0 then
  -- Nothing stays in it but the last id: who reads on after it later knows whether the stream was lost.
  last = redis.call('XADD', KEYS[1], 'MAXLEN', '=', 0, '*', 'message', '')
else
  local facts = redis.call('XINFO', 'STREAM', KEYS[1])
  for index = 1, #facts, 2 do
    if facts[index] == 'last-generated-id' then last = facts[index + 1] end
  end
  -- It lives on without a new message, but not its old ones.
  local time = redis.call('TIME')
  local oldest = (tonumber(time[1]) - tonumber(ARGV[1])) * 1000 + math.floor(tonumber(time[2]) / 1000)
  if oldest > 0 then redis.call('XTRIM', KEYS[1], 'MINID', '=', string.format('%.0f', oldest)) end
end
redis.call('EXPIRE', KEYS[1], tonumber(ARGV[1]) + 7 * 86400)
return last
