-- wrk -s post.lua URL -- FILE.csv [FILE.csv …]: posts random files from the list, and prints the result as one line of JSON.
-- A file that you list more often is posted more often.
-- The environment variable RATE sets the requests per second, however fast the responses are.

local rate = tonumber(os.getenv("RATE"))

function init(paths)
  local requests, seen = {}, {}
  wrk.method, wrk.headers["Content-Type"] = "POST", "text/csv"
  for turn, path in ipairs(paths) do
    if not seen[path] then
      local file = assert(io.open(path, "rb"))
      wrk.body = file:read("*a")
      seen[path] = wrk.format()
      file:close()
    end
    requests[turn] = seen[path]
  end
  if #requests > 1 then -- a single file needs no function, which would slow wrk down
    function request() return requests[math.random(#requests)] end
  end
end

if rate then
  local ffi = require("ffi")
  ffi.cdef("typedef struct { long seconds, nanoseconds; } moment; int clock_gettime(int clock, moment *now);")
  local MONOTONIC, now, due = 1, ffi.new("moment"), nil

  function delay() -- milliseconds until a free connection sends again
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
