# The store's own metrics straight from Redis, seconds before Prometheus has them.
# Values: redis (such as redis://redmeter-reader:${REDIS_READER_PASSWORD}@localhost:6379); endpoint (optional).
# Counters are totals since the application's metrics began.
url: {{ .redis | quote }}
metrics:
  - name: request-count
    type: counter
    jqExpression: '[.[] | select(.name == "api_request_duration_ms_count" {{- if .endpoint }} and .labels.endpoint == {{ .endpoint | quote }} {{- end }})] | if length > 0 then map(.value) | add else empty end'
  - name: error-count
    type: counter
    jqExpression: '[.[] | select(.name == "api_errors" {{- if .endpoint }} and .labels.endpoint == {{ .endpoint | quote }} {{- end }}).value] | add // 0'
  - name: p95
    type: gauge
    units: msec
    description: the worst 95th percentile of any endpoint in the last one to two minutes
    jqExpression: '[.[] | select(.name == "api_request_duration_ms_p95" {{- if .endpoint }} and .labels.endpoint == {{ .endpoint | quote }} {{- end }}).value] | if length > 0 then max else empty end'
  - name: users-waiting
    type: gauge
    jqExpression: '.[] | select(.name == "users_waiting") | .value'
