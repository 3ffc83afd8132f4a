import { join } from 'node:path';
import {
  type AuthOptions,
  type CleanerOptions,
  type Credential,
  type EgressOptions,
  type LoggerOptions,
  realmKey,
  socketPath,
} from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import type { UpstreamCredential } from '../pull-secret/credential.ts';
import { AUTH_REGISTRIES_FILE } from '../settings/kept.ts';
import { publicFile, type RenderContext, type RenderedTree, secretFile } from './tree.ts';

/** The options of each worker, and the secrets that they read, which stand apart. */
export function renderWorkers(model: Model, { run }: RenderContext): RenderedTree {
  const { settings } = model;
  const secret = (name: string) => join(run.secrets, name);
  const egress: EgressOptions = {
    logLevel: settings.LOG_LEVEL,
    port: settings.EGRESS_PORT,
    socket: socketPath(run, 'egress'),
    bootSecretFile: secret('boot-secret'),
    credentialsFile: secret('credentials.json'),
    timeouts: {
      connectMs: settings.EGRESS_CONNECT_TIMEOUT,
      headersMs: settings.EGRESS_HEADERS_TIMEOUT,
      idleMs: settings.EGRESS_IDLE_TIMEOUT,
    },
    metrics: { dir: run.metrics, haproxySocket: socketPath(run, 'haproxy-metrics') },
    tunnel: { forbidden: settings.CONNECT_FORBIDDEN },
    upstreams: model.upstreams.map(({ id, key, url, ca }) => ({ id, key, url, ca })),
  };
  const cleaner: CleanerOptions = {
    logLevel: settings.LOG_LEVEL,
    storeRoot: settings.REGISTRYDIR,
    maxSizeBytes: settings.CLEANER_MAXSIZE,
    thresholdPercent: settings.CLEANER_THRESHOLD_PERCENTAGE,
    everyMs: settings.CLEANER_RUNEVERY_TIME,
    metricsDir: run.metrics,
  };
  const logger: LoggerOptions = {
    logLevel: settings.LOG_LEVEL,
    storeRoot: settings.REGISTRYDIR,
    accessLog: run.accessLog,
    stateFile: join(run.state, 'logger.json'),
    metricsDir: run.metrics,
  };
  const tree = new Map([
    ['etc/egress.json', publicFile(toJson(egress))],
    ['etc/cleaner.json', publicFile(toJson(cleaner))],
    ['etc/logger.json', publicFile(toJson(logger))],
    ['secrets/boot-secret', secretFile(model.bootSecret.reveal())],
    ['secrets/credentials.json', secretFile(toJson(revealCredentials(model)))],
  ]);
  const authRegistries = settings.AUTH_REGISTRIES.reveal();
  if (authRegistries !== '') tree.set(AUTH_REGISTRIES_FILE, secretFile(authRegistries));
  if (model.htpasswd !== undefined) {
    const auth: AuthOptions = {
      logLevel: settings.LOG_LEVEL,
      socket: socketPath(run, 'auth'),
      htpasswdFile: secret('htpasswd'),
      tokenKeyFile: secret('token-key'),
    };
    tree.set('etc/auth.json', publicFile(toJson(auth)));
    tree.set('secrets/htpasswd', secretFile(model.htpasswd));
    tree.set('secrets/token-key', secretFile(model.tokenKey.privatePem.reveal()));
    tree.set('secrets/token-key.pub', publicFile(model.tokenKey.publicPem));
  }
  return tree;
}

function revealCredentials({ upstreams, hostLogins }: Model): Record<string, Credential> {
  const own = upstreams.flatMap(({ id, credential }) =>
    credential === undefined ? [] : [[id, reveal(credential)] as const],
  );
  const ofHosts = hostLogins.map(
    ({ host, username, password }) =>
      [realmKey(host), reveal({ kind: 'basic', username, password })] as const,
  );
  return Object.fromEntries([...own, ...ofHosts]);
}

function reveal(credential: UpstreamCredential): Credential {
  switch (credential.kind) {
    case 'basic':
      return { ...credential, password: credential.password.reveal() };
    case 'identity-token':
      return { ...credential, token: credential.token.reveal() };
    case 'helper':
      return credential;
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
