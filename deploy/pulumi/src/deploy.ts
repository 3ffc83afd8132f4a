import { resolve } from 'node:path';
import { IAMMember } from '@pulumi/gcp/serviceaccount/iammember.js';
import kubernetes from '@pulumi/kubernetes';
import type { Output } from '@pulumi/pulumi';
import { buildChartValues, NODE_LOGIN, PEER_SECRET, SERVICE_ACCOUNT } from './chart-values.ts';
import { formatPullLogin } from './pull-login.ts';
import type { StackSettings } from './settings.ts';

const CHART = resolve(import.meta.dirname, '../../helm/registry-cache');

/** What `pulumi stack output` tells. */
export interface StackOutputs {
  readonly releaseName: Output<string>;
  readonly workloadIdentityMember: Output<string>;
}

/** Every resource of the stack. */
export function deploy(settings: StackSettings): StackOutputs {
  const namespace = new kubernetes.core.v1.Namespace('namespace', {
    metadata: {
      name: settings.namespace,
      // The DaemonSet writes files of the nodes.
      labels: { 'pod-security.kubernetes.io/enforce': 'privileged' },
    },
  });
  const binding = bindIdentity(settings);
  const nodeLogin = createNodeLogin(settings, namespace);
  const peerSecrets = createPeerSecrets(settings, namespace);
  // A release, not its rendered objects: only Helm keeps the certificate that it has made.
  const release = new kubernetes.helm.v3.Release(
    'registry-cache',
    {
      name: 'registry-cache',
      namespace: namespace.metadata.name,
      chart: CHART,
      values: buildChartValues(settings),
    },
    { dependsOn: [binding, nodeLogin, ...peerSecrets] },
  );
  for (const one of settings.pullSecretNamespaces) createPullSecret(settings, one);
  return { releaseName: release.name, workloadIdentityMember: binding.member };
}

/** Lets the service account of the cluster act as the one of Google. */
function bindIdentity({ googleProject, googleServiceAccount, namespace }: StackSettings) {
  const account = `${namespace}/${SERVICE_ACCOUNT}`;
  return new IAMMember('workload-identity', {
    serviceAccountId: `projects/${googleProject}/serviceAccounts/${googleServiceAccount}`,
    role: 'roles/iam.workloadIdentityUser',
    member: `serviceAccount:${googleProject}.svc.id.goog[${account}]`,
  });
}

function createNodeLogin(
  { registryLogin }: StackSettings,
  namespace: kubernetes.core.v1.Namespace,
): kubernetes.core.v1.Secret {
  return new kubernetes.core.v1.Secret('node-login', {
    metadata: { name: NODE_LOGIN, namespace: namespace.metadata.name },
    stringData: { login: registryLogin },
  });
}

/** None where each replica fetches for itself. */
function createPeerSecrets(
  { peerSecret }: StackSettings,
  namespace: kubernetes.core.v1.Namespace,
): kubernetes.core.v1.Secret[] {
  if (peerSecret === undefined) return [];
  return [
    new kubernetes.core.v1.Secret('peer-secret', {
      metadata: { name: PEER_SECRET, namespace: namespace.metadata.name },
      stringData: { secret: peerSecret },
    }),
  ];
}

function createPullSecret(settings: StackSettings, namespace: string): void {
  const { registryLogin, registryNodePort } = settings;
  const login: Output<string> = registryLogin.apply((one) =>
    formatPullLogin(`localhost:${registryNodePort}`, one),
  );
  new kubernetes.core.v1.Secret(`pull-secret-${namespace}`, {
    metadata: { name: 'registry-cache-login', namespace },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': login },
  });
}
