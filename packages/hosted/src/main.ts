import { mkdir, readFile, realpath } from 'node:fs/promises';
import { openCatalog } from '@registry-cache/catalog';
import { HOSTED_ID, hostedDeletionsDir, hostedDir } from '@registry-cache/domain';
import { openTarget, reserve } from '@registry-cache/intake';
import {
  createLogger,
  giveBackWhenIdle,
  keepMetricsWritten,
  listenOnSocket,
  parseJson,
  readWorkerOptions,
  untilStopped,
  watchFile,
} from '@registry-cache/runtime';
import { ALL_RIGHTS, openCallerRights } from './access.ts';
import { Engine } from './engine/engine.ts';
import { EgressDoor } from './mirrored/egress-door.ts';
import type { Mirror } from './mirrored/mirror.ts';
import { Turns } from './mirrored/turns.ts';
import { HOSTED_OPTIONS } from './options.ts';
import { HostedReport } from './report/report.ts';
import type { Context, Reserve } from './routes/context.ts';
import { RunningUploads } from './routes/running-uploads.ts';
import { createHostedServer } from './server.ts';
import { BegunUploads } from './store/begun-uploads.ts';
import { HostedStore } from './store/hosted-store.ts';
import { prepareTree } from './store/prepare-tree.ts';
import { Room } from './store/room.ts';
import { UploadedParts } from './store/uploaded-parts.ts';
import { Claims } from './sweep/claims.ts';
import { Deletions } from './sweep/deletions.ts';
import { DigestGuard } from './sweep/digest-guard.ts';
import { keepSwept } from './sweep/keep-swept.ts';
import { Sweeper } from './sweep/sweeper.ts';

/** A run of the cleaner takes seconds. */
const RESERVE_MS = 60_000;

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
const begun = new BegunUploads();
const guard = new DigestGuard();
const claims = new Claims(now);
const deletions = new Deletions(hostedDeletionsDir(options.storeRoot));
await mkdir(hostedDeletionsDir(options.storeRoot), { recursive: true });
const uploads = new RunningUploads();
const report = new HostedReport();
const isBusy = (id: string) => uploads.has(id);
const sweeper = new Sweeper({ store, room, begun, guard, claims, deletions, now, isBusy });
const sweeps = keepSwept(sweeper, deletions, log);
const engine = new Engine(options.engineSocket);
const rights =
  options.accessFile === undefined ? ALL_RIGHTS : await openCallerRights(options.accessFile, log);
const secret = (await readFile(options.engineSecretFile, 'utf8')).trim();
const hosted: Context = {
  engine,
  engineSecret: secret,
  store,
  catalog,
  room,
  maxBytes: async () => (await watched.current()).maxSizeBytes,
  measured: sweeps.measured,
  guard,
  claims,
  deletions,
  uploads,
  begun,
  uploaded: new UploadedParts(now),
  rights,
  findTags: (repository) => (digest) =>
    catalog.tagsLeadingTo({ upstreamId: HOSTED_ID, repository, digest }),
  report,
  onDeletion: sweeps.onDeletion,
};
const storeRoot = await realpath(options.storeRoot);
const cached = openCatalog(storeRoot);
const reserveRoom: Reserve = (bytes, grantedBytes) =>
  reserve(options.cleanerSocket, bytes, AbortSignal.timeout(RESERVE_MS), grantedBytes);
const mirror: Mirror = {
  uploads: {
    ...hosted,
    room: new Room(),
    maxBytes: async () => Number.POSITIVE_INFINITY,
    measured: Promise.resolve(),
    reserve: reserveRoom,
  },
  storeRoot,
  openTarget: (upstreamId) => openTarget(storeRoot, upstreamId),
  reserve: reserveRoom,
  egress: new EgressDoor(options.egressSocket, secret),
  registries: async () => (await watched.current()).registries,
  findTags: (upstreamId, repository) => (digest) =>
    cached.tagsLeadingTo({ upstreamId, repository, digest }),
  turns: new Turns(),
};
const server = createHostedServer({ ...hosted, mirror, log });

await listenOnSocket(server, { path: options.socket, mode: 0o660 });
log.info('started');
const collect = async () =>
  report.metrics({
    bytes: room.heldBytes,
    maxBytes: (await watched.current()).maxSizeBytes,
    freedBytes: sweeper.freedBytes,
  });
const { metricsDir } = options;
const metrics = keepMetricsWritten({ metricsDir, program: 'hosted', collect, log });

log.info({ signal: await untilStopped() }, 'stopping');
metrics.stop();
sweeps.stop();
server.close();
server.closeAllConnections();
process.exit(0);
