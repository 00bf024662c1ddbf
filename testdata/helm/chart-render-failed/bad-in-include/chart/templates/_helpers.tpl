{{- define "shop.labels" -}}
team: {{ .Values.owner.team }} # expect: chart-render-failed
{{- end -}}
