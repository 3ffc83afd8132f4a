{{/* The environment of the cache. The chart's own variables come last. */}}
{{- define "registry-cache.env" -}}
{{- range $name, $value := .Values.settings }}
{{- if not (kindIs "invalid" $value) }}
- name: {{ $name }}
  value: {{ include "registry-cache.setting" $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- if include "registry-cache.pullSecret" . }}
# A folder, not a single file: only a folder shows the change of a Secret.
- name: PULLSECRETPATH
  value: /pull-secret/{{ .Values.pullSecret.key }}
{{- end }}
{{- if .Values.policy }}
- name: POLICYPATH
  value: /policy/registry-cache.yaml
{{- end }}
{{- if include "registry-cache.htpasswd" . }}
- name: REGISTRY_AUTH
  value: htpasswd
- name: REGISTRY_AUTH_HTPASSWD_PATH
  value: /auth/{{ .Values.htpasswd.key }}
{{- end }}
- name: CERTIFICATEPATH
  value: /certs/{{ include "registry-cache.certificateKey" . }}
{{- with include "registry-cache.privateKeyKey" . }}
- name: CERTIFICATE_KEY_PATH
  value: /certs/{{ . }}
{{- end }}
{{- if include "registry-cache.hasHttp" . }}
- name: HTTP_LISTEN
  value: ":5000"
{{- end }}
{{- if .Values.peers.enabled }}
- name: PEERS
  value: dns:{{ include "registry-cache.name" . }}-peers.{{ .Release.Namespace }}.svc.{{ .Values.peers.clusterDomain }}:8444
- name: PEER_LISTEN
  value: ":8444"
- name: PEER_SECRET_PATH
  value: /peers/{{ .Values.peers.key }}
{{- end }}
{{- if .Values.admin.enabled }}
- name: ADMIN_LISTEN
  value: ":8445"
{{- end }}
- name: CONNECT_PROXY
  value: {{ ternary "on" "off" .Values.connectProxy.enabled | quote }}
# On the pod's address, so that the kubelet and Prometheus reach it.
- name: HEALTH_LISTEN
  value: ":8081"
{{- end -}}

{{/* Only the Secret of an operator has other keys. */}}
{{- define "registry-cache.certificateKey" -}}
{{- ternary .Values.certificate.certificateKey "tls.crt" (ne .Values.certificate.existingSecret "") -}}
{{- end -}}
{{- define "registry-cache.privateKeyKey" -}}
{{- ternary .Values.certificate.privateKeyKey "tls.key" (ne .Values.certificate.existingSecret "") -}}
{{- end -}}

{{- define "registry-cache.volumeMounts" -}}
{{- if include "registry-cache.pullSecret" . }}
- { name: pull-secret, mountPath: /pull-secret, readOnly: true }
{{- end }}
{{- if .Values.policy }}
- { name: policy, mountPath: /policy, readOnly: true }
{{- end }}
{{- if include "registry-cache.htpasswd" . }}
- { name: auth, mountPath: /auth, readOnly: true }
{{- end }}
{{- if .Values.connectProxy.enabled }}
- { name: ca, mountPath: /ca, readOnly: true }
{{- end }}
{{- if .Values.peers.enabled }}
- { name: peers, mountPath: /peers, readOnly: true }
{{- end }}
- { name: certs, mountPath: /certs, readOnly: true }
- { name: store, mountPath: /var/lib/registry }
- { name: run, mountPath: /run }
- { name: tmp, mountPath: /tmp }
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "registry-cache.volumes" -}}
{{- with include "registry-cache.pullSecret" . }}
- name: pull-secret
  secret: { secretName: {{ . }} }
{{- end }}
{{- if .Values.policy }}
- name: policy
  configMap: { name: {{ include "registry-cache.name" . }}-policy }
{{- end }}
{{- with include "registry-cache.htpasswd" . }}
- name: auth
  secret: { secretName: {{ . }} }
{{- end }}
{{- if .Values.connectProxy.enabled }}
- name: ca
  secret: { secretName: {{ .Values.connectProxy.existingSecret }} }
{{- end }}
{{- if .Values.peers.enabled }}
- name: peers
  secret: { secretName: {{ .Values.peers.existingSecret }} }
{{- end }}
- name: certs
  secret: { secretName: {{ include "registry-cache.certificate" . }} }
- name: store
  {{- if .Values.store.persistent }}
  persistentVolumeClaim: { claimName: {{ .Values.store.existingClaim | default (printf "%s-store" (include "registry-cache.name" .)) }} }
  {{- else }}
  emptyDir: { sizeLimit: {{ .Values.store.size }} }
  {{- end }}
- name: run
  emptyDir: { medium: Memory }
- name: tmp
  emptyDir: { medium: Memory }
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
