import { accessSync, readFileSync } from 'node:fs';
import {
  type Bundle,
  type Kubectl,
  makeImage,
  type PushTarget,
  pushBundle,
} from '@registry-cache/testbed';

/** A program without libraries that waits, which podman brings. */
const WAITING_PROGRAM = ['/usr/libexec/podman', '/usr/lib/podman', '/usr/bin']
  .map((folder) => `${folder}/catatonit`)
  .find((file) => {
    try {
      accessSync(file);
      return true;
    } catch {
      return false;
    }
  });

/** Pushes an image whose container runs until it is ended. */
export async function pushRunnable(
  target: PushTarget,
  repository: string,
  tag: string,
): Promise<Bundle> {
  if (WAITING_PROGRAM === undefined) throw new Error('catatonit is missing; podman needs it too');
  const content = readFileSync(WAITING_PROGRAM);
  const name = `${repository}:${tag}`;
  const image = makeImage({
    seed: name,
    // No other image has the same layer, which a node would not pull again.
    files: [
      { path: 'wait', content, mode: 0o755 },
      { path: 'name', content: Buffer.from(name) },
    ],
    entrypoint: ['/wait', '-P'],
  });
  await pushBundle(target, repository, tag, image);
  return image;
}

export interface PodPlan {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly node?: string;
  readonly pullSecrets?: readonly string[];
  readonly serviceAccount?: string;
}

/** Starts a pod. It has only as many rights as it needs. */
export async function startPod(kubectl: Kubectl, plan: PodPlan): Promise<void> {
  const { name, namespace, image, node, pullSecrets = [], serviceAccount } = plan;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      imagePullSecrets: pullSecrets.map((secret) => ({ name: secret })),
      ...(serviceAccount && { serviceAccountName: serviceAccount }),
      ...(node && { nodeSelector: { 'kubernetes.io/hostname': node } }),
      containers: [{ name: 'main', image, imagePullPolicy: 'Always' }],
    },
  };
  await kubectl.apply(JSON.stringify(pod));
}

/** @throws with the events of the pod if it does not run in time. */
export async function waitForPod(kubectl: Kubectl, { name, namespace }: PodPlan): Promise<void> {
  const wait = ['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=90s'];
  const { exitCode, stderr } = await kubectl.try(...wait, `--namespace=${namespace}`);
  if (exitCode !== 0)
    throw new Error(`${stderr}\n${await readPodEvents(kubectl, name, namespace)}`);
}

/** The messages of the events of a pod, one a line. */
export function readPodEvents(kubectl: Kubectl, name: string, namespace: string): Promise<string> {
  return kubectl.run(
    ...['get', 'events', `--namespace=${namespace}`],
    `--field-selector=involvedObject.name=${name}`,
    '--output=jsonpath={range .items[*]}{.message}{"\\n"}{end}',
  );
}

export interface CachePod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly address: string;
}

/** The replicas of the cache that run. */
export async function listCachePods(kubectl: Kubectl, namespace: string): Promise<CachePod[]> {
  const text = await kubectl.run(
    ...['get', 'pods', `--namespace=${namespace}`, '--output=json'],
    '--selector=app.kubernetes.io/component=cache',
    '--field-selector=status.phase=Running',
  );
  const { items } = JSON.parse(text) as { items: PodObject[] };
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      uid: metadata.uid,
      node: spec.nodeName,
      address: status.podIP ?? '',
    }));
}

interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly podIP?: string };
}
