import { join } from 'node:path';
import {
  type AuthOptions,
  type CleanerOptions,
  type Credential,
  type EgressOptions,
  type LoggerOptions,
  onDemandFile,
  socketPath,
} from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { MAX_ON_DEMAND } from '../on-demand/parse.ts';
import type { UpstreamCredential } from '../pull-secret/credential.ts';
import { publicFile, type RenderContext, type RenderedTree, secretFile } from './tree.ts';

/** The options of each worker, and the secrets that they read, which stand apart. */
export function renderWorkers(model: Model, { run }: RenderContext): RenderedTree {
  const { settings } = model;
  const secret = (name: string) => join(run.secrets, name);
  const mayAsk = settings.ON_DEMAND_REGISTRIES.length > 0;
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
    upstreams: model.upstreams.map(({ id, key, url, ca, isOnDemand }) => ({
      id,
      key,
      url,
      ca,
      ...(mayAsk && { hotSocket: socketPath(run, `hot-${id}`) }),
      ...(isOnDemand && { isGuarded: true }),
    })),
    ...(mayAsk && {
      onDemand: {
        socket: socketPath(run, 'on-demand'),
        file: onDemandFile(settings.REGISTRYDIR),
        maxRegistries: MAX_ON_DEMAND,
        ca: model.upstreamCa,
      },
    }),
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

function revealCredentials(model: Model): Record<string, Credential> {
  return Object.fromEntries(
    model.upstreams.flatMap(({ id, credential }) =>
      credential === undefined ? [] : [[id, reveal(credential)]],
    ),
  );
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
