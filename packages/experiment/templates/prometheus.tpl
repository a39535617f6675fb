# The store's requests and errors from Prometheus: of this run, of a version its part; with "over: total" in the task, or with the value
# startingTime, since then. Give the task "settle", the flush interval and the scrape interval together, so that all of the run is there.
# Values: endpoint; selector (such as endpoint="join"), histogram, errors, token, all but the first optional.
{{- $requests := .histogram | default "api_request_duration_ms" }}
{{- $selector := .selector | default "" }}
{{- $time := printf "[%vs]" .runSeconds }}
{{- if .secondsSinceRun }}{{ $time = printf "[%vs] offset %vs" .runSeconds .secondsSinceRun }}{{ end }}
url: {{ .endpoint }}/api/v1/query
over: run
method: GET
{{- if .token }}
headers:
  Authorization: {{ .token | printf "Bearer %s" | quote }}
{{- end }}
metrics:
- name: request-count
  type: counter
  description: Requests answered
  params:
  - name: query
    value: sum(increase({{ $requests }}_count{ {{- $selector -}} }{{ $time }}))
  jqExpression: .data.result[0].value[1] | tonumber
- name: error-count
  type: counter
  description: Requests that ended in an error; 0 while no error was ever counted
  params:
  - name: query
    value: sum(increase({{ .errors | default "api_errors" }}{ {{- $selector -}} }{{ $time }})) or vector(0)
  jqExpression: .data.result[0].value[1] | tonumber
- name: error-rate
  type: gauge
  description: The share of requests that ended in an error
  params:
  - name: query
    value: >-
      label_replace(sum(increase({{ $requests }}_count{ {{- $selector -}} }{{ $time }})), "part", "of", "", "")
      or label_replace(sum(increase({{ .errors | default "api_errors" }}{ {{- $selector -}} }{{ $time }})) or vector(0), "part", "count", "", "")
  # The increase is extrapolated: it must not be more errors than requests.
  jqExpression: '[.data.result[] | {(.metric.part): .value[1] | tonumber}] | add | select(.of > 0) | {count: ([.count, .of] | min), of}'
- name: mean-latency
  type: gauge
  description: Mean time to answer
  units: msec
  params:
  - name: query
    value: sum(increase({{ $requests }}_sum{ {{- $selector -}} }{{ $time }})) / sum(increase({{ $requests }}_count{ {{- $selector -}} }{{ $time }}))
  jqExpression: .data.result[0].value[1] | tonumber
- name: latency
  type: gauge
  description: Time to answer, as the server measures it
  units: msec
  params:
  - name: query
    value: sum by (le) (increase({{ $requests }}_bucket{ {{- $selector -}} }{{ $time }}))
  jqExpression: '{buckets: [.data.result[] | [.metric.le, (.value[1] | tonumber)]]}'
- name: p95
  type: gauge
  description: 95th percentile of the time to answer
  units: msec
  params:
  - name: query
    value: histogram_quantile(0.95, sum by (le) (increase({{ $requests }}_bucket{ {{- $selector -}} }{{ $time }})))
  jqExpression: .data.result[0].value[1] | tonumber
