-- Puts a direct message into its receiver's inbox, unless its sender's client has sent it before.
--
-- KEYS     as in inbox_parts.lua, and if the message has a client id:
-- KEYS[4]  the string with the id that the message was given when it was first sent, the checksum of its text, and
--          'settled' once all have been told of it
-- ARGV[1]  the sender
-- ARGV[2]  the message
-- ARGV[3]  '1' if the sender wants receipts
-- ARGV[4]  how many messages are kept
-- ARGV[5]  for how many seconds
-- ARGV[6]  how many go at once
-- ARGV[7]  for how many seconds the inbox lives without a touch
-- ARGV[8]  for how many seconds a client id is known
-- ARGV[9]  the checksum of the text
-- Returns the message's id; 0 if it is new, 1 if it was stored before, 2 if besides nobody is to be told of it, since all
-- have been or it is another text with the same client id; how many older ones went by their number and how many by
-- their age; nothing if there is no inbox.
local refusal = mistyped()
if refusal then return refusal end
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local before = KEYS[4] and redis.call('GET', KEYS[4])
if before then
  local id, checksum, settled = string.match(before, '^(%S+) (%S+)(.*)$')
  return {id or before, (checksum ~= ARGV[9] or settled ~= '') and 2 or 1, 0, 0}
end
mend_counts()
local id
if ARGV[3] == '1' then
  id = redis.call('XADD', KEYS[1], '*', 'sender', ARGV[1], 'message', ARGV[2], 'receipt', '1')
else
  id = redis.call('XADD', KEYS[1], '*', 'sender', ARGV[1], 'message', ARGV[2])
end
count_on(ARGV[1], 1)
if KEYS[4] then redis.call('SET', KEYS[4], id .. ' ' .. ARGV[9], 'EX', ARGV[8]) end
local by_count, by_age = trim(ARGV[4], ARGV[5], ARGV[6])
touch(ARGV[7])
return {id, 0, by_count, by_age}
