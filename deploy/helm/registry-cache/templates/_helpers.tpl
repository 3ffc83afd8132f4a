{{/* The name of every object: that of the release, with the chart's unless it is in there. */}}
{{- define "registry-cache.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "registry-cache.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: cache
{{- end -}}

{{- define "registry-cache.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "registry-cache.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag }}{{- end -}}
{{- end -}}
{{- end -}}

{{- define "registry-cache.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "registry-cache.name" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{/* Names of Secrets; empty where there is none. */}}
{{- define "registry-cache.pullSecret" -}}
{{- if .Values.pullSecret.existingSecret -}}
{{- .Values.pullSecret.existingSecret -}}
{{- else if .Values.pullSecret.content -}}
{{- include "registry-cache.name" . }}-pull-secret
{{- end -}}
{{- end -}}

{{- define "registry-cache.htpasswd" -}}
{{- if .Values.htpasswd.existingSecret -}}
{{- .Values.htpasswd.existingSecret -}}
{{- else if .Values.htpasswd.content -}}
{{- include "registry-cache.name" . }}-htpasswd
{{- end -}}
{{- end -}}

{{- define "registry-cache.certificate" -}}
{{- .Values.certificate.existingSecret | default (printf "%s-certificate" (include "registry-cache.name" .)) -}}
{{- end -}}

{{/* The names of the cache inside the cluster, and those that nodes use for a NodePort. */}}
{{- define "registry-cache.dnsNames" -}}
{{- $name := include "registry-cache.name" . -}}
{{- $names := list "localhost" $name (printf "%s.%s" $name .Release.Namespace) (printf "%s.%s.svc" $name .Release.Namespace) (printf "%s.%s.svc.cluster.local" $name .Release.Namespace) -}}
{{- range .Values.certificate.names -}}
{{- if not (include "registry-cache.isAddress" .) -}}{{- $names = append $names . -}}{{- end -}}
{{- end -}}
{{- toJson (uniq $names) -}}
{{- end -}}

{{- define "registry-cache.addresses" -}}
{{- $addresses := list "127.0.0.1" -}}
{{- range .Values.certificate.names -}}
{{- if include "registry-cache.isAddress" . -}}{{- $addresses = append $addresses . -}}{{- end -}}
{{- end -}}
{{- toJson (uniq $addresses) -}}
{{- end -}}

{{- define "registry-cache.isAddress" -}}
{{- if regexMatch "^([0-9.]+|.*:.*)$" . -}}true{{- end -}}
{{- end -}}

{{/* The text of a setting. Numbers of YAML are floats here, which would print as 1e+06. */}}
{{- define "registry-cache.setting" -}}
{{- if kindIs "float64" . -}}{{ printf "%.0f" . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{- define "registry-cache.hasHttp" -}}
{{- if or .Values.ingress.enabled .Values.httpRoute.enabled -}}true{{- end -}}
{{- end -}}

{{/* Combinations that the schema cannot refuse. */}}
{{- define "registry-cache.check" -}}
{{- if and (gt (int .Values.replicas) 1) .Values.store.persistent -}}
{{- fail (printf "replicas: %d, and store.persistent: true; a store has one replica: set store.persistent=false, or replicas=1" (int .Values.replicas)) -}}
{{- end -}}
{{- if and (include "registry-cache.hasHttp" .) (not .Values.settings.TRUSTED_PROXIES) -}}
{{- fail "ingress or httpRoute is enabled, and settings.TRUSTED_PROXIES is empty; it has to name the networks of the ingress's pods, such as 10.0.0.0/8" -}}
{{- end -}}
{{- if and .Values.certificate.certManager.enabled (not .Values.certificate.certManager.issuerRef.name) -}}
{{- fail "certificate.certManager is enabled, and its issuerRef.name is empty; it has to name an issuer of cert-manager" -}}
{{- end -}}
{{- if and .Values.certificate.certManager.enabled .Values.certificate.existingSecret -}}
{{- fail "certificate.certManager and certificate.existingSecret are both set; set one of them" -}}
{{- end -}}
{{- range list "pullSecret" "htpasswd" -}}
{{- $one := get $.Values . -}}
{{- if and $one.existingSecret $one.content -}}
{{- fail (printf "%s.existingSecret and %s.content are both set; set one of them" . .) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.peers.enabled (not .Values.peers.existingSecret) -}}
{{- fail "peers is enabled, and peers.existingSecret is empty; it has to name a Secret with a line of 16 characters or more" -}}
{{- end -}}
{{- if and .Values.connectProxy.enabled (not .Values.connectProxy.existingSecret) -}}
{{- fail "connectProxy is enabled, and connectProxy.existingSecret is empty; it has to name a Secret with ca.crt and ca.key" -}}
{{- end -}}
{{- if and .Values.nodes.enabled (not (include "registry-cache.nodeAddress" .)) -}}
{{- fail "nodes is enabled, and nodes.address and service.nodePort are empty; one of them has to say where nodes reach the cache" -}}
{{- end -}}
{{- if and .Values.nodes.enabled .Values.certificate.existingSecret (not .Values.certificate.privateKeyKey) -}}
{{- fail "nodes is enabled, and the Secret of certificate.existingSecret has the private key beside the certificate, which nodes must not see; it needs two keys: certificate.privateKeyKey" -}}
{{- end -}}
{{- end -}}

{{- define "registry-cache.nodeAddress" -}}
{{- if .Values.nodes.address -}}
{{- .Values.nodes.address -}}
{{- else if and (ne .Values.service.type "ClusterIP") .Values.service.nodePort -}}
localhost:{{ .Values.service.nodePort }}
{{- end -}}
{{- end -}}

{{/* Folders of the node that the set-up writes into, as JSON: path, and the type of the hostPath. */}}
{{- define "registry-cache.nodeFolders" -}}
{{- $folders := dict
  "containerd" (list (dict "path" "/etc/containerd" "type" "DirectoryOrCreate"))
  "k3s" (list (dict "path" "/var/lib/rancher/k3s/agent/etc/containerd" "type" "Directory"))
  "rke2" (list (dict "path" "/var/lib/rancher/rke2/agent/etc/containerd" "type" "Directory"))
  "crio" (list (dict "path" "/etc/containers" "type" "DirectoryOrCreate"))
  "docker" (list (dict "path" "/etc/docker" "type" "DirectoryOrCreate")) -}}
{{- get $folders .Values.nodes.client | toJson -}}
{{- end -}}
