import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateAuthority, createCertificateAuthority } from '../certificates.ts';
import { findFreePort } from '../free-port.ts';
import { type Daemon, startDaemon } from '../registry/daemon.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';
import { API_SERVICE, DOMAIN, SERVICE_NETWORK } from './addresses.ts';
import { formatKubeconfig } from './kubeconfig.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { KUBERNETES } from './programs.ts';

/** The programs that a cluster has once, as processes of this machine. */
export interface ControlPlane extends AsyncDisposable {
  readonly kubectl: Kubectl;
  /** PEM of the authority of every certificate. */
  readonly ca: string;
  /** The kubeconfig of an administrator, as a path. */
  readonly kubeconfig: string;
  /** The text of the kubeconfig of one of the users. */
  kubeconfigOf(user: string): string;
}

/** The users besides the administrator, with their groups. */
export type ClusterUsers = Readonly<Record<string, readonly string[]>>;

const ADMINISTRATOR = 'administrator';
const ISSUER = `https://kubernetes.default.svc.${DOMAIN}`;

/**
 * Starts etcd, the API server, the controllers, the scheduler and the name server, and waits until
 * the API server is ready.
 * @param host An address of this machine that the nodes reach.
 */
export async function startControlPlane(host: string, users: ClusterUsers): Promise<ControlPlane> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await makeTemporaryFolder('control-plane'));
  const at = (name: string) => join(folder.path, name);
  const tokens = makeTokens({ [ADMINISTRATOR]: ['system:masters'], ...users });
  const authority = await createCertificateAuthority('testbed cluster');
  await writeKeys(at, authority, host);
  await writeFile(at('tokens.csv'), formatTokens(tokens));
  const port = await findFreePort(host);
  const access = { url: `https://${host}:${port}`, ca: authority.certificatePem };
  const kubeconfigOf = (user: string) =>
    formatKubeconfig({ ...access, token: tokens.get(user)?.token ?? '' });
  const kubeconfig = at('kubeconfig.json');
  await writeFile(kubeconfig, kubeconfigOf(ADMINISTRATOR), { mode: 0o600 });
  const kubectl = createKubectl(kubeconfig);

  const start = async (name: string, ...args: readonly string[]) => {
    const log = at(`${name}.log`);
    const daemon = await startDaemon({
      file: join(KUBERNETES, name),
      args,
      env: { HOME: folder.path, PATH: '/usr/bin:/bin' },
      stdoutFile: log,
      stderrFile: log,
    });
    stack.defer(() => daemon.stop());
    return { daemon, log };
  };
  const [client, peer] = [await findFreePort(), await findFreePort()];
  await start('etcd', ...etcdArguments(at('etcd'), client, peer));
  const api = await start('kube-apiserver', ...apiServerArguments(at, host, port, client));
  await untilReady(kubectl, api.daemon, api.log);
  const controller = ['--leader-elect=false', '--bind-address=127.0.0.1'];
  await start(
    'kube-controller-manager',
    ...controller,
    `--secure-port=${await findFreePort()}`,
    `--kubeconfig=${kubeconfig}`,
    `--root-ca-file=${at('ca.crt')}`,
    `--service-account-private-key-file=${at('service-accounts.key')}`,
  );
  await start(
    'kube-scheduler',
    ...controller,
    `--secure-port=${await findFreePort()}`,
    `--kubeconfig=${kubeconfig}`,
  );
  await writeFile(at('Corefile'), formatCorefile(host, kubeconfig));
  await start('coredns', '-conf', at('Corefile'));
  const running = stack.move();
  return {
    kubectl,
    ca: access.ca,
    kubeconfig,
    kubeconfigOf,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

type At = (name: string) => string;

interface UserToken {
  readonly token: string;
  readonly groups: readonly string[];
}

function makeTokens(users: ClusterUsers): Map<string, UserToken> {
  return new Map(
    Object.entries(users).map(([user, groups]) => [
      user,
      { token: randomBytes(16).toString('hex'), groups },
    ]),
  );
}

function formatTokens(tokens: ReadonlyMap<string, UserToken>): string {
  const lines = [...tokens].map(
    ([user, { token, groups }]) => `${token},${user},${user},"${groups.join(',')}"\n`,
  );
  return lines.join('');
}

async function writeKeys(at: At, authority: CertificateAuthority, host: string): Promise<void> {
  const names = ['kubernetes', `kubernetes.default.svc.${DOMAIN}`, 'kubernetes.default.svc'];
  const server = await authority.issue({ names: [...names, host, API_SERVICE, '127.0.0.1'] });
  const kubeletClient = await authority.issue({ names: ['kubelet-client'] });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    'ca.crt': authority.certificatePem,
    'api.crt': server.certificatePem,
    'api.key': server.keyPem,
    'kubelet-client.crt': kubeletClient.certificatePem,
    'kubelet-client.key': kubeletClient.keyPem,
    'service-accounts.key': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'service-accounts.pub': publicKey.export({ type: 'spki', format: 'pem' }),
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(at(name), text, { mode: 0o600 });
  }
}

function etcdArguments(folder: string, client: number, peer: number): string[] {
  return [
    `--data-dir=${folder}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function apiServerArguments(at: At, host: string, port: number, etcd: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    ...[`--bind-address=${host}`, `--advertise-address=${host}`, `--secure-port=${port}`],
    ...[`--tls-cert-file=${at('api.crt')}`, `--tls-private-key-file=${at('api.key')}`],
    ...[`--client-ca-file=${at('ca.crt')}`, `--token-auth-file=${at('tokens.csv')}`],
    ...['--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction'],
    `--service-cluster-ip-range=${SERVICE_NETWORK}`,
    `--service-account-issuer=${ISSUER}`,
    `--service-account-key-file=${at('service-accounts.pub')}`,
    `--service-account-signing-key-file=${at('service-accounts.key')}`,
    `--kubelet-client-certificate=${at('kubelet-client.crt')}`,
    `--kubelet-client-key=${at('kubelet-client.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--allow-privileged=true',
  ];
}

async function untilReady(kubectl: Kubectl, daemon: Daemon, log: string): Promise<void> {
  const isReady = async () => {
    if (!daemon.isAlive()) throw new Error('the API server has ended');
    return (await kubectl.try('get', '--raw=/readyz')).exitCode === 0;
  };
  await until('the API server is ready', isReady, { timeoutMs: 60_000, intervalMs: 500 }).catch(
    async (cause) => {
      throw new Error(`the API server did not start:\n${await readFile(log, 'utf8')}`, { cause });
    },
  );
}

/** It answers for names of the cluster alone. */
function formatCorefile(host: string, kubeconfig: string): string {
  return `${DOMAIN}:53 {
  bind ${host}
  errors
  kubernetes ${DOMAIN} {
    kubeconfig ${kubeconfig}
  }
}
`;
}
