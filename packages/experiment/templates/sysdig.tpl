# Requests and errors of a service from Sysdig Monitor.
# Values: token (give it as ${SYSDIG_TOKEN}), filter (such as kubernetes.workload.name = 'store'); endpoint (optional).
url: {{ .endpoint | default "https://app.sysdigcloud.com" }}/api/data
method: POST
headers:
  Authorization: {{ .token | printf "Bearer %s" | quote }}
  Content-Type: application/json
  Accept: application/json
metrics:
- name: request-count
  type: counter
  body: |
    {"last": {{ .elapsedTimeSeconds }}, "sampling": {{ .elapsedTimeSeconds }}, "filter": {{ .filter | quote }},
     "metrics": [{"id": "net.http.request.count", "aggregations": {"time": "sum", "group": "sum"}}],
     "dataSourceType": "container"}
  jqExpression: .data[0].d[0]
- name: error-count
  type: counter
  body: |
    {"last": {{ .elapsedTimeSeconds }}, "sampling": {{ .elapsedTimeSeconds }}, "filter": {{ .filter | quote }},
     "metrics": [{"id": "net.http.error.count", "aggregations": {"time": "sum", "group": "sum"}}],
     "dataSourceType": "container"}
  jqExpression: .data[0].d[0]
