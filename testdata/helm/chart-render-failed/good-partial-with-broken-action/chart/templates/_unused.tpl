{{- define "shop.unused" -}}
{{ .Values.never.there }}
{{- end -}}
