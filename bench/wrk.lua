-- Sends the requests of a file, one a line: method, path and body between tabs. Prints one JSON line at the end.
local requests = {}
local threads = {}
sent = -1 -- wrk asks for one request that it only looks at

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  for line in io.lines(args[1]) do
    local method, path, body = line:match("^(%S+)\t(%S+)\t(.*)$")
    requests[#requests + 1] = wrk.format(method, path, nil, body ~= "" and body or nil)
  end
end

function request()
  sent = sent + 1
  return requests[(math.max(sent, 1) - 1) % #requests + 1]
end

-- Only where asked for, as reading answers slows wrk down: print the first refusals.
if os.getenv("BENCH_SHOW_REFUSALS") then
  function response(status, _, body)
    if status >= 300 then io.stderr:write(status, " ", body, "\n") end
  end
end

function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  local total = 0
  for _, thread in ipairs(threads) do total = total + thread:get("sent") end
  print(string.format(
    '{"answered":%d,"seconds":%.6f,"failed":%d,"sent":%d,"p50":%.3f,"p95":%.3f,"p99":%.3f}',
    summary.requests, summary.duration / 1e6, failed, total,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
