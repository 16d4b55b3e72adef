-- Notes that all who are to hear of a message have been told.
--
-- KEYS     as in inbox_parts.lua, and:
-- KEYS[4]  the string with what is known of the message, as in store_direct.lua
-- ARGV[1]  the message's id
-- Returns 1 if it was noted, 0 if the message is not known any more.
local refusal = mistyped()
if refusal then return refusal end
local known = redis.call('GET', KEYS[4])
local id, checksum = string.match(known or '', '^(%S+) (%S+)')
if id ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[4], id .. ' ' .. checksum .. ' settled', 'KEEPTTL')
return 1
