-- KEYS: session, flights, reservation; three of each counter.
-- ARGV: the lease, its nonce, its tool; whether it is spent if lost; the session's TTL; of each counter window, TTL, what it
-- holds, what it has spent if lost.
local lease, nonce, tool, spent, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local reservation = KEYS[3]

local until_, _, known = reserved(reservation)
if known ~= lease then return 0 end
redis.call('DEL', reservation)
expire_flights(ttl)
if tonumber(until_) <= now then return 0 end
redis.call('ZREM', flights, nonce .. '|' .. spent .. '|' .. tool)
for i = 4, #KEYS, 3 do
  local a = 5 + (i - 4) / 3 * 4
  local c = counter(i, ARGV[a + 1], ARGV[a + 2])
  unhold(c, nonce, ARGV[a + 3], ARGV[a + 4])
  if c.dirty then write(c) end
end
return 1
