import { join } from 'node:path';
import type { AccessOptions } from '@registry-cache/access';
import {
  type AdminOptions,
  type AuthOptions,
  auditFile,
  type CleanerOptions,
  doctorFiles,
  type HostedOptions,
  type IssuersFile,
  type JobsOptions,
  type LoggerOptions,
  type RunPaths,
  type ServedNames,
  socketPath,
} from '@registry-cache/domain';
import { buildOpenAccess } from '../model/access.ts';
import type { Model } from '../model/build.ts';
import { describeExplainFacts } from '../model/explain-facts.ts';
import { hasLogin } from '../model/has-login.ts';
import { takesUploads } from '../model/lets-push.ts';
import { describeNames } from '../references/names-file.ts';
import { findClientAddress } from '../settings/client-address.ts';
import type { Settings } from '../settings/table.ts';
import { COMMAND_LINE } from './command-line.ts';
import type { RenderContext } from './context.ts';
import { mustDecide } from './deciding.ts';
import { describeEgress } from './egress-options.ts';
import { publicFile, type RenderedTree } from './file.ts';
import { formatJson } from './format-json.ts';
import { describeEvents, planHistory } from './history.ts';
import { nameCollectors } from './rsyslog.ts';

/** 16 MiB twice: the access log lives in the run directory, which is usually memory. */
const ROTATE_AT_BYTES = 16 * 1024 * 1024;

/** 32 MiB twice: the audit log lives in the store's volume. */
const ROTATE_AUDIT_AT_BYTES = 32 * 1024 * 1024;

/** The options of each worker. Secrets stand in files of their own, which options only name. */
export function renderWorkers(model: Model, { run }: RenderContext): RenderedTree {
  const { settings } = model;
  const options = {
    egress: describeEgress(model, run),
    cleaner: describeCleaner(settings, run),
    logger: describeLogger(settings, run),
    admin: describeAdmin(model, run),
    ...(settings.ADMIN_LISTEN !== '' && { operators: model.operators }),
    registries: nameRegistries(model),
    names: describeNames(model),
    explain: describeExplainFacts(model),
    ...(model.warm.length > 0 && { jobs: describeJobs(model, run) }),
    ...(takesUploads(model) && { hosted: describeHosted(model, run) }),
    ...(mustDecide(model) && {
      auth: describeAuth(model, run),
      issuers: describeIssuers(model),
      access: describeAccess(model),
    }),
  };
  return new Map(
    Object.entries(options).map(([worker, values]) => [
      `etc/${worker}.json`,
      publicFile(formatJson(values)),
    ]),
  );
}

function describeCleaner(settings: Settings, run: RunPaths): CleanerOptions {
  return {
    logLevel: settings.LOG_LEVEL,
    logFormat: settings.LOG_FORMAT,
    storeRoot: settings.REGISTRYDIR,
    maxSizeBytes: settings.CLEANER_MAXSIZE,
    thresholdPercent: settings.CLEANER_THRESHOLD_PERCENTAGE,
    everyMs: settings.CLEANER_RUNEVERY_TIME,
    minFree: settings.CLEANER_MIN_FREE,
    socket: socketPath(run, 'cleaner'),
    events: describeEvents(settings, 'cleaner'),
    metricsDir: run.metrics,
  };
}

function describeHosted(model: Model, run: RunPaths): HostedOptions {
  const { settings, hosted, upstreams } = model;
  return {
    logLevel: settings.LOG_LEVEL,
    logFormat: settings.LOG_FORMAT,
    socket: socketPath(run, 'hosted'),
    engineSocket: socketPath(run, 'hosted-engine'),
    engineSecretFile: join(run.secrets, 'boot-secret'),
    storeRoot: settings.REGISTRYDIR,
    cleanerSocket: socketPath(run, 'cleaner'),
    egressSocket: socketPath(run, 'egress'),
    registries: upstreams.map(({ id, host, prefixes, hasLibrary }) => {
      return { id, host, prefixes, hasLibrary };
    }),
    maxSizeBytes: hosted?.maxSizeBytes ?? 0,
    // Without rules the edge tells no caller, and whoever is let in may pull everything.
    ...(model.access && { accessFile: join(run.etc, 'access.json') }),
    metricsDir: run.metrics,
  };
}

function namesFile({ etc }: RunPaths): string {
  return join(etc, 'names.json');
}

