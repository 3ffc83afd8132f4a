import { afterAll, beforeAll, expect, it } from 'vitest';
import { open, type Registered, runProgram } from '../../deploy/pulumi/src/testing/run-program.ts';
import { pushRunnable, startPod, waitForPod } from './pods.ts';
import { startPulumiConfig } from './pulumi-config.ts';
import { type ClusterStage, openClusterStage } from './stage.ts';

const NAMESPACE = 'pulumi';
/** Its pods pull with the Secret that the program makes. */
const APPS = 'pulumi-apps';
const PORT = 30_028;

const stack = new AsyncDisposableStack();
let stage: ClusterStage;
let resources: ReadonlyMap<string, Registered>;

beforeAll(async () => {
  stage = stack.use(await openClusterStage());
  const { config, behind } = await startPulumiConfig(stack, stage, {
    namespace: NAMESPACE,
    apps: APPS,
    nodePort: PORT,
  });
  await pushRunnable(behind, 'project/repository/app', 'v1');
  resources = await runProgram(config, ['registry-cache', `pull-secret-${APPS}`]);
  await stage.kubectl.run('create', 'namespace', APPS);
});

afterAll(async () => {
  await stage?.kubectl.run('delete', 'namespace', APPS);
  await stack.disposeAsync();
});

it('the objects of the program for Pulumi are accepted, and its release becomes ready', async () => {
  for (const name of ['namespace', 'node-login', `pull-secret-${APPS}`]) {
    await stage.kubectl.apply(JSON.stringify(toObject(resources.get(name))));
  }
  stage.adoptNamespace(NAMESPACE);
  const release = openAll(resources.get('registry-cache')?.inputs) as { values: object };
  await stage.install(NAMESPACE, release.values);
});

it('a pod pulls from Artifact Registry through the cache, with the Secret of the program', async () => {
  const pod = {
    name: 'app',
    namespace: APPS,
    image: `localhost:${PORT}/project/repository/app:v1`,
    pullSecrets: ['registry-cache-login'],
  };
  await startPod(stage.kubectl, pod);
  await waitForPod(stage.kubectl, pod);
  expect(resources.get('workload-identity')?.inputs.member).toContain(
    `[${NAMESPACE}/registry-cache]`,
  );
});

/** What Pulumi's provider for Kubernetes sends: the type as `apiVersion` and `kind`, and the inputs. */
function toObject(resource: Registered | undefined): object {
  const match = /^kubernetes:core\/v1:(\w+)$/.exec(resource?.type ?? '');
  if (match === null) throw new Error(`${resource?.type} is no object of Kubernetes' core`);
  return { apiVersion: 'v1', kind: match[1], ...(openAll(resource?.inputs) as object) };
}

/** The values of all secrets in it. */
function openAll(value: unknown): unknown {
  const opened = open(value);
  if (Array.isArray(opened)) return opened.map(openAll);
  if (typeof opened !== 'object' || opened === null) return opened;
  return Object.fromEntries(Object.entries(opened).map(([key, one]) => [key, openAll(one)]));
}
