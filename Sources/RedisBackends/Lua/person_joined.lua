-- Notes that a person is in a group on one front, and tells the group if nobody had that person there before, in one step.
--
-- A person's value names the fronts: entries `<front>:<stamp>`, separated by spaces.
--
-- KEYS[1]  the group's hash of people
-- ARGV[1]  the person's name
-- ARGV[2]  what the front's entries begin with, `<front>:`
-- ARGV[3]  its new entry, which takes the place of an older one
-- ARGV[4]  the group's relay channel
-- ARGV[5]  the message; empty if nobody is told
-- Returns 1 if the person is new to the group, otherwise 0. If the group cannot be told, nothing is changed: it is told
-- when it can be.
local held = redis.call('HGET', KEYS[1], ARGV[1])
local entries = {ARGV[3]}
for entry in string.gmatch(held or '', '%S+') do
  if string.sub(entry, 1, #ARGV[2]) ~= ARGV[2] then entries[#entries + 1] = entry end
end
redis.call('HSET', KEYS[1], ARGV[1], table.concat(entries, ' '))
if held then return 0 end
if ARGV[5] == '' then return 1 end
-- After the write, which may be refused too: the group is told once, and only of what Redis holds.
local told = redis.pcall('PUBLISH', ARGV[4], ARGV[5])
if type(told) == 'number' then return 1 end
redis.call('HDEL', KEYS[1], ARGV[1])
return told
