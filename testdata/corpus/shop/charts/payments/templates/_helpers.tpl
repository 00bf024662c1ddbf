{{- define "payments.labels" -}}
app: {{ .Chart.Name }}
{{- end -}}

{{- define "payments.resources" -}}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
{{- end -}}
