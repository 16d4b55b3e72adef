-- Removes members of a sorted set, each only if its score is still the one that was read.
--
-- KEYS[1]  the sorted set
-- ARGV     a member, its score, the next member, …; few enough for one step
-- Returns how many were removed.
local gone = {}
for i = 1, #ARGV, 2 do
    local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
    -- As numbers: Redis does not spell a score alike in all its replies.
    if score and tonumber(score) == tonumber(ARGV[i + 1]) then gone[#gone + 1] = ARGV[i] end
end
if #gone == 0 then return 0 end
return redis.call('ZREM', KEYS[1], unpack(gone))
