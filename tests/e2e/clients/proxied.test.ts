import {
  createBuildKitMachineClient,
  createCraneMachineClient,
  createCriMachineClient,
  createCtrMachineClient,
  createDockerMachineClient,
  createOrasMachineClient,
  createSkopeoMachineClient,
  createStorageMachineClient,
  type Machine,
  type MachineClient,
  startContainerd,
  startDocker,
} from '@registry-cache/testbed';
import { openWayOut, setUpService, type WayOut } from './proxy-set-up.ts';
import { describeWays, type Way } from './ways.ts';

type WayOptions = Omit<Way, 'suite'>;
type StartDaemon = typeof startDocker;
type CreateClient = (machine: Machine) => MachineClient;

/** Images keep their names. Hosts that are not served are reached as without a cache. */
const PROXIED: Omit<WayOptions, 'setUp'> = {
  name: (registry, repository) => `${registry}/${repository}:v1`,
  unserved: 'pulled directly',
  refused: /Proxy Authentication Required/,
};

/** A systemd service, set up by the proxy's own script. The daemon has the login. */
function byService(service: 'docker' | 'containerd', start: StartDaemon, create: CreateClient) {
  return async (machine: Machine): Promise<MachineClient> => {
    let daemon = await start(machine, await setUpService(machine, service));
    return {
      ...create(machine),
      login: async (_registry, credentials) => {
        await daemon.stop();
        daemon = await start(machine, await setUpService(machine, service, credentials));
        return { exitCode: 0, stdout: '', stderr: '' };
      },
    };
  };
}

/** A program that gets the proxy by its environment or by a file. */
function byTelling(tell: (way: WayOut) => Promise<Machine>, create: CreateClient) {
  return async (machine: Machine): Promise<MachineClient> => {
    const way = await openWayOut(machine);
    let client = create(await tell(way));
    return {
      pull: (reference) => client.pull(reference),
      removeImages: () => client.removeImages(),
      login: async (_registry, credentials) => {
        client = create(await tell(way.with(credentials)));
        return { exitCode: 0, stdout: '', stderr: '' };
      },
    };
  };
}

const byEnvironment = async ({ machine, env }: WayOut): Promise<Machine> => ({
  ...machine,
  run: (file, args, options) =>
    machine.run(file, args, { ...options, env: { ...env, ...options?.env } }),
});

const byContainersConf = async ({ machine, env }: WayOut): Promise<Machine> => {
  const pairs = Object.entries(env).map(([name, value]) => `"${name}=${value}"`);
  await machine.write('/etc/containers/containers.conf', `[engine]\nenv = [${pairs.join(', ')}]\n`);
  return machine;
};

const DOCKER = { ...PROXIED, setUp: byService('docker', startDocker, createDockerMachineClient) };
const BUILDKIT = {
  ...PROXIED,
  setUp: byService('docker', startDocker, createBuildKitMachineClient),
};
const CRI = { ...PROXIED, setUp: byService('containerd', startContainerd, createCriMachineClient) };
const CTR = { ...PROXIED, setUp: byService('containerd', startContainerd, createCtrMachineClient) };
/** With containerd 1 ctr itself pulls, and not the daemon. */
const CTR_ALONE: WayOptions = {
  ...PROXIED,
  setUp: async (machine) => {
    await startContainerd(machine);
    return byTelling(byEnvironment, createCtrMachineClient)(machine);
  },
};
const PODMAN = {
  ...PROXIED,
  setUp: byTelling(byContainersConf, (machine) => createStorageMachineClient(machine, 'podman')),
};
const BUILDAH = {
  ...PROXIED,
  setUp: byTelling(byContainersConf, (machine) => createStorageMachineClient(machine, 'buildah')),
};
const SKOPEO = { ...PROXIED, setUp: byTelling(byEnvironment, createSkopeoMachineClient) };
const CRANE = { ...PROXIED, setUp: byTelling(byEnvironment, createCraneMachineClient) };
const ORAS = { ...PROXIED, setUp: byTelling(byEnvironment, createOrasMachineClient) };

describeWays({
  'docker 20.10 by HTTPS_PROXY': { suite: 'bookworm', ...DOCKER },
  'docker 28 by HTTPS_PROXY': { suite: 'sid', ...DOCKER, registry: 'docker.io' },
  'BuildKit of docker 28 by HTTPS_PROXY': { suite: 'sid', ...BUILDKIT },
  'containerd 1.6 by CRI, HTTPS_PROXY': { suite: 'bookworm', ...CRI },
  'containerd 1.6 by ctr, HTTPS_PROXY': { suite: 'bookworm', ...CTR_ALONE },
  'containerd 2 by CRI, HTTPS_PROXY': { suite: 'sid', ...CRI, registry: 'docker.io' },
  'containerd 2 by ctr, HTTPS_PROXY': { suite: 'sid', ...CTR },
  'podman 4 by HTTPS_PROXY': { suite: 'bookworm', ...PODMAN },
  'podman 5 by HTTPS_PROXY': { suite: 'trixie', ...PODMAN },
  'buildah by HTTPS_PROXY': { suite: 'trixie', ...BUILDAH },
  'skopeo by HTTPS_PROXY': { suite: 'bookworm', ...SKOPEO },
  'crane by HTTPS_PROXY': { suite: 'sid', ...CRANE },
  'oras by HTTPS_PROXY': { suite: 'trixie', ...ORAS },
});
