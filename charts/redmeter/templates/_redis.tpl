{{- define "redmeter.redis.name" -}}
{{ include "redmeter.fullname" . }}-redis
{{- end -}}

{{/* The Secret with the passwords of the Redis of this chart. */}}
{{- define "redmeter.redis.secret" -}}
{{ default (include "redmeter.redis.name" .) .Values.redis.existingSecret }}
{{- end -}}

{{/* host:port of the Redis that is the metrics store. */}}
{{- define "redmeter.store.address" -}}
{{- $own := ternary (printf "%s:6379" (include "redmeter.redis.name" .)) "redis:6379" .Values.redis.enabled -}}
{{- coalesce .Values.metrics.redis.address .Values.metrics.redis.addresss $own -}}
{{- end -}}

{{- define "redmeter.store.isOwnRedis" -}}
{{- if and .Values.redis.enabled (not (coalesce .Values.metrics.redis.address .Values.metrics.redis.addresss)) }}true{{ end -}}
{{- end -}}

{{/* Variables by which `redmeter` finds the metrics store. */}}
{{- define "redmeter.store.env" -}}
- name: METRICS_IMPLEMENTATION
  value: {{ .Values.metrics.implementation }}
{{- if eq .Values.metrics.implementation "embedded" }}
- name: METRICS_EMBEDDED_FOLDER
  value: /var/lib/redmeter
{{- else }}
{{- $store := .Values.metrics.redis }}
- name: METRICS_REDIS_ADDRESS
  value: {{ printf "%s://%s%s" (ternary "rediss" "redis" $store.tls) (ternary (printf "%s@" $store.user) "" (ne $store.user "")) (include "redmeter.store.address" .) | quote }}
{{- if or $store.existingSecret (include "redmeter.store.isOwnRedis" .) }}
- name: METRICS_REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ default (include "redmeter.redis.secret" .) $store.existingSecret }}
      key: {{ ternary $store.passwordKey "password" (ne $store.existingSecret "") }}
{{- end }}
{{- end }}
{{- end -}}
