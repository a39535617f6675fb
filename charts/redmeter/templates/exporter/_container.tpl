{{- define "redmeter.exporter.name" -}}
{{ include "redmeter.fullname" . }}-exporter
{{- end -}}

{{- define "redmeter.exporter.port" -}}
{{ ternary 9121 9122 (eq .Values.exporter.kind "script") }}
{{- end -}}

{{/* The label of pods with an exporter, by which Service and PodMonitor find them. */}}
{{- define "redmeter.exporter.podLabels" -}}
redmeter.dev/exporter: {{ include "redmeter.fullname" . }}
{{- end -}}

{{/* host:port of the Redis that the exporter reads. */}}
{{- define "redmeter.exporter.address" -}}
{{- $default := ternary "127.0.0.1:6379" (include "redmeter.store.address" .) (eq .Values.exporter.placement "sidecar") -}}
{{- if and .Values.redis.enabled (eq .Values.exporter.placement "deployment") -}}
{{- $default = printf "%s:6379" (include "redmeter.redis.name" .) -}}
{{- end -}}
{{- default $default .Values.exporter.redis.address -}}
{{- end -}}

{{/* Whether it reads the Redis of this chart. */}}
{{- define "redmeter.exporter.isOwnRedis" -}}
{{- if and .Values.redis.enabled (not .Values.exporter.redis.address) }}true{{ end -}}
{{- end -}}

{{/* User and password. What the chart is told for the exporter wins; then its own Redis; then what is said of the metrics store. */}}
{{- define "redmeter.exporter.login" -}}
{{- $own := .Values.exporter.redis -}}
{{- $login := dict "user" $own.user "secret" $own.existingSecret "key" $own.passwordKey "tls" $own.tls -}}
{{- if include "redmeter.exporter.isOwnRedis" . -}}
{{- $login = dict "user" "redmeter-reader" "secret" (include "redmeter.redis.secret" .) "key" "reader-password" "tls" false -}}
{{- else if not (or $own.address $own.user $own.existingSecret (eq .Values.exporter.placement "sidecar")) -}}
{{- $store := .Values.metrics.redis -}}
{{- $login = dict "user" $store.user "secret" $store.existingSecret "key" $store.passwordKey "tls" $store.tls -}}
{{- end -}}
{{- toJson $login -}}
{{- end -}}

{{- define "redmeter.exporter.hasOtlp" -}}
{{- if and (eq .Values.exporter.kind "native") .Values.exporter.native.otlp.enabled }}true{{ end -}}
{{- end -}}

{{/* Variables of the receiver. Its user is not that of the exporter, so that the exporter itself cannot write. */}}
{{- define "redmeter.exporter.otlpEnv" -}}
{{- $otlp := .Values.exporter.native.otlp -}}
{{- $login := dict "user" $otlp.user "secret" $otlp.existingSecret "key" $otlp.passwordKey -}}
{{- if and (not $otlp.user) (include "redmeter.exporter.isOwnRedis" .) -}}
{{- $login = dict "user" "redmeter-writer" "secret" (include "redmeter.redis.secret" .) "key" "writer-password" -}}
{{- end -}}
- name: REDMETER_EXPORTER_OTLP_LISTEN
  value: 0.0.0.0:4318
{{- with $login.user }}
- name: REDMETER_EXPORTER_OTLP_REDIS_USER
  value: {{ . | quote }}
{{- end }}
{{- if $login.secret }}
- name: REDMETER_EXPORTER_OTLP_REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $login.secret }}
      key: {{ $login.key }}
{{- end }}
- name: REDMETER_EXPORTER_OTLP_RESOURCE_LABELS
  value: {{ join "," $otlp.resourceLabels | quote }}
{{- with $otlp.shards }}
- name: REDMETER_EXPORTER_OTLP_SHARDS
  value: {{ . | quote }}
{{- end }}
- name: REDMETER_EXPORTER_OTLP_MAX_BODY
  value: {{ $otlp.maxBody | quote }}
{{- end -}}

{{/* The URL to which all series are pushed; empty if there is none. */}}
{{- define "redmeter.exporter.pushUrl" -}}
{{- if eq .Values.exporter.kind "native" }}{{ .Values.exporter.native.push.url }}{{ end -}}
{{- end -}}

{{/* Variables of the push. Two exporters need different values of `instance`, and all sidecars have the same address of Redis. */}}
{{- define "redmeter.exporter.pushEnv" -}}
{{- $push := .Values.exporter.native.push -}}
{{- $labels := $push.labels -}}
{{- if and (eq .Values.exporter.placement "sidecar") (not (hasKey $labels "instance")) -}}
{{- $labels = merge (dict "instance" "$(REDMETER_POD_NAME)") $labels }}
- name: REDMETER_POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- end }}
- name: REDMETER_EXPORTER_PUSH_REMOTE_WRITE
  value: {{ $push.url | quote }}
