-- What the operations share. Amounts are exact: three limbs of fifteen digits, in units of 10^-18, written `high:middle:low`;
-- only the high limb carries the sign. Times are the server's, in milliseconds.

local LIMB = 1e15
local ZERO = '0:0:0'

local function amount(text)
  local high, middle, low = string.match(text, '^(-?%d+):(%d+):(%d+)$')
  return { tonumber(high), tonumber(middle), tonumber(low) }
end

-- `%d` is exact to 2^53, which is more than a limb holds.
local function text(a)
  return string.format('%d:%d:%d', a[1], a[2], a[3])
end

local function add(a, b, sign)
  local low = a[3] + sign * b[3]
  local carry = math.floor(low / LIMB)
  local middle = a[2] + sign * b[2] + carry
  local up = math.floor(middle / LIMB)
  return { a[1] + sign * b[1] + up, middle - up * LIMB, low - carry * LIMB }
end

local function is_more(a, b)
  if a[1] ~= b[1] then return a[1] > b[1] end
  if a[2] ~= b[2] then return a[2] > b[2] end
  return a[3] > b[3]
end

-- A whole number of at most fifteen digits.
local function whole(a)
  return string.format('%d', a[1] * 1e12 + math.floor(a[2] / 1000))
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- A counter: what counts of it (`ran`), what calls in flight hold (`held`), and under which keys it stands: both (`ran|held`),
-- a list of what lies in its window, oldest first (`time|amount`), and who holds what until when.
local function write(c)
  redis.call('SET', c.key, text(c.ran) .. '|' .. text(c.held), 'PX', c.ttl)
end

local function spend(c, what, at)
  c.ran = add(c.ran, what, 1)
  c.dirty = true
  if c.window then
    redis.call('RPUSH', c.entries, string.format('%d', at) .. '|' .. text(what))
    redis.call('PEXPIRE', c.entries, c.ttl)
  end
end

local function clear(c)
  c.ran = amount(ZERO)
  c.dirty = true
  redis.call('DEL', c.entries)
end

-- Leases that have run out are given back, or spent at that time.
local function expire_holds(c)
  local out = redis.call('ZRANGEBYSCORE', c.holds, '-inf', now, 'WITHSCORES')
  for i = 1, #out, 2 do
    local held, lost = string.match(out[i], '^[^|]*|([^|]*)|(.*)$')
    redis.call('ZREM', c.holds, out[i])
    c.held = add(c.held, amount(held), -1)
    c.dirty = true
    if lost ~= '' then spend(c, amount(lost), tonumber(out[i + 1])) end
  end
end

-- What has left the window is forgotten.
local function slide(c)
  if not c.window then return end
  local oldest = now - c.window
  while true do
    local entry = redis.call('LINDEX', c.entries, 0)
    if not entry then
      if text(c.ran) ~= ZERO then
        c.ran = amount(ZERO)
        c.dirty = true
      end
      return
    end
    local at, what = string.match(entry, '^(-?%d+)|(.*)$')
    if tonumber(at) > oldest then return end
    redis.call('LPOP', c.entries)
    c.ran = add(c.ran, amount(what), -1)
    c.dirty = true
  end
end

local function counter(first, window, ttl)
  local c = { key = KEYS[first], entries = KEYS[first + 1], holds = KEYS[first + 2], window = tonumber(window), ttl = ttl }
  local ran, held = string.match(redis.call('GET', c.key) or '', '^(.*)|(.*)$')
  c.ran, c.held = amount(ran or ZERO), amount(held or ZERO)
  expire_holds(c)
  slide(c)
  return c
end

local function hold(c, nonce, held, lost, until_)
  c.held = add(c.held, amount(held), 1)
  c.dirty = true
  redis.call('ZADD', c.holds, until_, nonce .. '|' .. held .. '|' .. lost)
  redis.call('PEXPIRE', c.holds, c.ttl)
end

-- Whether it was held until now.
local function unhold(c, nonce, held, lost)
  if redis.call('ZREM', c.holds, nonce .. '|' .. held .. '|' .. lost) == 0 then return end
  c.held = add(c.held, amount(held), -1)
  c.dirty = true
end

-- A reservation: until when its lease lasts, what was exceeded, and the lease (`until|exceeded|lease`).
local function reserved(key)
  return string.match(redis.call('GET', key) or '', '^(%d+)|([01]*)|(.*)$')
end

-- A session: a hash of its numbers, of runs by tool (`t:TOOL`) and labels (`l:MARKS:NAME`), and its calls in flight.
local session, flights = KEYS[1], KEYS[2]

local function move_on(by)
  return redis.call('HINCRBY', session, 'version', by)
end

local function count_run(tool, ending)
  move_on(1)
  redis.call('HINCRBY', session, 'calls', 1)
  redis.call('HINCRBY', session, 't:' .. tool, 1)
  if ending == 'succeeded' then
    redis.call('HDEL', session, 'failures')
  else
    redis.call('HINCRBY', session, 'failures', 1)
  end
end

-- Runs of irreversible tools that nobody heard of again are counted.
local function expire_flights(ttl)
  local out = redis.call('ZRANGEBYSCORE', flights, '-inf', now)
  for _, flight in ipairs(out) do
    redis.call('ZREM', flights, flight)
    local spent, tool = string.match(flight, '^[^|]*|([01])|(.*)$')
    if spent == '1' then
      count_run(tool, 'unknown')
      redis.call('PEXPIRE', session, ttl)
    end
  end
end

local function gain(labels, first)
  for i = first, #labels do
    if redis.call('HSETNX', session, 'l:' .. labels[i], '1') == 1 then move_on(1) end
  end
end
