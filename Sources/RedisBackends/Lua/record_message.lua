-- Records a message of a group and sends it, in one step: members hear messages in the order of their ids, and what any of
-- them has heard can be read.
--
-- KEYS[1]  the group's stream
-- ARGV[1]  the group's relay channel
-- ARGV[2]  the message up to its id; the whole message if the sender has chosen the id
-- ARGV[3]  the message after its id
-- ARGV[4]  'msgpack' if the id needs MessagePack's header of a text in front of it
-- ARGV[5]  the id that the sender has chosen; empty if none, and the message is to be given one
-- ARGV[6]  how many messages are kept
-- ARGV[7]  for how many seconds
-- Returns the id and how many subscribers the message reached; only the newest id if the chosen one is not greater.
local last = '0-0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  local facts = redis.call('XINFO', 'STREAM', KEYS[1])
  for index = 1, #facts, 2 do
    if facts[index] == 'last-generated-id' then last = facts[index + 1] end
  end
end
local milliseconds, sequence = string.match(last, '^(%d+)-(%d+)$')
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local id, message = ARGV[5], ARGV[2]
if id == '' then
  -- A clock that goes back does not take the ids with it.
  if now > tonumber(milliseconds) then
    id = string.format('%.0f-0', now)
  else
    id = string.format('%s-%.0f', milliseconds, tonumber(sequence) + 1)
  end
  local header = ''
  if ARGV[4] == 'msgpack' then
    -- 0xa0 + n is the header of a text of n bytes, n < 32; longer ones have 0xd9 and n.
    header = #id < 32 and string.char(160 + #id) or string.char(217, #id)
  end
  message = ARGV[2] .. header .. id .. ARGV[3]
else
  local ahead, number = string.match(id, '^(%d+)-(%d+)$')
  ahead, number = tonumber(ahead) - tonumber(milliseconds), tonumber(number) - tonumber(sequence)
  if ahead < 0 or (ahead == 0 and number <= 0) then return {last} end
end
-- Before anybody is sent the message: a command that is not allowed fails here, and nothing has happened.
local oldest, lifetime = now - tonumber(ARGV[7]) * 1000, tonumber(ARGV[7]) + 7 * 86400
if oldest > 0 then redis.call('XTRIM', KEYS[1], 'MINID', '=', string.format('%.0f', oldest)) end
-- A week longer than the messages: without them, the stream still knows its last id.
local isThere = redis.call('EXPIRE', KEYS[1], lifetime) == 1
-- Whoever reads on after a message knows by 'previous' whether one is missing in between.
redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[6], id, 'message', message, 'previous', last)
if not isThere then redis.call('EXPIRE', KEYS[1], lifetime) end
local reached = redis.pcall('PUBLISH', ARGV[1], message)
if type(reached) == 'table' then
  -- What nobody was sent is not to be read either.
  redis.call('XDEL', KEYS[1], id)
  return reached
end
return {id, reached}
