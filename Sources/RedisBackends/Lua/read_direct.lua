-- Takes what came from one sender out of an inbox, a part of it at a time.
--
-- KEYS     as in inbox_parts.lua
-- ARGV[1]  for how many seconds the inbox lives without a touch
-- ARGV[2]  the sender
-- ARGV[3]  the id of the newest message that is to go
-- ARGV[4]  the id after which to begin
-- ARGV[5]  how many messages to look at, whoever sent them
-- Returns the id after which to go on, empty if all is done; and then each sender with a count.
local refusal = mistyped()
if refusal then return refusal end
if redis.call('EXISTS', KEYS[1]) == 0 then return {'', {}} end
local from, most = '(' .. ARGV[4], tonumber(ARGV[5])
local is_done = redis.call('HEXISTS', KEYS[2], ARGV[2]) == 0
if not is_done then
  local entries = redis.call('XRANGE', KEYS[1], from, ARGV[3], 'COUNT', most)
  for _, entry in ipairs(entries) do
    if field(entry, 'sender') == ARGV[2] then remove(entry) end
  end
  if #entries == most and redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then return {entries[most][1]} end
end
touch(ARGV[1])
return {'', redis.call('HGETALL', KEYS[2])}
