{{- define "helpers.fullname" -}}
{{ .Release.Name }}-shop
{{- end -}}
