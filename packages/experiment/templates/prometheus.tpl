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
