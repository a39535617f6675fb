{{- define "redmeter.serve.name" -}}
{{ include "redmeter.fullname" . }}-serve
{{- end -}}
