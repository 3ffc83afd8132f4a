/** Bundles by the admin API, beside the same commands in the container. */
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  makeTemporaryFolder,
  openNetwork,
  startAppliance,
  startRegistry,
} from '@registry-cache/testbed';
import { storeImageOfZeros } from '../../tests/e2e/sparse-images.ts';
import { describeUpstreams } from '../../tests/e2e/stage.ts';
import type { Row } from './lib/table.ts';
import { runInside, timeBoth } from './lib/time-both.ts';

const LAYER_BYTES = 256_000_000;
const LAYERS = 4;
const IMAGE = 'quay.io/bench/large:v1';
const PASSWORD = 'pass of ann';

export async function benchBundlesElsewhere(): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await openNetwork());
  const upstream = stack.use(await startRegistry({ host: network.gateway }));
  const folder = stack.use(await makeTemporaryFolder('bundles-elsewhere'));
  // The programs of the container run as another user.
  await chmod(folder.path, 0o777);
  const described = describeUpstreams({ 'quay.io': upstream });
  const access = { anonymous: ['pull', 'fetch'], admin: ['ann'] };
  const open = async () => {
    return stack.use(
      await startAppliance({
        ...{ network, ...described, passwords: { ann: PASSWORD } },
        policyYaml: JSON.stringify({ ...JSON.parse(described.policyYaml), access }),
        env: { ADMIN_LISTEN: ':8445' },
        extraMounts: [`${folder.path}:/bundles`],
      }),
    );
  };
  const near = await open();
  await storeImageOfZeros(near.storeDir, 'bench/large', Array(LAYERS).fill(LAYER_BYTES));
  const far = await open();
  return [await benchExport(near, folder.path), await benchImport(far)];
}

const ofBytes = `an image of ${LAYERS} layers of ${LAYER_BYTES / 1e6} MB`;
/** The client runs in the container as well, so that both sides have the same processors. */
const REMOTE = `REGISTRY_CACHE_LOGIN='ann:${PASSWORD}' registry-cache --server https://localhost:8445 --ca /certs/certs.pem`;

async function benchExport(near: Appliance, folder: string): Promise<Row> {
  const clear = (name: string) => rm(join(folder, name), { force: true });
  const [ours, bare] = await timeBoth({
    ours: async () => {
      await clear('remote.tar');
      await runInside(near, 'sh', '-c', `${REMOTE} export --out /bundles/remote.tar ${IMAGE}`);
    },
    theirs: async () => {
      await clear('local.tar');
      const out = 'registry-cache export --out -';
      await runInside(near, 'sh', '-c', `${out} ${IMAGE} >/bundles/local.tar`);
    },
  });
  const work = `export ${ofBytes} as a tar by --server, compared with the command in the container`;
  return { work, unit: 's', ours, bare, aim: { atMost: 1.5 } };
}

async function benchImport(far: Appliance): Promise<Row> {
  // Each round is one into an empty store.
  const clear = () => rm(join(far.storeDir, 'blobs/sha256'), { recursive: true, force: true });
  const [ours, bare] = await timeBoth({
    ours: async () => {
      await clear();
      await runInside(far, 'sh', '-c', `${REMOTE} import /bundles/local.tar`);
    },
    theirs: async () => {
      await clear();
      await runInside(far, 'registry-cache', 'import', '/bundles/local.tar');
    },
  });
  // An upload is kept whole before anything of it counts.
  const work = 'import this tar by --server, compared with the command in the container';
  return { work, unit: 's', ours, bare, aim: { atMost: 2 } };
}
