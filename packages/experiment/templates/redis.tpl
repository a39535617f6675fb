# The store's own metrics straight from Redis, seconds before Prometheus has them.
# Values: redis (such as redis://redmeter-reader:${REDIS_READER_PASSWORD}@localhost:6379); endpoint, version, histogram, errors (optional).
# Counters and histograms count this run, of a version its part; with "over: total" in the task, all since the metrics began.
{{- $of := "" }}
{{- if .endpoint }}{{ $of = printf " and .labels.endpoint == %s" (.endpoint | quote) }}{{ end }}
{{- if .version }}{{ $of = printf "%s and .labels.version == %s" $of (.version | quote) }}{{ end }}
{{- $requests := .histogram | default "api_request_duration_ms" }}
{{- $errors := .errors | default "api_errors" }}
url: {{ .redis | quote }}
metrics:
  - name: request-count
    type: counter
    description: Requests answered
    jqExpression: '[.[] | select(.name == "{{ $requests }}_count"{{ $of }})] | if length > 0 then map(.value) | add else empty end'
  - name: error-count
    type: counter
    description: Requests that ended in an error; 0 while no error was ever counted
    jqExpression: '[.[] | select(.name == "{{ $errors }}"{{ $of }}).value] | add // 0'
  - name: error-rate
    type: gauge
    description: The share of requests that ended in an error
    jqExpression: '{count: ([.[] | select(.name == "{{ $errors }}"{{ $of }}).value] | add // 0), of: ([.[] | select(.name == "{{ $requests }}_count"{{ $of }}).value] | add // 0)}'
  - name: latency
    type: gauge
    units: msec
    description: Time to answer, as the server measures it
    jqExpression: '{buckets: [.[] | select(.name == "{{ $requests }}_bucket"{{ $of }}) | [.labels.le, .value]], sum: ([.[] | select(.name == "{{ $requests }}_sum"{{ $of }}).value] | add // 0)}'
  - name: p95
    type: gauge
    units: msec
    description: 'The worst 95th percentile of any endpoint; with "over: total" of the last one to two minutes'
    jqExpression: '[.[] | select(.name == "{{ $requests }}_p95"{{ $of }}).value] | if length > 0 then max else empty end'
  - name: users-waiting
    type: gauge
    jqExpression: '.[] | select(.name == "users_waiting") | .value'
