# Events of a service from Elasticsearch, in the Elastic Common Schema.
# Values: endpoint, index, service, username, password (give it as ${ELASTIC_PASSWORD}).
url: {{ .endpoint }}/{{ .index }}/_search
method: POST
basicAuth:
  username: {{ .username | quote }}
  password: {{ .password | quote }}
headers:
  Content-Type: application/json
metrics:
- name: request-count
  type: counter
  body: |
    {"size": 0, "track_total_hits": true,
     "query": {"bool": {"filter": [{"term": {"service.name": {{ .service | quote }}}},
                                   {"range": {"@timestamp": {"gte": "now-{{ .elapsedTimeSeconds }}s"}}}]}}}
  jqExpression: .hits.total.value
- name: mean-latency
  type: gauge
  units: msec
  description: event.duration is in nanoseconds
  body: |
    {"size": 0,
     "query": {"bool": {"filter": [{"term": {"service.name": {{ .service | quote }}}},
                                   {"range": {"@timestamp": {"gte": "now-{{ .elapsedTimeSeconds }}s"}}}]}},
     "aggs": {"duration": {"avg": {"field": "event.duration"}}}}
  jqExpression: .aggregations.duration.value / 1000000
