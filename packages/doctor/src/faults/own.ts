import type { Fault } from './fault.ts';

/** Faults of the files and settings of the operator. */
export const OWN_FAULTS = {
  'input-broken': {
    check: 'inputs',
    severity: 'error',
    meaning:
      'A setting or a file cannot be understood, read, or used with another one. A start ends with it; a running cache keeps the last good configuration.',
    accepted: 'input that can be understood',
    advice: 'mend it, and run `registry-cache check`',
  },
  'entry-left-out': {
    check: 'inputs',
    severity: 'error',
    meaning:
      'Nobody can understand an entry of the pull secret. Its registry is served without a login, or not at all.',
    accepted: 'an entry as docker and podman write it',
    advice: 'mend the entry: log in again with `podman login --authfile`',
  },
  'input-odd': {
    check: 'inputs',
    severity: 'warning',
    meaning: 'An input may not mean what its writer thinks.',
    accepted: 'input with one meaning',
    advice: 'write what is meant, or remove it',
  },
  'hash-cheap': {
    check: 'inputs',
    severity: 'warning',
    meaning: 'Passwords of clients are kept by hashes that can be guessed fast.',
    accepted: 'bcrypt of cost 10 or more',
    advice: 'make the lines again with `registry-cache htpasswd USER`',
  },
  'variable-unread': {
    check: 'inputs',
    severity: 'warning',
    meaning: 'No program reads a variable whose name looks like a setting.',
    accepted: 'the names that `registry-cache settings` prints',
    advice: 'remove the variable, or correct its name',
  },
  'certificate-ended': {
    check: 'certificate',
    severity: 'error',
    meaning: 'Clients refuse the cache: its certificate has ended.',
    accepted: 'a certificate that is valid now',
    advice:
      'put a new certificate there; one that was made here is made again if you remove it and restart',
  },
  'certificate-ends': {
    check: 'certificate',
    severity: 'warning',
    meaning:
      'The certificate ends within 30 days. In its last three days this is an error. Clients refuse the cache after it.',
    accepted: 'at least 30 days left',
    advice: 'renew the certificate; the cache takes the new file within seconds',
  },
  'certificate-early': {
    check: 'certificate',
    severity: 'error',
    meaning: 'The certificate is not valid yet, or the clock of this machine is behind.',
    accepted: 'a certificate that is valid now',
    advice: 'compare the clock (`date --utc`), or put another certificate there',
  },
  'certificate-names': {
    check: 'certificate',
    severity: 'warning',
    meaning:
      'The certificate lacks names that `CERTIFICATE_NAMES` asks for. Clients that use them refuse it.',
    accepted: 'every name of CERTIFICATE_NAMES',
    advice:
      'order a certificate with these names; one that was made here is made again if you remove it and restart',
  },
  'certificate-chain': {
    check: 'certificate',
    severity: 'warning',
    meaning:
      'The file lacks the certificate of the authority that issued the first one. Clients that do not know it by themselves refuse the cache.',
    accepted: 'the certificate and its chain, up to a root',
    advice: 'append the intermediate certificates of your authority to the file',
  },
  'authority-ended': {
    check: 'trusted',
    severity: 'warning',
    meaning:
      'An authority that you trust towards upstreams has ended, so it proves nothing any more.',
    accepted: 'authorities that are valid now',
    advice: 'replace the certificate in that file, or remove it',
  },
  'client-certificate-ended': {
    check: 'trusted',
    severity: 'error',
    meaning: 'A registry that asks for a certificate (mTLS) refuses the cache.',
    accepted: 'a client certificate that is valid now',
    advice: 'renew the file that clientCertificate.cert of the policy names',
  },
  'client-certificate-ends': {
    check: 'trusted',
    severity: 'warning',
    meaning: 'The certificate that the cache shows to a registry ends within 30 days.',
    accepted: 'at least 30 days left',
    advice: 'renew the file that clientCertificate.cert of the policy names',
  },
  'passwords-in-clear': {
    check: 'ingress',
    severity: 'warning',
    meaning:
      'Clients may send passwords to `HTTP_LISTEN`, and anybody on the network can read them.',
    accepted: 'a loopback address, or TRUSTED_PROXIES of an ingress that ends TLS',
    advice: 'set HTTP_LISTEN=127.0.0.1:PORT, or TRUSTED_PROXIES',
  },
  'proxies-everybody': {
    check: 'ingress',
    severity: 'warning',
    meaning:
      '`TRUSTED_PROXIES` holds the whole network, so any client may say whose request it sends. Rules by address and limits by address count for nothing.',
    accepted: 'the addresses of the proxies alone',
    advice: 'name the networks of your proxies in TRUSTED_PROXIES',
  },
} as const satisfies Readonly<Record<string, Fault>>;
