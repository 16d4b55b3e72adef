-- Reads a page of an inbox, once what is over its limits is gone.
--
-- KEYS     as in inbox_parts.lua
-- ARGV[1]  the id after which the page begins
-- ARGV[2]  how many messages at most
-- ARGV[3]  after how many bytes of messages the page ends; it has one message at least
-- ARGV[4]  how many messages are kept
-- ARGV[5]  for how many seconds
-- ARGV[6]  how many go at once
-- ARGV[7]  for how many seconds the inbox lives without a touch
-- Returns how many went by their number, how many by their age, and 1 if more are over the limits: then nothing else.
-- Otherwise 0, how many are missing, how many were ever lost, 1 if nothing comes after the page or else 0, each sender with a count, and of each
-- message its id, sender, bytes and whether a receipt is wanted.
local refusal = mistyped()
if refusal then return refusal end
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, 0, 0, 0, 0, 1, {}, {}} end
local by_count, by_age, more = trim(ARGV[4], ARGV[5], ARGV[6])
if by_count + by_age > 0 then touch(ARGV[7]) end
if more == 1 then return {by_count, by_age, 1} end
local limit, room = tonumber(ARGV[2]), tonumber(ARGV[3])
local page, from, batch, is_last, is_full = {}, '(' .. ARGV[1], 4, false, false
while not is_last and not is_full do
  local wanted = math.min(batch, limit - #page / 4)
  -- One more than wanted tells whether there is one.
  local entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', wanted + 1)
  is_last = #entries <= wanted
  for index = 1, math.min(#entries, wanted) do
    local entry = entries[index]
    local message = field(entry, 'message') or ''
    if #page > 0 and #message > room then
      is_last, is_full = false, true
      break
    end
    room, from = room - #message, '(' .. entry[1]
    page[#page + 1], page[#page + 2] = entry[1], field(entry, 'sender') or ''
    page[#page + 1], page[#page + 2] = message, field(entry, 'receipt') or ''
  end
  is_full = is_full or #page / 4 >= limit
  -- Few at first: they may be large.
  batch = math.min(2 * batch, 64)
end
local lost, told = losses()
return {by_count, by_age, 0, lost - told, lost, is_last and 1 or 0, redis.call('HGETALL', KEYS[2]), page}
