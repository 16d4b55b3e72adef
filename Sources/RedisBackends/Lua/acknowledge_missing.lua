-- Notes that a receiver was told of messages that are missing.
--
-- KEYS     as in inbox_parts.lua
-- ARGV[1]  for how many seconds the inbox lives without a touch
-- ARGV[2]  of the first how many that were ever lost
-- Returns how many are still to be told of.
local refusal = mistyped()
if refusal then return refusal end
local lost, told = losses()
local known = math.min(tonumber(ARGV[2]), lost)
if known > told then
  redis.call('HSET', KEYS[3], 'told', string.format('%.0f', known))
  told = known
end
touch(ARGV[1])
return lost - told
