-- What wrk asks a served Vyrak: one part health, two parts pages, two parts of the callback that draws a page, two parts CSV of a chart.
-- wrk --threads 2 --connections 64 --duration 15s --latency --script benchmarks/mix.lua http://127.0.0.1:8050
local pages = {"/", "/charges?sex=female", "/sentences", "/pardons?region=BY-HM", "/data"}
local charts = {"/chart/monthly.csv", "/chart/cumulative.csv", "/chart/map.svg?width=340"}
local requests, turn = {}, 0

function init()
  local post = {["Content-Type"] = "application/json"}
  for i = 1, 70 do
    local kind, page = i % 7, pages[i % #pages + 1]
    if kind == 0 then
      requests[i] = wrk.format("GET", "/health")
    elseif kind < 3 then
      requests[i] = wrk.format("GET", page)
    elseif kind < 5 then
      local path, search = page:match("^([^?]*)(.*)$")
      local body = '{"output":"page.children","outputs":{"id":"page","property":"children"},"inputs":[{"id":"url","property":"pathname","value":"'
        .. path .. '"},{"id":"url","property":"search","value":"' .. search .. '"}],"changedPropIds":["url.search"]}'
      requests[i] = wrk.format("POST", "/_dash-update-component", post, body)
    else
      requests[i] = wrk.format("GET", charts[i % #charts + 1])
    end
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
