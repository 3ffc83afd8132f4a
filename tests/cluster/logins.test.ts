import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHtpasswd } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PodPlan, pushRunnable, readPodEvents, startPod, waitForPod } from './pods.ts';
import { SERVICE_ACCOUNT_PORT } from './setup.ts';
import { type ClusterStage, openClusterStage } from './stage.ts';

const NAMESPACE = 'logins';
/** Its pods pull with a password. */
const APPS = 'apps';
/** Its service accounts may pull. */
const PROD = 'prod';
const PASSWORD = 'password-of-the-cluster';
const ADDRESS = `localhost:${SERVICE_ACCOUNT_PORT}`;
const ROLE = join(import.meta.dirname, '../../deploy/nodes/credential-provider-role.yaml');

let stage: ClusterStage;

beforeAll(async () => {
  stage = await openClusterStage();
  const { kubectl } = stage;
  const upstream = await stage.upstream();
  for (const name of ['closed', 'secret', 'account', 'token']) {
    await pushRunnable(upstream, `project/repository/${name}`, 'v1');
  }
  await stage.createNamespace(NAMESPACE);
  for (const name of [APPS, PROD]) await kubectl.run('create', 'namespace', name);
  await stage.install(NAMESPACE, {
    service: { nodePort: SERVICE_ACCOUNT_PORT },
    pullSecret: { content: JSON.stringify({ auths: { 'gar.test': {} } }) },
    htpasswd: { content: await makeHtpasswd({ cluster: PASSWORD }, 10) },
    policy: {
      upstreams: { 'gar.test': { url: upstream.url } },
      authentication: {
        issuers: [
          {
            issuer: 'https://kubernetes.default.svc.cluster.local',
            audience: 'registry-cache',
            user: 'sub',
            require: { 'kubernetes.io/namespace': PROD },
          },
        ],
      },
    },
    serviceAccount: { automount: true },
    settings: { DEFAULT_REGISTRY: 'gar.test' },
  });
  await kubectl.apply(readFileSync(ROLE, 'utf8'));
});

afterAll(async () => {
  for (const name of [APPS, PROD]) await stage?.kubectl.run('delete', 'namespace', name);
  await stage?.[Symbol.asyncDispose]();
});

it('a pod without a login cannot pull', async () => {
  const pod = planPod('closed', APPS);
  await startPod(stage.kubectl, pod);
  const readEvents = () => readPodEvents(stage.kubectl, pod.name, pod.namespace);
  await expect.poll(readEvents, { timeout: 60_000 }).toMatch(/Failed to pull.*40[13]/s);
});

it('a pod pulls with its imagePullSecret', async () => {
  await createPullSecret(APPS, 'cache-login', 'cluster', PASSWORD);
  await expectRuns({ ...planPod('secret', APPS), pullSecrets: ['cache-login'] });
});

it('a pod pulls as its service account, whose token the kubelet hands over', async () => {
  await stage.kubectl.run('create', 'serviceaccount', 'app', `--namespace=${PROD}`);
  await expectRuns({ ...planPod('account', PROD), serviceAccount: 'app' });
  const log = ['exec', 'deployment/registry-cache', `--namespace=${NAMESPACE}`];
  const readLog = () => stage.kubectl.run(...log, '--', 'registry-cache', 'logs');
  await expect.poll(readLog, { timeout: 30_000 }).toContain('system:serviceaccount:prod:app');
});

it('a token of a service account is a pull secret, as the document shows', async () => {
  const { kubectl } = stage;
  const token = await kubectl.run(
    ...['create', 'token', 'default', `--namespace=${PROD}`],
    '--audience=registry-cache',
    '--duration=24h',
  );
  await createPullSecret(PROD, 'registry-cache', 'token', token);
  const patch = JSON.stringify({ imagePullSecrets: [{ name: 'registry-cache' }] });
  await kubectl.run(
    ...['patch', 'serviceaccount', 'default', `--namespace=${PROD}`],
    `--patch=${patch}`,
  );
  await expectRuns(planPod('token', PROD));
});

function planPod(name: string, namespace: string): PodPlan {
  return { name, namespace, image: `${ADDRESS}/project/repository/${name}:v1` };
}

async function expectRuns(pod: PodPlan): Promise<void> {
  await startPod(stage.kubectl, pod);
  await waitForPod(stage.kubectl, pod);
}

async function createPullSecret(
  namespace: string,
  name: string,
  user: string,
  password: string,
): Promise<void> {
  await stage.kubectl.run(
    ...['create', 'secret', 'docker-registry', name, `--namespace=${namespace}`],
    ...[`--docker-server=${ADDRESS}`, `--docker-username=${user}`, `--docker-password=${password}`],
  );
}
