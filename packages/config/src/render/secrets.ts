import {
  type ClientCertificatesFile,
  type Credential,
  realmKey,
  type ScannerTokensFile,
  type TraceHeadersFile,
} from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import type { UpstreamCredential } from '../pull-secret/credential.ts';

/** The secrets of a model as text. No other file of this folder opens a `Secret`. */
export interface OpenSecrets {
  readonly bootSecret: string;
  readonly supervisorSecret: string;
  /** The private half, PEM. */
  readonly tokenKey: string;
  /** Certificate and key that peers see, PEM; undefined where there are none. */
  readonly peerCertificate: string | undefined;
  /** AUTH_REGISTRIES as it was given; empty for none. */
  readonly authRegistries: string;
  /** Headers for the collector of traces, by name. */
  readonly traceHeaders: TraceHeadersFile;
  /** By upstream, mirror, or token service. */
  readonly credentials: Readonly<Record<string, Credential>>;
  /** By upstream. */
  readonly clientCertificates: ClientCertificatesFile;
  /** By the URL of the scanner. */
  readonly scannerTokens: ScannerTokensFile;
}

/** Opens the secrets that rendered files need. Only `secretFile` and `ownFile` may hold them. */
export function openSecrets(model: Model): OpenSecrets {
  return {
    bootSecret: model.bootSecret.reveal(),
    supervisorSecret: model.supervisorSecret.reveal(),
    tokenKey: model.tokenKey.privatePem.reveal(),
    peerCertificate: model.peerCertificates?.shown.reveal(),
    authRegistries: model.settings.AUTH_REGISTRIES.reveal(),
    traceHeaders: Object.fromEntries(
      model.settings.OTEL_EXPORTER_OTLP_HEADERS.map(({ name, value }) => [name, value.reveal()]),
    ),
    credentials: openCredentials(model),
    clientCertificates: openCertificates(model),
    scannerTokens: Object.fromEntries(
      [...model.scannerTokens].map(([url, token]) => [url, token.reveal()]),
    ),
  };
}

function openCredentials({ upstreams, hostLogins }: Model): Record<string, Credential> {
  const own = upstreams
    .flatMap((upstream) => [upstream, ...upstream.mirrors])
    .flatMap(({ id, credential }) =>
      credential === undefined ? [] : [[id, open(credential)] as const],
    );
  const ofHosts = hostLogins.map(
    ({ host, username, password }) =>
      [realmKey(host), open({ kind: 'basic', username, password })] as const,
  );
  return Object.fromEntries([...own, ...ofHosts]);
}

function openCertificates({ upstreams }: Model): ClientCertificatesFile {
  return Object.fromEntries(
    upstreams.flatMap(({ id, clientCertificate }) =>
      clientCertificate === undefined
        ? []
        : [[id, { ...clientCertificate, key: clientCertificate.key.reveal() }] as const],
    ),
  );
}

function open(credential: UpstreamCredential): Credential {
  switch (credential.kind) {
    case 'basic':
      return { ...credential, password: credential.password.reveal() };
    case 'identity-token':
    case 'registry-token':
      return { ...credential, token: credential.token.reveal() };
    case 'helper':
    case 'cloud':
      return credential;
  }
}
