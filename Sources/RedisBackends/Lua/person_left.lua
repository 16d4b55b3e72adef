-- Notes that a person is in a group on one front no more, and tells the group if it was the last one, in one step.
--
-- A person's value names the fronts: entries `<front>:<stamp>`, separated by spaces.
--
-- KEYS[1]  the group's hash of people
-- ARGV[1]  the person's name
-- ARGV[2]  what the front's entries begin with, `<front>:`
-- ARGV[3]  the entry to remove, if it is still this one; empty for whatever entry the front has
-- ARGV[4]  the group's relay channel
-- ARGV[5]  the message; empty if nobody is told
-- Returns 1 if the person is gone from the group by this, otherwise 0. If the group cannot be told, nothing is changed:
-- it is told when it can be.
local held = redis.call('HGET', KEYS[1], ARGV[1])
local entries, found = {}, false
for entry in string.gmatch(held or '', '%S+') do
  local named = entry == ARGV[3]
  if ARGV[3] == '' then named = string.sub(entry, 1, #ARGV[2]) == ARGV[2] end
  if named then found = true else entries[#entries + 1] = entry end
end
if not found then return 0 end
if #entries > 0 then
  redis.call('HSET', KEYS[1], ARGV[1], table.concat(entries, ' '))
  return 0
end
redis.call('HDEL', KEYS[1], ARGV[1])
if ARGV[5] == '' then return 1 end
-- After the write, which may be refused too: the group is told once, and only of what Redis holds.
local told = redis.pcall('PUBLISH', ARGV[4], ARGV[5])
if type(told) == 'number' then return 1 end
redis.call('HSET', KEYS[1], ARGV[1], held)
return told
