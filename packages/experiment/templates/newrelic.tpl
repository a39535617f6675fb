# Transactions of an application from New Relic, by NRQL.
# Values: accountId, queryKey (give it as ${NEW_RELIC_QUERY_KEY}), appName; endpoint (optional).
url: {{ .endpoint | default "https://insights-api.newrelic.com" }}/v1/accounts/{{ .accountId }}/query
method: GET
headers:
  X-Query-Key: {{ .queryKey | quote }}
  Accept: application/json
metrics:
- name: request-count
  type: counter
  params:
  - name: nrql
    value: SELECT count(*) FROM Transaction WHERE appName = '{{ .appName }}' SINCE {{ .elapsedTimeSeconds }} seconds ago
  jqExpression: .results[0].count
- name: error-rate
  type: gauge
  params:
  - name: nrql
    value: SELECT percentage(count(*), WHERE error IS true) FROM Transaction WHERE appName = '{{ .appName }}' SINCE {{ .elapsedTimeSeconds }} seconds ago
  jqExpression: .results[0].result / 100
- name: mean-latency
  type: gauge
  units: msec
  params:
  - name: nrql
    value: SELECT average(duration) FROM Transaction WHERE appName = '{{ .appName }}' SINCE {{ .elapsedTimeSeconds }} seconds ago
  jqExpression: .results[0].average * 1000
