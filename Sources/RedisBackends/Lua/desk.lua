-- The desk of customer service: every operation that changes it, in one step each. `SupportDesk` says what they mean.
--
-- Times are microseconds since 1970 on Redis' clock. The version grows with every change, and is never less than the
-- time of the change: so it grows also over a loss of all keys.
--
-- KEYS[1]  sorted set: who waits, by order number; ZCARD counts them
-- KEYS[2]  hash: who talks, and with which staff member; HLEN counts them
-- KEYS[3]  sorted set: the staff members who are there, by the end of their leases; ZCARD counts them
-- KEYS[4]  sorted set: the connected customers at the desk, by the end of their leases
-- KEYS[5]  sorted set: the customers who are gone and talk, or would if their staff member were not gone too, by when
-- KEYS[6]  sorted set: those whose wait or talk was ended, by when; a renewal does not bring them back
-- KEYS[7]  hash: when each talk began
-- KEYS[8]  string: the version
-- KEYS[9]  hash: `last`, the time of the last call; `until`, how long no lease counts as lapsed
-- ARGV[1]  microseconds of a lease
-- ARGV[2]  microseconds that a talk waits for a customer
-- ARGV[3]  how many may wait, and how many may talk
-- ARGV[4]  the operation; its arguments follow
--   enter customer                    -> 'waiting', 'full', or 'talking' and the staff member
--   renew n, n times (customer, staff, order), staff members; empty where a claim has none -> those who are not at the
--                                        desk any longer
--   next staff; take customer, staff  -> 'taken', 'before', 'another', each with a name; 'none', 'full'
--   handover customer, from, to       -> 'done', 'not_yours', 'not_there'
--   end customer, staff               -> 'done', 'not_yours'
--   leave customer                    -> the staff member, if there was one
--   sweep                             -> how many talks were abandoned, and those; then those that ended; each as
--                                        customer, staff; at most 100 of each kind, the rest is for the next sweep
-- Returns the version, 1 if this changed it, and what the operation says.
local waiting, talks, staff, customers, away, ended, begun = unpack(KEYS, 1, 7)
local lease, patience, places, operation = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local version = tonumber(redis.call('GET', KEYS[8]) or '0')
local beats = redis.call('HMGET', KEYS[9], 'last', 'until')
local hasChanged, answer = false, {}

local function number(value) return string.format('%.0f', value) end

-- Nobody could renew a lease while nobody could call: all have one more lease's time for it. A time that is further ahead
-- is of a clock that was set back.
local spared = tonumber(beats[2] or '0')
if now - tonumber(beats[1] or '0') >= lease then spared = now + lease end
if spared > now + lease then spared = 0 end
redis.call('HSET', KEYS[9], 'last', number(now), 'until', number(spared))
local function changed() hasChanged = true end

local function place_at(first, otherwise, step)
  local found = redis.call('ZRANGE', waiting, first, first, 'WITHSCORES')
  return found[2] and tonumber(found[2]) + step or otherwise
end
local function head() return place_at(0, now, -1) end
local function tail() return math.max(now, place_at(-1, 0, 1)) end

local function has_place(key, command) return redis.call(command, key) < places end
local function queue(customer, order) redis.call('ZADD', waiting, number(order), customer) end
local function hold(customer) redis.call('ZADD', customers, number(now + lease), customer) end
local function hold_staff(name)
  if redis.call('ZSCORE', staff, name) == false then changed() end
  redis.call('ZADD', staff, number(now + lease), name)
end
local function talk(customer, name, began)
  redis.call('HSET', talks, customer, name)
  redis.call('HSET', begun, customer, number(began))
  changed()
end
local function hang_up(customer) redis.call('HDEL', talks, customer); redis.call('HDEL', begun, customer) end
local function dismiss(customer)
  hang_up(customer)
  for _, key in ipairs({waiting, away, customers}) do redis.call('ZREM', key, customer) end
  redis.call('ZADD', ended, number(now), customer)
  changed()
end
local function was_away(customer) return redis.call('ZREM', away, customer) == 1 end

local function enter(customer)
  redis.call('ZREM', ended, customer)
  local name = redis.call('HGET', talks, customer)
  if name then
    if was_away(customer) then changed() end
    answer = {'talking', name}
  elseif redis.call('ZSCORE', waiting, customer) then
    answer = {'waiting'}
  elseif not has_place(waiting, 'ZCARD') then
    answer = {'full'}
    return
  else
    queue(customer, was_away(customer) and head() or tail())
    changed()
    answer = {'waiting'}
  end
  hold(customer)
end

local function renew(customer, name, order)
  if redis.call('HEXISTS', talks, customer) == 1 then
    if was_away(customer) then changed() end
  elseif not redis.call('ZSCORE', waiting, customer) then
    if redis.call('ZSCORE', ended, customer) then return false end
    local talked = was_away(customer)
    local count = redis.call('HLEN', talks)
    if name ~= '' and not talked and count < places and count + redis.call('ZCARD', waiting) < 2 * places then
      talk(customer, name, tonumber(order) or now)
      -- So that the sweep notices a staff member who is gone.
      if not redis.call('ZSCORE', staff, name) then hold_staff(name) end
    elseif has_place(waiting, 'ZCARD') then
      -- The order number of a talk is no place in the queue.
      local known = name == '' and tonumber(order) or nil
      queue(customer, known or ((talked or name ~= '') and head() or tail()))
    else
      return false
    end
    changed()
  end
  hold(customer)
  return true
end

local function take(customer, name)
  hold_staff(name)
  local other = redis.call('HGET', talks, customer)
  if other == name then return {'before', customer} end
  if other then return {'another', other} end
  if not redis.call('ZSCORE', waiting, customer) then return {'none'} end
  if not has_place(talks, 'HLEN') then return {'full'} end
  redis.call('ZREM', waiting, customer)
  talk(customer, name, now)
  return {'taken', customer}
