import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCatalog } from '@registry-cache/catalog';
import {
  egressDir,
  hostedDeletionsDir,
  hostedDir,
  INTERNAL_HEADERS,
  type ServedRegistry,
} from '@registry-cache/domain';
import { type ImportTarget, openTarget } from '@registry-cache/intake';
import { createLogger } from '@registry-cache/runtime';
import { Client, type Dispatcher } from 'undici';
import { ALL_RIGHTS, type CallerRights } from '../access.ts';
import { Engine } from '../engine/engine.ts';
import type { Mirror } from '../mirrored/mirror.ts';
import { Turns } from '../mirrored/turns.ts';
import { HostedReport } from '../report/report.ts';
import type { Context, Reserve } from '../routes/context.ts';
import { RunningUploads } from '../routes/running-uploads.ts';
import { createHostedServer } from '../server.ts';
import { BegunUploads } from '../store/begun-uploads.ts';
import { HostedStore } from '../store/hosted-store.ts';
import { prepareTree } from '../store/prepare-tree.ts';
import { Room } from '../store/room.ts';
import { UploadedParts } from '../store/uploaded-parts.ts';
import { Claims } from '../sweep/claims.ts';
import { Deletions } from '../sweep/deletions.ts';
import { DigestGuard } from '../sweep/digest-guard.ts';
import { type Fetch, openEgress } from './fake-egress.ts';
import { openEngine } from './fake-engine.ts';
import { listen } from './listen.ts';

/** The registries that are served. */
const REGISTRIES: readonly ServedRegistry[] = ['quay.test', 'other.test'].map((host) => ({
  id: host,
  host,
  prefixes: [host],
  hasLibrary: false,
}));

export interface OpenMirror {
  readonly root: string;
  readonly target: ImportTarget;
  readonly hosted: HostedStore;
  readonly deletions: Deletions;
  /** Asks as the edge does. An upstream's id means a push into its name. */
  ask(
    method: string,
    path: string,
    options?: {
      readonly upstreamId?: string;
      readonly body?: string | Uint8Array;
      /** The user that the edge names. */
      readonly user?: string;
    },
  ): Promise<{ status: number; headers: Dispatcher.ResponseData['headers']; text: string }>;
  readonly socketPath: string;
}

export interface MirrorOptions {
  readonly rights?: Partial<CallerRights>;
  readonly reserve?: Reserve;
  /** Brings parts into the store. Left out: no registry is reached. */
  readonly fetchPart?: Fetch;
  /** Changes what the worker writes to the store by. */
  readonly alterTarget?: (target: ImportTarget) => ImportTarget;
}

export function digestOf(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The worker over a store of its own, with an engine, and an egress that reaches nothing. */
export async function openMirror(
  stack: AsyncDisposableStack,
  {
    rights = {},
    reserve = async () => true,
    fetchPart = async () => 'it is away',
    alterTarget = (target) => target,
  }: MirrorOptions = {},
): Promise<OpenMirror> {
  const root = await mkdtemp(join(tmpdir(), 'mirror-'));
  stack.defer(() => rm(root, { recursive: true, force: true }));
  await prepareTree(hostedDir(root));
  await mkdir(egressDir(root), { recursive: true });
  const hosted = new HostedStore(hostedDir(root));
  const deletions = new Deletions(hostedDeletionsDir(root));
  const socketPath = join(root, 'hosted.sock');
  await openEngine(stack, join(root, 'engine.sock'), hosted);
  const engine = new Engine(join(root, 'engine.sock'));
  stack.defer(() => engine.close());
  const egress = await openEgress(stack, join(root, 'egress.sock'), fetchPart);
  const context: Context = {
    engine,
    engineSecret: 'secret',
    store: hosted,
    catalog: openCatalog(hosted.root),
    room: new Room(),
    maxBytes: async () => Number.POSITIVE_INFINITY,
    measured: Promise.resolve(),
    guard: new DigestGuard(),
    claims: new Claims(Date.now),
    deletions,
    uploads: new RunningUploads(),
    begun: new BegunUploads(),
    uploaded: new UploadedParts(Date.now),
    rights: { ...ALL_RIGHTS, ...rights },
    findTags: () => async () => [],
    report: new HostedReport(),
    onDeletion: () => undefined,
  };
  const mirror: Mirror = {
    uploads: { ...context, room: new Room(), reserve },
    storeRoot: root,
    openTarget: (upstreamId) => alterTarget(openTarget(root, upstreamId)),
    reserve,
    egress: egress.door,
    registries: async () => REGISTRIES,
    findTags: () => async () => [],
    turns: new Turns(),
  };
  const log = createLogger('hosted', 'fatal');
  await listen(stack, createHostedServer({ ...context, mirror, log }), socketPath);
  const client = new Client('http://hosted', { socketPath });
  stack.defer(() => client.destroy());
  return {
    root,
    target: openTarget(root, 'quay.test'),
    hosted,
    deletions,
    socketPath,
    async ask(method, path, { upstreamId, body, user } = {}) {
      const caller = JSON.stringify({ user, groups: [], address: '10.0.0.1' });
      const headers = {
        ...(upstreamId !== undefined && { [INTERNAL_HEADERS.mirrored.key]: upstreamId }),
        ...(user !== undefined && {
          [INTERNAL_HEADERS.caller.key]: Buffer.from(caller).toString('base64url'),
        }),
      };
      const answer = await client.request({ method, path, headers, ...(body && { body }) });
      const text = await answer.body.text();
      return { status: answer.statusCode, headers: answer.headers, text };
    },
  };
}
