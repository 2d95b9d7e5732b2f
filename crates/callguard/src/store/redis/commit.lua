-- KEYS: session, flights, reservation; three of each counter.
-- ARGV: the lease, its nonce, its tool; how the run ended; whether it is spent if lost; the session's TTL; how many counters
-- there are, and of each window, TTL, what it holds, what it has spent if lost, what is spent now (nothing: nothing; `clear`),
-- and the same if it was counted as lost; then labels.
local lease, nonce, tool, ending, spent, ttl, count =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7])
local reservation = KEYS[3]

local until_, _, known = reserved(reservation)
if known ~= lease then return 0 end
redis.call('DEL', reservation)
expire_flights(ttl)
redis.call('ZREM', flights, nonce .. '|' .. spent .. '|' .. tool)
local counted = tonumber(until_) <= now and spent == '1'

for i = 0, count - 1 do
  local a = 7 + i * 6
  local c = counter(4 + i * 3, ARGV[a + 1], ARGV[a + 2])
  unhold(c, nonce, ARGV[a + 3], ARGV[a + 4])
  local what = counted and ARGV[a + 6] or ARGV[a + 5]
  if what == 'clear' then
    clear(c)
  elseif what ~= '' then
    spend(c, amount(what), now)
  end
  if c.dirty then write(c) end
end

if not counted then
  count_run(tool, ending)
else
  move_on(1)
  if ending == 'succeeded' then redis.call('HDEL', session, 'failures') end
end
gain(ARGV, 8 + count * 6)
redis.call('PEXPIRE', session, ttl)
return 1
