-- wrk -s wrk.lua ADDRESS -- [BODY IDS FIRST]: says what was measured as one line of JSON.
-- With a body each request is another one: @ID@ is the next line of the file IDS, @NUMBER@ six digits that no other
-- request of the run has, counted from FIRST, and so is the address that it comes from.
local body, ids, first, sent = nil, {}, 0, 0

function init(args)
  if args[1] then
    body = io.open(args[1]):read("*a")
    for line in io.lines(args[2]) do ids[#ids + 1] = line end
    first = tonumber(args[3])
    request = another
  end
end

function another()
  sent = sent + 1
  local number = first + sent
  local own = body:gsub("@ID@", ids[sent] or "none-left"):gsub("@NUMBER@", string.format("%06d", number % 1000000))
  wrk.headers["X-Forwarded-For"] = string.format(
    "21.%d.%d.%d", math.floor(number / 65536) % 256, math.floor(number / 256) % 256, number % 256)
  return wrk.format("POST", nil, nil, own)
end

function done(summary, latency)
  local lost = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "failed": %d, "p50": %f, "p99": %f}\n',
    summary.requests, summary.duration / 1e6,
    lost.connect + lost.read + lost.write + lost.timeout + lost.status,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
