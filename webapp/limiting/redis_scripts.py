"""What is asked of Redis or Valkey, in Lua: each script is one round trip and runs whole before anything else does.

A key's counts are one value: the hour's number and use, the second it was last counted in, and requests by second for
the last 61. `n` is the second that counts: never before the last one, because a clock that is set back a little must
not give anybody a second allowance. One that is set back by more was wrong before, and its counts are dropped.
"""

COUNT = """
local clock = redis.call('TIME')
local now = tonumber(ARGV[4]) or tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local hour_limit, burst_limit, is_enforced = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local n = math.floor(now)
local kept = redis.call('GET', KEYS[1])
local c = kept and cmsgpack.unpack(kept)
if not c or n < c.second - 60 then c = {hour = math.floor(n / 3600), used = 0, second = n, slots = {}} end
if n < c.second then n = c.second end
if math.floor(n / 3600) > c.hour then c.hour = math.floor(n / 3600); c.used = 0 end
local slots, burst = {}, 0
for at, requests in pairs(c.slots) do
  if tonumber(at) > n - 61 then slots[at] = requests; burst = burst + requests end
end
c.slots, c.second = slots, n
local is_within = c.used < hour_limit and burst < burst_limit
local is_counted = is_within or not is_enforced
if is_counted then
  c.used, burst = c.used + 1, burst + 1
  slots[tostring(n)] = (slots[tostring(n)] or 0) + 1
end
redis.call('SET', KEYS[1], cmsgpack.pack(c), 'EX', 7200)
local hour_ends_at, frees_at, must_leave = (c.hour + 1) * 3600, now, math.max(1, burst - burst_limit + 1)
for at = n - 60, n do
  must_leave = must_leave - (slots[tostring(at)] or 0)
  if must_leave <= 0 then frees_at = at + 61; break end
end
if ARGV[5] ~= '' then
  local name = math.floor(n / 60) .. ':' .. ARGV[5]
  redis.call('HINCRBY', KEYS[2], name .. (is_counted and ':used' or ':refused'), 1)
  if is_counted and not is_within then redis.call('HINCRBY', KEYS[2], name .. ':over', 1) end
  if not is_counted then
    local is_burst = burst >= burst_limit and not (c.used >= hour_limit and hour_ends_at >= frees_at)
    redis.call('HSETNX', KEYS[2], name .. ':breach', is_burst and 'burst ' .. burst_limit or 'hour ' .. hour_limit)
  end
end
return {is_within and 1 or 0, string.format('%.6f', now), c.used, hour_ends_at, burst, string.format('%.6f', frees_at)}
"""

READ = """
local clock = redis.call('TIME')
local now = tonumber(ARGV[3]) or tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local hour_limit, burst_limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local n = math.floor(now)
local kept = redis.call('GET', KEYS[1])
local c = kept and cmsgpack.unpack(kept)
if not c or n < c.second - 60 then c = {hour = math.floor(n / 3600), used = 0, second = n, slots = {}} end
if n < c.second then n = c.second end
local used = math.floor(n / 3600) == c.hour and c.used or 0
local burst = 0
for at, requests in pairs(c.slots) do
  if tonumber(at) > n - 61 then burst = burst + requests end
end
local hour_ends_at, frees_at, must_leave = (math.floor(n / 3600) + 1) * 3600, now, math.max(1, burst - burst_limit + 1)
for at = n - 60, n do
  must_leave = must_leave - (c.slots[tostring(at)] or 0)
  if must_leave <= 0 then frees_at = at + 61; break end
end
local is_within = used < hour_limit and burst < burst_limit
return {is_within and 1 or 0, string.format('%.6f', now), used, hour_ends_at, burst, string.format('%.6f', frees_at)}
"""

# Given once: whoever takes it writes it into PostgreSQL for all processes.
TAKE_USAGE = """
local fields = redis.call('HGETALL', KEYS[1])
redis.call('DEL', KEYS[1])
return fields
"""