- name: REDMETER_EXPORTER_PUSH_INTERVAL
  value: {{ $push.interval | quote }}
{{- if $labels }}
{{- $pairs := list }}
{{- range $name, $value := $labels }}
{{- $pairs = append $pairs (printf "%s=%s" $name $value) }}
{{- end }}
- name: REDMETER_EXPORTER_PUSH_LABELS
  value: {{ join "," $pairs | quote }}
{{- end }}
{{- with $push.user }}
- name: REDMETER_EXPORTER_PUSH_USER
  value: {{ . | quote }}
{{- end }}
{{- with $push.existingSecret }}
- name: REDMETER_EXPORTER_PUSH_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $push.passwordKey }}
{{- end }}
{{- end -}}

{{/*
The container of the exporter, for a pod of the chart or of yours:
  labels:     {{- include "redmeter.exporter.podLabels" .Subcharts.redmeter | nindent 8 }}
  containers: {{- include "redmeter.exporter.container" .Subcharts.redmeter | nindent 8 }}
  volumes:    {{- include "redmeter.exporter.volumes" .Subcharts.redmeter | nindent 8 }}
*/}}
{{- define "redmeter.exporter.container" -}}
{{- $exporter := .Values.exporter -}}
{{- $isScript := eq $exporter.kind "script" -}}
{{- $login := include "redmeter.exporter.login" . | fromJson -}}
- name: redmeter-exporter
  {{- include "redmeter.image" (list . (ternary $exporter.script.image $exporter.native.image $isScript)) | nindent 2 }}
  {{- if or $isScript $exporter.extraArgs }}
  args:
    {{- if $isScript }}
    - -script=/etc/redmeter/redis-exporter.lua
    - -web.listen-address=:9121
    {{- end }}
    {{- with $exporter.extraArgs }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  env:
    - name: {{ ternary "REDIS_ADDR" "REDIS_URL" $isScript }}
      value: {{ printf "%s://%s" (ternary "rediss" "redis" $login.tls) (include "redmeter.exporter.address" .) | quote }}
    {{- with $login.user }}
    - name: REDIS_USER
      value: {{ . | quote }}
    {{- end }}
    {{- if $login.secret }}
    - name: REDIS_PASSWORD
      valueFrom:
        secretKeyRef:
          name: {{ $login.secret }}
          key: {{ $login.key }}
    {{- end }}
    {{- if not $isScript }}
    - name: REDMETER_EXPORTER_LISTEN
      value: 0.0.0.0:9122
    - name: REDMETER_EXPORTER_ALLOWED_HOSTS
      value: {{ include "redmeter.hostNames" (list . (include "redmeter.exporter.name" .)) | quote }}
    - name: REDMETER_EXPORTER_WEB_PAGE
      value: {{ $exporter.native.page | quote }}
    {{- end }}
    {{- if include "redmeter.exporter.hasOtlp" . }}
    {{- include "redmeter.exporter.otlpEnv" . | nindent 4 }}
    {{- end }}
    {{- if include "redmeter.exporter.pushUrl" . }}
    {{- include "redmeter.exporter.pushEnv" . | trim | nindent 4 }}
    {{- end }}
  ports:
    - name: redmeter-metric
      containerPort: {{ include "redmeter.exporter.port" . }}
    {{- if include "redmeter.exporter.hasOtlp" . }}
    - name: redmeter-otlp
      containerPort: 4318
    {{- end }}
  {{- range $probe := list "livenessProbe" "readinessProbe" }}
  {{ $probe }}:
    httpGet:
      path: {{ ternary "/health" "/healthz" $isScript }}
      port: redmeter-metric
  {{- end }}
  resources:
    {{- toYaml $exporter.resources | nindent 4 }}
  securityContext:
    {{- toYaml .Values.securityContext | nindent 4 }}
  {{- if $isScript }}
  volumeMounts:
    - name: redmeter-script
      mountPath: /etc/redmeter
      readOnly: true
  {{- end }}
{{- end -}}

{{- define "redmeter.exporter.volumes" -}}
{{- if eq .Values.exporter.kind "script" -}}
- name: redmeter-script
  configMap:
    name: {{ include "redmeter.exporter.name" . }}
{{- end -}}
{{- end -}}

{{/* The names under which a Service is reached. Call it with (list . "name"). */}}
{{- define "redmeter.hostNames" -}}
{{- $name := last . -}}
{{- $namespace := (first .).Release.Namespace -}}
{{- list $name (printf "%s.%s" $name $namespace) (printf "%s.%s.svc" $name $namespace) (printf "%s.%s.svc.cluster.local" $name $namespace) | join "," -}}
{{- end -}}
