-- Takes the oldest entries out of a mailbox: so many, and no further one once so many bytes are together.
--
-- KEYS[1]  the mailbox' sorted set
-- ARGV[1]  the most entries
-- ARGV[2]  the bytes after which no further entry is taken
-- Returns the entries.
local entries, bytes = {}, 0
while #entries < tonumber(ARGV[1]) and bytes < tonumber(ARGV[2]) do
    local entry = redis.call('ZPOPMIN', KEYS[1])[1]
    if not entry then break end
    entries[#entries + 1] = entry
    bytes = bytes + #entry
end
return entries