end

local function sweep_customers()
  local lapsed = redis.call('ZRANGEBYSCORE', customers, '-inf', number(now), 'WITHSCORES', 'LIMIT', 0, 200)
  for index = 1, #lapsed, 2 do
    local customer = lapsed[index]
    redis.call('ZREM', customers, customer)
    if redis.call('HEXISTS', talks, customer) == 1 then
      redis.call('ZADD', away, number(math.max(tonumber(lapsed[index + 1]), spared)), customer)
      changed()
    elseif redis.call('ZREM', waiting, customer) == 1 then
      changed()
    end
  end
end

local function longest_first(one, other)
  if one.began ~= other.began then return one.began < other.began end
  return one.customer < other.customer
end

-- The talks of those who are gone: the newest ones, at most 100, whoever was served longest first; and the staff members
-- who have others too.
local function orphaned()
  local isGone, began, found, times = {}, {}, {}, {}
  local all = redis.call('HGETALL', begun)
  for index = 1, #all, 2 do began[all[index]] = tonumber(all[index + 1]) end
  all = redis.call('HGETALL', talks)
  for index = 1, #all, 2 do
    local customer, name = all[index], all[index + 1]
    if isGone[name] == nil then isGone[name] = tonumber(redis.call('ZSCORE', staff, name) or '0') <= now end
    if isGone[name] then
      found[#found + 1] = {customer = customer, staff = name, began = began[customer] or 0}
      times[#times + 1] = began[customer] or 0
    end
  end
  -- To sort numbers is much quicker than to sort talks.
  table.sort(times)
  local bound = times[math.max(1, #times - 99)]
  local orphans, left = {}, {}
  for _, talk in ipairs(found) do
    if talk.began >= bound then orphans[#orphans + 1] = talk else left[talk.staff] = true end
  end
  table.sort(orphans, longest_first)
  while #orphans > 100 do left[table.remove(orphans, 1).staff] = true end
  return orphans, left
end

local function sweep_staff()
  local lapsed = redis.call('ZRANGEBYSCORE', staff, '-inf', number(now), 'LIMIT', 0, 200)
  if #lapsed == 0 then return {} end
  local orphans, left = orphaned()
  -- Each goes before the one that went before it: whoever was served longest is first in the end.
  local order = head()
  for index = #orphans, 1, -1 do
    local customer = orphans[index].customer
    hang_up(customer)
    if not redis.call('ZSCORE', away, customer) then
      queue(customer, order)
      order = order - 1
    end
  end
  for _, name in ipairs(lapsed) do
    if not left[name] then redis.call('ZREM', staff, name) end
  end
  changed()
  return orphans
end

local function sweep()
  sweep_customers()
  local orphans = sweep_staff()
  answer = {tostring(#orphans)}
  for _, orphan in ipairs(orphans) do
    answer[#answer + 1] = orphan.customer
    answer[#answer + 1] = orphan.staff
  end
  for _, customer in ipairs(redis.call('ZRANGEBYSCORE', away, '-inf', number(now - patience), 'LIMIT', 0, 100)) do
    local name = redis.call('HGET', talks, customer)
    if name then
      dismiss(customer)
      answer[#answer + 1] = customer
      answer[#answer + 1] = name
    else
      redis.call('ZREM', away, customer)
    end
  end
  redis.call('ZREMRANGEBYSCORE', ended, '-inf', number(now - 3600 * 1000000))
  redis.call('ZREMRANGEBYRANK', ended, 0, -10001)
end

if operation == 'enter' then
  enter(ARGV[5])
elseif operation == 'renew' then
  local count = tonumber(ARGV[5])
  for index = 6, 5 + 3 * count, 3 do
    if not renew(ARGV[index], ARGV[index + 1], ARGV[index + 2]) then answer[#answer + 1] = ARGV[index] end
  end
  for index = 6 + 3 * count, #ARGV do hold_staff(ARGV[index]) end
elseif operation == 'next' then
  local first = redis.call('ZRANGE', waiting, 0, 0)[1]
  if first then
    answer = take(first, ARGV[5])
  else
    hold_staff(ARGV[5])
    answer = {'none'}
  end
elseif operation == 'take' then
  answer = take(ARGV[5], ARGV[6])
elseif operation == 'handover' then
  local customer, from, to = ARGV[5], ARGV[6], ARGV[7]
  if redis.call('HGET', talks, customer) ~= from then
    answer = {'not_yours'}
  elseif not redis.call('ZSCORE', staff, to) then
    answer = {'not_there'}
  else
    if to ~= from then redis.call('HSET', talks, customer, to); changed() end
    answer = {'done'}
  end
elseif operation == 'end' then
  answer = {'not_yours'}
  if redis.call('HGET', talks, ARGV[5]) == ARGV[6] then
    dismiss(ARGV[5])
    answer = {'done'}
  end
elseif operation == 'leave' then
  local name = redis.call('HGET', talks, ARGV[5])
  if name or redis.call('ZSCORE', waiting, ARGV[5]) then dismiss(ARGV[5]) end
  answer = {name or nil}
elseif operation == 'sweep' then
  if now < spared then answer = {'0'} else sweep() end
end

if hasChanged then
  version = math.max(version + 1, now)
  redis.call('SET', KEYS[8], number(version))
end
-- Longer than anything here is waited for, unless nobody is connected any longer.
local lifetime = math.ceil((lease + patience) / 1000) + 3600 * 1000
for index = 1, 9 do redis.call('PEXPIRE', KEYS[index], number(lifetime)) end
table.insert(answer, 1, hasChanged and '1' or '0')
table.insert(answer, 1, number(version))
return answer
