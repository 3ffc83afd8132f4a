import type { Fault } from './fault.ts';

/** Faults of services of your own: replicas, object store, log collectors. */
export const SERVICE_FAULTS = {
  'peers-unknown': {
    check: 'peers',
    severity: 'error',
    meaning: 'The name of `PEERS` has no address, so this replica knows no other one.',
    accepted: 'a name with the addresses of all replicas',
    advice: 'use the name of a headless service: `dns:NAME.NAMESPACE.svc:8444`',
  },
  'peers-alone': {
    check: 'peers',
    severity: 'warning',
    meaning: '`PEERS` leads to this replica alone.',
    accepted: 'the addresses of other replicas',
    advice: 'start the others, or leave PEERS empty',
  },
  'peer-silent': {
    check: 'peers',
    severity: 'warning',
    meaning: 'A replica does not answer. Its share goes to the others.',
    accepted: 'a replica that answers',
    advice: 'start it; open its PEER_LISTEN port for this one',
  },
  'peer-refused': {
    check: 'peers',
    severity: 'error',
    meaning:
      'A replica answers, and does not know the secret of this one. Nothing is shared with it.',
    accepted: 'one secret on all replicas',
    advice: 'give all replicas the same file as PEER_SECRET_PATH',
  },
  'bucket-silent': {
    check: 'bucket',
    severity: 'error',
    meaning: 'The object store does not answer. Pulls go upstream.',
    accepted: 'an object store that answers within 5 seconds',
    advice: 'correct S3_ENDPOINT and S3_REGION; trust its authority by /certs/upstream-ca.pem',
  },
  'bucket-refused': {
    check: 'bucket',
    severity: 'error',
    meaning: 'The object store does not accept the credentials, or they lack a right.',
    accepted: 's3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject',
    advice:
      'correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role; give it these rights',
  },
  'bucket-missing': {
    check: 'bucket',
    severity: 'error',
    meaning: 'There is no bucket of that name.',
    accepted: 'a bucket that exists',
    advice: 'make the bucket, or correct S3_BUCKET, S3_ENDPOINT and S3_PATH_STYLE',
  },
  'bucket-error': {
    check: 'bucket',
    severity: 'error',
    meaning: 'The object store answers with an error. Pulls go upstream.',
    accepted: 'an answer without an error',
    advice: 'look at the log of the object store',
  },
  'bucket-keeps-all': {
    check: 'bucket',
    severity: 'warning',
    meaning: 'No rule of the bucket deletes what no replica uses, so it grows for ever.',
    accepted: 'a lifecycle rule for S3_EXPIRE',
    advice:
      'give the right s3:PutLifecycleConfiguration, or set the rule that the log of the start prints',
  },
  'collector-silent': {
    check: 'collectors',
    severity: 'warning',
    meaning:
      'A log collector cannot be reached. Its lines wait in `LOG_FORWARD_QUEUE`, and are dropped when that is full.',
    accepted: 'a collector that takes connections',
    advice: 'correct LOG_FORWARD, or open the firewall for it',
  },
  'collector-untrusted': {
    check: 'collectors',
    severity: 'warning',
    meaning: 'The certificate of a log collector is not trusted, so it gets no lines.',
    accepted: 'a certificate of a trusted authority, for the name in LOG_FORWARD',
    advice: 'name its authority by LOG_FORWARD_CA_PATH',
  },
  'issuer-silent': {
    check: 'services',
    severity: 'error',
    meaning:
      'The keys of an issuer cannot be fetched. Its tokens are refused once the known keys are too old.',
    accepted: 'an issuer that takes connections',
    advice: 'correct the issuer or its keys in the policy file, or open the firewall for it',
  },
  'issuer-untrusted': {
    check: 'services',
    severity: 'error',
    meaning: 'The certificate of an issuer is not trusted, so its keys are not fetched.',
    accepted: 'a certificate of a trusted authority, for the name in the policy file',
    advice: 'add its authority to /certs/upstream-ca.pem',
  },
  'scanner-silent': {
    check: 'services',
    severity: 'error',
    meaning: 'A scanner of `admission` cannot be reached. New images of its rules get 503.',
    accepted: 'a scanner that takes connections',
    advice: 'correct `ask` in the policy file, start the scanner, or open the firewall for it',
  },
  'scanner-untrusted': {
    check: 'services',
    severity: 'error',
    meaning: 'The certificate of a scanner is not trusted. New images of its rules get 503.',
    accepted: 'a certificate of a trusted authority, for the name in `ask`',
    advice: 'add its authority to /certs/upstream-ca.pem',
  },
  'traces-silent': {
    check: 'services',
    severity: 'warning',
    meaning: 'The collector of traces cannot be reached, so traces are lost.',
    accepted: 'a collector that takes connections',
    advice: 'correct OTEL_EXPORTER_OTLP_ENDPOINT, or open the firewall for it',
  },
  'traces-untrusted': {
    check: 'services',
    severity: 'warning',
    meaning: 'The certificate of the collector of traces is not trusted, so it gets none.',
    accepted: 'a certificate of a trusted authority, for the name in the URL',
    advice: 'add its authority to /certs/upstream-ca.pem',
  },
} as const satisfies Readonly<Record<string, Fault>>;
