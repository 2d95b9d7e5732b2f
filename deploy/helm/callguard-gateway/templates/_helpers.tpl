{{- define "callguard.name" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "callguard.selector" -}}
app.kubernetes.io/name: callguard-gateway
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "callguard.labels" -}}
{{ include "callguard.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{- /* The gateway's file: what the values say, with what the chart alone knows. */ -}}
{{- define "callguard.gateway" -}}
{{- $ours := dict
  "listen" "0.0.0.0:8808"
  "admin" (dict "listen" "0.0.0.0:9091")
  "hosts" (concat (list (include "callguard.name" .)) .Values.hosts | uniq)
  "tls" (dict "cert_file" "/etc/callguard-tls/tls.crt" "key_file" "/etc/callguard-tls/tls.key") -}}
{{- dict
  "apiVersion" "callguard/v1"
  "kind" "Gateway"
  "metadata" (dict "name" (include "callguard.name" .))
  "spec" (merge $ours .Values.gateway) | toYaml -}}
{{- end -}}
