-- wrk -s post.lua URL -- FILE.csv: posts a file over and over, and writes what came of it as one line of JSON.
-- With RATE in the environment it sends that many requests a second, however fast they are answered.

local rate = tonumber(os.getenv("RATE"))

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  wrk.method, wrk.body = "POST", file:read("*a")
  wrk.headers["Content-Type"] = "text/csv"
  file:close()
end

if rate then
  local ffi = require("ffi")
  ffi.cdef("typedef struct { long seconds, nanoseconds; } moment; int clock_gettime(int clock, moment *now);")
  local MONOTONIC, now, due = 1, ffi.new("moment"), nil

  function delay() -- milliseconds until a connection that is free sends again
    ffi.C.clock_gettime(MONOTONIC, now)
    local present = tonumber(now.seconds) * 1e3 + tonumber(now.nanoseconds) / 1e6
    due = math.max((due or present) + 1e3 / rate, present)
    return due - present
  end
end

function done(summary, latency)
  local errors, percentiles = summary.errors, {}
  for permille = 0, 1000 do
    percentiles[#percentiles + 1] = string.format("%d", latency:percentile(math.min(permille / 10, 99.999)))
  end
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "cpu_seconds": %f, "bad_statuses": %d, "broken": %d, "microseconds": [%s]}\n',
    summary.requests, summary.duration / 1e6, os.clock(), errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    table.concat(percentiles, ", ")))
end
