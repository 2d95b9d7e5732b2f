-- KEYS: session, flights, reservation; three of each counter.
-- ARGV: the lease, its nonce, its tool; the expected version or nothing; whether it only looks; whether it is spent if lost;
-- how long the lease lasts, how long it is remembered, the session's TTL; how many wants there are, and of each its counter's
-- first key, whether it is the one that holds, window, TTL, what it adds, what it holds, what it has spent if lost, the
-- bound or nothing, whether it binds; then labels.
local lease, nonce, tool, expected, peeks, spent, lasts, remembered, ttl, wants =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1', ARGV[6], tonumber(ARGV[7]), ARGV[8], ARGV[9], tonumber(ARGV[10])
local reservation = KEYS[3]

if not peeks then
  local lasts_until, was_exceeded, known = reserved(reservation)
  if known and tonumber(lasts_until) > now then return { 'granted', known, was_exceeded } end
end
expire_flights(ttl)
if expected ~= '' and expected ~= (redis.call('HGET', session, 'version') or '0') then
  return { 'stale', redis.call('HGETALL', session) }
end

local counters, exceeded, refused = {}, '', false
for w = 0, wants - 1 do
  local a = 10 + w * 9
  local first = tonumber(ARGV[a + 1])
  local c = counters[first]
  if not c then
    c = counter(first, ARGV[a + 3], ARGV[a + 4])
    counters[first] = c
  end
  local beyond = ARGV[a + 8] == '' or is_more(add(add(c.ran, c.held, 1), amount(ARGV[a + 5]), 1), amount(ARGV[a + 8]))
  exceeded = exceeded .. (beyond and '1' or '0')
  if beyond and ARGV[a + 9] == '1' then refused = true end
end

local granted = not refused and not peeks
local until_ = now + lasts
if granted then
  for w = 0, wants - 1 do
    local a = 10 + w * 9
    if ARGV[a + 2] == '1' then
      hold(counters[tonumber(ARGV[a + 1])], nonce, ARGV[a + 6], ARGV[a + 7], until_)
    end
  end
end
for _, c in pairs(counters) do
  if c.dirty then write(c) end
end
if refused then return { 'refused', exceeded } end
if peeks then return { 'peeked', exceeded } end

redis.call('SET', reservation, string.format('%d', until_) .. '|' .. exceeded .. '|' .. lease, 'PX', remembered)
redis.call('ZADD', flights, until_, nonce .. '|' .. spent .. '|' .. tool)
redis.call('PEXPIRE', flights, ttl)
if #ARGV > 10 + wants * 9 then
  gain(ARGV, 11 + wants * 9)
  redis.call('PEXPIRE', session, ttl)
end
return { 'granted', lease, exceeded }
