{{/* What every pod of the chart has. Call it with (list . "service account" whether it needs a token). */}}
{{- define "redmeter.podBasics" -}}
serviceAccountName: {{ index . 1 }}
automountServiceAccountToken: {{ index . 2 }}
{{- with first . }}
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What every pod has that does not ask the API server. */}}
{{- define "redmeter.plainPod" -}}
{{ include "redmeter.podBasics" (list . (include "redmeter.serviceAccountName" .) false) }}
{{- end -}}

{{/* Where the pods of a component run: its nodeSelector, tolerations and affinity. */}}
{{- define "redmeter.scheduling" -}}
{{- range $field := list "nodeSelector" "tolerations" "affinity" }}
{{- with index $ $field }}
{{ $field }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}
