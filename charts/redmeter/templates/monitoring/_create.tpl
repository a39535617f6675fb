{{/* Whether objects of Prometheus Operator are made. Call it with (list . "auto"). */}}
{{- define "redmeter.isMonitored" -}}
{{- $create := last . -}}
{{- if or (eq $create "always") (and (eq $create "auto") ((first .).Capabilities.APIVersions.Has "monitoring.coreos.com/v1")) }}true{{ end -}}
{{- end -}}

{{/* How a component is scraped. Call it with (dict "root" . "component" "name of it" "matchLabels" … "endpoint" …). */}}
{{- define "redmeter.monitor" -}}
{{- $monitor := .root.Values.monitor }}
{{- $isOfService := eq $monitor.kind "ServiceMonitor" }}
apiVersion: monitoring.coreos.com/v1
kind: {{ $monitor.kind }}
metadata:
  name: {{ include "redmeter.fullname" .root }}-{{ .component }}
  labels:
    {{- include "redmeter.labels" (list .root .component) | nindent 4 }}
    {{- with $monitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- ternary (include "redmeter.selectorLabels" (list .root .component)) .podLabels $isOfService | nindent 6 }}
  {{ ternary "endpoints" "podMetricsEndpoints" $isOfService }}:
    - port: {{ ternary .servicePort .podPort $isOfService }}
      interval: {{ $monitor.interval }}
      scrapeTimeout: {{ $monitor.scrapeTimeout }}
      {{- .endpoint | nindent 6 }}
{{- end -}}
