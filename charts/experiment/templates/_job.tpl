{{- define "experiment.name" -}}
{{- required "expected a release name of at most 50 characters" (ternary .Release.Name "" (le (len .Release.Name) 50)) -}}
{{- end -}}

{{- define "experiment.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: redmeter
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
redmeter.dev/experiment: {{ include "experiment.name" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Metadata of a Job beyond its name, and its spec. Call it with (list . "name of the result"). */}}
{{- define "experiment.job" -}}
{{- $resultName := last . -}}
{{- with first . -}}
spec:
  backoffLimit: {{ .Values.job.backoffLimit }}
  activeDeadlineSeconds: {{ .Values.job.activeDeadlineSeconds }}
  {{- if ne .Values.trigger "deployment" }}
  ttlSecondsAfterFinished: {{ .Values.job.ttlSecondsAfterFinished }}
  {{- end }}
  template:
    metadata:
      labels:
        {{- include "experiment.labels" . | nindent 8 }}
      {{- with .Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      restartPolicy: Never
      serviceAccountName: {{ .Values.serviceAccountName }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- toYaml .Values.podSecurityContext | nindent 8 }}
      containers:
        - name: experiment
          image: {{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) | quote }}
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          command: [sh, /etc/redmeter/experiment/run.sh]
          # What the command printed last says why the Job failed.
          terminationMessagePolicy: FallbackToLogsOnError
          env:
            - { name: EXPERIMENT_FOLDER, value: /etc/redmeter/experiment }
            - { name: WORK_FOLDER, value: /work }
            - name: JOB_NAME
              valueFrom: { fieldRef: { fieldPath: "metadata.labels['job-name']" } }
            - { name: REPORTS_FOLDER, value: /reports/$(JOB_NAME) }
            - { name: RESULT_NAME, value: {{ $resultName }} }
            - { name: CONDITIONS, value: {{ join "," .Values.conditions | quote }} }
            - { name: METRICS_IMPLEMENTATION, value: {{ .Values.metrics.implementation }} }
            {{- with .Values.metrics.redis }}
            - name: METRICS_REDIS_ADDRESS
              value: {{ printf "%s://%s%s" (ternary "rediss" "redis" .tls) (ternary (printf "%s@" .user) "" (ne .user "")) .address | quote }}
            {{- if .existingSecret }}
            - name: METRICS_REDIS_PASSWORD
              valueFrom: { secretKeyRef: { name: {{ .existingSecret }}, key: {{ .passwordKey }} } }
            {{- end }}
            {{- end }}
            {{- with .Values.publish }}
            {{- if .existingSecret }}
            - name: REDMETER_PUBLISH_REDIS
              valueFrom: { secretKeyRef: { name: {{ .existingSecret }}, key: {{ .urlKey }} } }
            {{- end }}
            {{- end }}
          {{- with .Values.existingSecrets }}
          envFrom:
            {{- range . }}
            - secretRef: { name: {{ . }} }
            {{- end }}
          {{- end }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
          securityContext:
            {{- toYaml .Values.securityContext | nindent 12 }}
          volumeMounts:
            - { name: experiment, mountPath: /etc/redmeter/experiment, readOnly: true }
            - { name: work, mountPath: /work }
            - { name: reports, mountPath: /reports }
            - { name: tmp, mountPath: /tmp }
      volumes:
        - { name: experiment, configMap: { name: {{ include "experiment.name" . }} } }
        - { name: work, emptyDir: {} }
        - { name: tmp, emptyDir: {} }
        - name: reports
          {{- if .Values.reports.existingClaim }}
          persistentVolumeClaim: { claimName: {{ .Values.reports.existingClaim }} }
          {{- else }}
          emptyDir: {}
          {{- end }}
      {{- $values := .Values }}
      {{- range $field := list "nodeSelector" "tolerations" "affinity" }}
      {{- with index $values $field }}
      {{ $field }}:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- end }}
{{- end }}
{{- end -}}