function describeJobs({ settings, warm }: Model, run: RunPaths): JobsOptions {
  return {
    logLevel: settings.LOG_LEVEL,
    logFormat: settings.LOG_FORMAT,
    storeRoot: settings.REGISTRYDIR,
    metricsDir: run.metrics,
    egressSocket: socketPath(run, 'egress'),
    command: [COMMAND_LINE, 'warm', '--followed', namesFile(run)],
    lists: warm,
  };
}

function describeLogger(settings: Settings, run: RunPaths): LoggerOptions {
  return {
    logLevel: settings.LOG_LEVEL,
    logFormat: settings.LOG_FORMAT,
    storeRoot: settings.REGISTRYDIR,
    logPipe: run.logPipe,
    accessLog: run.accessLog,
    rotateAtBytes: ROTATE_AT_BYTES,
    audit: { file: auditFile(settings.REGISTRYDIR), rotateAtBytes: ROTATE_AUDIT_AT_BYTES },
    registriesFile: join(run.etc, 'registries.json'),
    stateFile: join(run.state, 'logger.json'),
    metricsDir: run.metrics,
    ...(settings.LOG_FORWARD.length > 0 && {
      forward: {
        reportPipe: run.reportPipe,
        collectors: nameCollectors(settings.LOG_FORWARD),
      },
    }),
  };
}

function describeAdmin(model: Model, run: RunPaths): AdminOptions {
  const { settings, upstreams, hosted } = model;
  return {
    logLevel: settings.LOG_LEVEL,
    logFormat: settings.LOG_FORMAT,
    socket: socketPath(run, 'admin'),
    storeRoot: settings.REGISTRYDIR,
    metricsDirs: [run.metrics, run.config],
    egressSocket: socketPath(run, 'egress'),
    bootSecretFile: join(run.secrets, 'boot-secret'),
    registriesFile: join(run.etc, 'registries.json'),
    command: [COMMAND_LINE],
    namesFile: namesFile(run),
    explainFile: join(run.etc, 'explain.json'),
    clientAddress: findClientAddress(settings),
    doctor: doctorFiles(run),
    ...(settings.ADMIN_LISTEN !== '' && {
      remote: {
        socket: socketPath(run, 'admin-remote'),
        authSocket: socketPath(run, 'auth'),
        rulesFile: join(run.etc, 'operators.json'),
      },
    }),
    history: { accessLog: run.accessLog, maxBytes: planHistory(settings).databaseBytes },
    upstreams: [
      ...upstreams.map(({ id, key }) => ({ id, name: key })),
      ...(hosted?.names ?? []).map((name) => ({ id: name, name })),
    ],
  };
}

/** The log has ids. Those of namespaces and of long hosts do not tell the registry. */
function nameRegistries({ upstreams, hosted }: Model): ServedNames {
  const ofUpstreams = upstreams.map(({ id, key, host }) => [id, { key, host }] as const);
  const ofHosted = (hosted?.names ?? []).map((name) => [name, { key: name, host: name }] as const);
  return Object.fromEntries([...ofUpstreams, ...ofHosted]);
}

/** What decides who may do what. Workers read it again whenever it changes. */
function describeAccess(model: Model): AccessOptions {
  const { access, upstreams, hosted } = model;
  const registries = [
    ...upstreams.map(({ id, host }) => [id, host] as const),
    ...(hosted?.names ?? []).map((name) => [name, name] as const),
  ];
  const policy = access ?? buildOpenAccess(upstreams, hasLogin(model));
  return {
    policy,
    registries: Object.fromEntries(registries),
    ...(hosted && { hosted: hosted.names }),
  };
}

function describeAuth({ settings, htpasswd }: Model, run: RunPaths): AuthOptions {
  return {
    logLevel: settings.LOG_LEVEL,
    logFormat: settings.LOG_FORMAT,
    socket: socketPath(run, 'auth'),
    htpasswdFile: htpasswd === undefined ? undefined : join(run.secrets, 'htpasswd'),
    issuersFile: join(run.etc, 'issuers.json'),
    accessFile: join(run.etc, 'access.json'),
    egressSocket: socketPath(run, 'egress'),
    bootSecretFile: join(run.secrets, 'boot-secret'),
    storeRoot: settings.REGISTRYDIR,
    tokenKeyFile: join(run.secrets, 'token-key'),
    metricsDir: run.metrics,
  };
}

function describeIssuers({ issuers, upstreamCa }: Model): IssuersFile {
  return { issuers, ca: upstreamCa };
}
