import { mkdir, readFile } from 'node:fs/promises';
import { openCatalog } from '@registry-cache/catalog';
import { HOSTED_ID, hostedDeletionsDir, hostedDir } from '@registry-cache/domain';
import {
  createLogger,
  giveBackWhenIdle,
  listenOnSocket,
  parseJson,
  readWorkerOptions,
  untilStopped,
  watchFile,
} from '@registry-cache/runtime';
import { ALL_RIGHTS, openCallerRights } from './access.ts';
import { Engine } from './engine/engine.ts';
import { HOSTED_OPTIONS } from './options.ts';
import { keepMetricsWritten } from './report/keep-metrics-written.ts';
import { HostedReport } from './report/report.ts';
import { RunningUploads } from './routes/running-uploads.ts';
import { createHostedServer } from './server.ts';
import { HostedStore } from './store/hosted-store.ts';
import { prepareTree } from './store/prepare-tree.ts';
import { Room } from './store/room.ts';
import { Claims } from './sweep/claims.ts';
import { Deletions } from './sweep/deletions.ts';
import { DigestGuard } from './sweep/digest-guard.ts';
import { keepSwept } from './sweep/keep-swept.ts';
import { Sweeper } from './sweep/sweeper.ts';

giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions(optionsFile, HOSTED_OPTIONS);
const log = createLogger('hosted', options.logLevel, options.logFormat);
const now = Date.now;
const root = hostedDir(options.storeRoot);
await prepareTree(root);
const watched = watchFile(optionsFile, options, {
  parse: (text) => parseJson(text, HOSTED_OPTIONS),
  onChange: ({ maxSizeBytes }) => log.info({ maxSizeBytes }, 'options read'),
  onBroken: (error) => log.error({ err: error }, 'options are not usable, the last ones stay'),
});

const store = new HostedStore(root);
const catalog = openCatalog(root);
const room = new Room();
const guard = new DigestGuard();
const claims = new Claims(now);
const deletions = new Deletions(hostedDeletionsDir(options.storeRoot));
await mkdir(hostedDeletionsDir(options.storeRoot), { recursive: true });
const uploads = new RunningUploads();
const report = new HostedReport();
const isBusy = (id: string) => uploads.has(id);
const sweeper = new Sweeper({ store, room, guard, claims, deletions, now, isBusy });
const sweeps = keepSwept(sweeper, deletions, log);
const engine = new Engine(options.engineSocket);
const findTags = (repository: string) => (digest: string) =>
  catalog.tagsLeadingTo({ upstreamId: HOSTED_ID, repository, digest });
const rights =
  options.accessFile === undefined
    ? ALL_RIGHTS
    : await openCallerRights(options.accessFile, findTags, log);
const server = createHostedServer({
  engine,
  engineSecret: (await readFile(options.engineSecretFile, 'utf8')).trim(),
  store,
  catalog,
  room,
  maxBytes: async () => (await watched.current()).maxSizeBytes,
  measured: sweeps.measured,
  guard,
  claims,
  deletions,
  uploads,
  rights,
  report,
  onDeletion: sweeps.onDeletion,
  log,
});

await listenOnSocket(server, { path: options.socket, mode: 0o660 });
log.info('started');
const collect = async () =>
  report.metrics({
    bytes: room.heldBytes,
    maxBytes: (await watched.current()).maxSizeBytes,
    freedBytes: sweeper.freedBytes,
  });
const metrics = keepMetricsWritten(options.metricsDir, collect, log);

log.info({ signal: await untilStopped() }, 'stopping');
metrics.stop();
sweeps.stop();
server.close();
server.closeAllConnections();
process.exit(0);
