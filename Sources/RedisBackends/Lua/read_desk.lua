-- Reads the whole desk of customer service at one moment.
--
-- KEYS[1]  sorted set: who waits
-- KEYS[2]  hash: who talks with whom
-- KEYS[3]  sorted set: the staff members
-- KEYS[4]  sorted set: who is away
-- KEYS[5]  hash: when each talk began
-- KEYS[6]  string: the version
-- Returns the version; who waits, each with the order number; who talks, each with the staff member; the staff members;
-- who is away; and who talks with the time at which the talk began.
return {
  redis.call('GET', KEYS[6]) or '0',
  redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES'),
  redis.call('HGETALL', KEYS[2]),
  redis.call('ZRANGE', KEYS[3], 0, -1),
  redis.call('ZRANGE', KEYS[4], 0, -1),
  redis.call('HGETALL', KEYS[5]),
}
