# The store's requests and errors from Prometheus, since startingTime.
# Values: endpoint; selector (such as endpoint="join"), histogram, errors, token, all but the first optional.
url: {{ .endpoint }}/api/v1/query
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
    value: sum(increase({{ .histogram | default "api_request_duration_ms" }}_count{ {{- .selector | default "" -}} }[{{ .elapsedTimeSeconds }}s]))
  jqExpression: .data.result[0].value[1] | tonumber
- name: error-count
  type: counter
  description: Requests that ended in an error; 0 while no error was ever counted
  params:
  - name: query
    value: sum(increase({{ .errors | default "api_errors" }}{ {{- .selector | default "" -}} }[{{ .elapsedTimeSeconds }}s])) or vector(0)
  jqExpression: .data.result[0].value[1] | tonumber
- name: mean-latency
  type: gauge
  description: Mean time to answer
  units: msec
  params:
  - name: query
    value: sum(increase({{ .histogram | default "api_request_duration_ms" }}_sum{ {{- .selector | default "" -}} }[{{ .elapsedTimeSeconds }}s])) / sum(increase({{ .histogram | default "api_request_duration_ms" }}_count{ {{- .selector | default "" -}} }[{{ .elapsedTimeSeconds }}s]))
  jqExpression: .data.result[0].value[1] | tonumber
- name: p95
  type: gauge
  description: 95th percentile of the time to answer
  units: msec
  params:
  - name: query
    value: histogram_quantile(0.95, sum by (le) (increase({{ .histogram | default "api_request_duration_ms" }}_bucket{ {{- .selector | default "" -}} }[{{ .elapsedTimeSeconds }}s])))
  jqExpression: .data.result[0].value[1] | tonumber
