-- What the scripts over an inbox share: each of them begins with these lines.
--
-- KEYS[1]  the stream: the messages that wait
-- KEYS[2]  the hash: how many of them each sender has
-- KEYS[3]  the hash: how many were ever lost before the receiver had them, and of how many of them it was told
-- The three change together and expire together. Where something is put in, what Redis may refuse for want of memory comes
-- before any other change, so that a refusal leaves all as it was. Where something is only taken out, the deletion comes
-- first: Redis never refuses that, and refuses a script that has changed something nothing after it.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- An error if a key holds what it should not: nothing is changed then.
local function mistyped()
  for index, type in ipairs({'stream', 'hash', 'hash', 'string'}) do
    local found = KEYS[index] and redis.call('TYPE', KEYS[index]).ok or 'none'
    if found ~= 'none' and found ~= type then
      return redis.error_reply('WRONGTYPE ' .. KEYS[index] .. ' holds a ' .. found .. ' instead of a ' .. type)
    end
  end
end

local function touch(lifetime)
  local ending = string.format('%.0f', now + tonumber(lifetime) * 1000)
  for index = 1, 3 do redis.call('PEXPIREAT', KEYS[index], ending) end
end

local function field(entry, name)
  for index = 1, #entry[2], 2 do
    if entry[2][index] == name then return entry[2][index + 1] end
  end
end

local function count_on(sender, number)
  local count = (tonumber(redis.call('HGET', KEYS[2], sender)) or 0) + number
  if count > 0 then
    redis.call('HSET', KEYS[2], sender, string.format('%.0f', count))
  else
    redis.call('HDEL', KEYS[2], sender)
  end
end

-- How many were ever lost, and of how many of them the receiver was told.
local function losses()
  local numbers = redis.call('HMGET', KEYS[3], 'lost', 'told')
  return tonumber(numbers[1]) or 0, tonumber(numbers[2]) or 0
end

-- Takes an entry out, and off its sender's count: in this order, so that a full Redis can be emptied.
local function remove(entry)
  local sender = field(entry, 'sender')
  redis.call('XDEL', KEYS[1], entry[1])
  if sender then count_on(sender, -1) end
end

-- Counts anew if somebody has deleted the counts. The inbox's limit bounds it.
local function mend_counts()
  if redis.call('EXISTS', KEYS[2]) == 1 or redis.call('XLEN', KEYS[1]) == 0 then return end
  local counts, from = {}, '-'
  while from do
    local entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 64)
    for _, entry in ipairs(entries) do
      local sender = field(entry, 'sender')
      if sender then counts[sender] = (counts[sender] or 0) + 1 end
    end
    from = #entries == 64 and '(' .. entries[64][1]
  end
  for sender, count in pairs(counts) do count_on(sender, count) end
end

-- Lets go of what is over the limits, at most so much; returns how many went by their number, how many by their age, and
-- 1 if more are over the limits.
local function trim(limit, age, most)
  local oldest, length = now - tonumber(age) * 1000, redis.call('XLEN', KEYS[1])
  local function reason(entry)
    if tonumber(string.match(entry[1], '^%d+')) < oldest then return 'age' end
    return length > tonumber(limit) and 'count'
  end
  local gone = {count = 0, age = 0}
  for _ = 1, tonumber(most) do
    local entry = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
    local why = entry and reason(entry)
    if not why then return gone.count, gone.age, 0 end
    local noted = redis.pcall('HSET', KEYS[3], 'lost', string.format('%.0f', (losses()) + 1))
    -- Without memory nothing goes; what is there can still be read.
    if type(noted) == 'table' then return gone.count, gone.age, 0 end
    remove(entry)
    length, gone[why] = length - 1, gone[why] + 1
  end
  local entry = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  return gone.count, gone.age, entry and reason(entry) and 1 or 0
end
