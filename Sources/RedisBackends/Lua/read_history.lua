-- Reads a page of a group's history.
--
-- KEYS[1]  the group's stream
-- ARGV[1]  the id after which the page begins; empty for the newest messages
-- ARGV[2]  how many messages at most
-- ARGV[3]  for how many seconds messages are kept; older ones are passed over
-- ARGV[4]  after how many bytes of messages the page ends
-- Returns the newest id that was ever given, 1 if messages may be missing before the page or else 0, then an id and a
-- message in turn: the oldest first, or of the newest messages the newest first.
local last = '0-0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  local facts = redis.call('XINFO', 'STREAM', KEYS[1])
  for index = 1, #facts, 2 do
    if facts[index] == 'last-generated-id' then last = facts[index + 1] end
  end
end
local start, limit, room = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local time = redis.call('TIME')
local oldest = math.max(0, (tonumber(time[1]) - tonumber(ARGV[3])) * 1000 + math.floor(tonumber(time[2]) / 1000))
local from = '+'
if start ~= '' then
  from = '(' .. start
  if tonumber(string.match(start, '^%d+')) < oldest then from = string.format('%.0f', oldest) end
end
local page, previous, isDone, batch, bytes = {}, nil, limit == 0, 1, 0
while not isDone do
  -- Few at first: they may be large.
  local count = math.min(batch, limit - #page / 2)
  local entries
  if start == '' then
    entries = redis.call('XREVRANGE', KEYS[1], from, string.format('%.0f', oldest), 'COUNT', count)
  else
    entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', count)
  end
  isDone = #entries < count
  for _, entry in ipairs(entries) do
    local message, before = '', ''
    for index = 1, #entry[2], 2 do
      if entry[2][index] == 'message' then message = entry[2][index + 1] end
      if entry[2][index] == 'previous' then before = entry[2][index + 1] end
    end
    if #page > 0 and #message > room then
      isDone = true
      break
    end
    previous = previous or before
    page[#page + 1], page[#page + 2] = entry[1], message
    room, bytes = room - #message, bytes + #message
    from = '(' .. entry[1]
  end
  isDone = isDone or #page >= 2 * limit
  -- As many as fit if they are like those before; few where one may be large, as all of them are copied first.
  local average = bytes / math.max(1, #page / 2)
  local most = average > 1024 and 8 or 64
  batch = math.max(1, math.min(2 * batch, most, math.floor(room / math.max(1, average)) + 1))
end
local isMissing = start ~= '' and (previous or last) ~= start
return {last, isMissing and 1 or 0, unpack(page)}
