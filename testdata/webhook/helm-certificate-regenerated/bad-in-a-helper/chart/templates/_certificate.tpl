{{- define "webhook.certificate" }}
{{- $ca := genCA "webhook" 3650 }} {{- /* expect: helm-certificate-regenerated */}}
{{- $name := printf "webhook.%s.svc" .Release.Namespace }}
{{- $pair := genSignedCert $name nil (list $name) 3650 $ca }}
{{- dict "ca" (b64enc $ca.Cert) "chain" (b64enc $pair.Cert) "key" (b64enc $pair.Key) | toYaml }}
{{- end }}
