# What a version of the demo store records about itself, read from Redis.
{{- $of := printf "and .labels.version == %s" (.version | quote) }}
url: {{ .redis | quote }}
metrics:
  - name: error-rate
    type: gauge
    description: The share of requests that ended in an error
    jqExpression: '{count: ([.[] | select(.name == "api_errors" {{ $of }}).value] | add // 0), of: ([.[] | select(.name == "api_request_duration_ms_count" {{ $of }}).value] | add // 0)}'
