-- Takes messages out of an inbox; those that are not there are passed over.
--
-- KEYS     as in inbox_parts.lua
-- ARGV[1]  for how many seconds the inbox lives without a touch
-- ARGV     ids, few enough for one step
-- Returns each sender with a count.
local refusal = mistyped()
if refusal then return refusal end
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
for index = 2, #ARGV do
  local entry = redis.call('XRANGE', KEYS[1], ARGV[index], ARGV[index])[1]
  if entry then remove(entry) end
end
touch(ARGV[1])
return redis.call('HGETALL', KEYS[2])
