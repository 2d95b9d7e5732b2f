-- KEYS: session, flights; three of each counter. ARGV: whether it counts, the session's TTL; of each counter window and TTL.
local counts, ttl = ARGV[1] == '1', ARGV[2]
expire_flights(ttl)
local one = { 0, 1000, 0 }
local answer = {}
for i = 3, #KEYS, 3 do
  local place = (i - 3) / 3 * 2 + 3
  local c = counter(i, ARGV[place], ARGV[place + 1])
  if counts then spend(c, one, now) end
  if c.dirty then write(c) end
  answer[#answer + 1] = whole(counts and c.ran or add(c.ran, one, 1))
end
if counts then
  redis.call('HINCRBY', session, 'attempts', 1)
  redis.call('PEXPIRE', session, ttl)
end
return { answer, redis.call('HGETALL', session) }
