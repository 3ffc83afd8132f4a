#!/bin/sh
# Written by registry-cache; its next set-up replaces this file.
# Makes the nodes of an OpenShift cluster pull through %[var(txn.address)]. oc must be logged in as an
# administrator. What somebody else has set is not changed: oc names it, and fails.
set -eu

apply() {
  sed "s/@CA_KEY@/$key/" | oc apply --server-side --filename=-
}

main() {
  key=$(printf %%s '%[var(txn.address)]' | sed 's/:/../')
  apply <<'END_OF_YAML'
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: registry-cache
spec:
  imageDigestMirrors:
    - source: "docker.io"
      mirrors:
        - "%[var(txn.address)]/docker.io"
      mirrorSourcePolicy: AllowContactingSource
    - source: "quay.io"
      mirrors:
        - "%[var(txn.address)]/quay.io"
      mirrorSourcePolicy: AllowContactingSource
    - source: "quay.io/org/team"
      mirrors:
        - "%[var(txn.address)]/quay.io/org/team"
      mirrorSourcePolicy: AllowContactingSource
    - source: "reg.example.com:5000"
      mirrors:
        - "%[var(txn.address)]/reg.example.com_5000"
      mirrorSourcePolicy: AllowContactingSource
    - source: "us-central1-docker.pkg.dev"
      mirrors:
        - "%[var(txn.address)]/us-central1-docker.pkg.dev"
      mirrorSourcePolicy: AllowContactingSource
---
apiVersion: config.openshift.io/v1
kind: ImageTagMirrorSet
metadata:
  name: registry-cache
spec:
  imageTagMirrors:
    - source: "docker.io"
      mirrors:
        - "%[var(txn.address)]/docker.io"
      mirrorSourcePolicy: AllowContactingSource
    - source: "quay.io"
      mirrors:
        - "%[var(txn.address)]/quay.io"
      mirrorSourcePolicy: AllowContactingSource
    - source: "quay.io/org/team"
      mirrors:
        - "%[var(txn.address)]/quay.io/org/team"
      mirrorSourcePolicy: AllowContactingSource
    - source: "reg.example.com:5000"
      mirrors:
        - "%[var(txn.address)]/reg.example.com_5000"
      mirrorSourcePolicy: AllowContactingSource
    - source: "us-central1-docker.pkg.dev"
      mirrors:
        - "%[var(txn.address)]/us-central1-docker.pkg.dev"
      mirrorSourcePolicy: AllowContactingSource
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: registry-cache
  namespace: openshift-config
data:
  "@CA_KEY@": |
    GOLDEN CERTIFICATE
---
apiVersion: config.openshift.io/v1
kind: Image
metadata:
  name: cluster
spec:
  additionalTrustedCA:
    name: registry-cache
END_OF_YAML
  echo 'then: oc wait machineconfigpool --all --for=condition=Updated --timeout=1h, since nodes take it over one by one'
}

# At the end, so that half a script does nothing.
main
