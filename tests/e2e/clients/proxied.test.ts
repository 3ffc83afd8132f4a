import {
  createBuildKitPuller,
  createCranePuller,
  createCriPuller,
  createCtrPuller,
  createDockerPuller,
  createOrasPuller,
  createSkopeoPuller,
  createStoragePuller,
  type Machine,
  type Puller,
  startContainerd,
  startDocker,
} from '@registry-cache/testbed';
import { openWayOut, setUpService, type WayOut } from './proxy-set-up.ts';
import { describeWays, type Way } from './ways.ts';

type Words = Omit<Way, 'suite'>;
type StartDaemon = typeof startDocker;
type CreatePuller = (machine: Machine) => Puller;

/** Images keep their names, and all that is not served is reached as if there were no cache. */
const PROXIED: Omit<Words, 'setUp'> = {
  name: (registry, repository) => `${registry}/${repository}:v1`,
  unserved: 'from the origin',
  refused: /Proxy Authentication Required/,
};

/** A service of systemd, set up by the proxy's own script; its login is the daemon's. */
function byService(service: 'docker' | 'containerd', start: StartDaemon, create: CreatePuller) {
  return async (machine: Machine): Promise<Puller> => {
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

/** A program that is told of the proxy when it is run, or by a file. */
function byTelling(tell: (way: WayOut) => Promise<Machine>, create: CreatePuller) {
  return async (machine: Machine): Promise<Puller> => {
    const way = await openWayOut(machine);
    let puller = create(await tell(way));
    return {
      pull: (reference) => puller.pull(reference),
      removeImages: () => puller.removeImages(),
      login: async (_registry, credentials) => {
        puller = create(await tell(way.with(credentials)));
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

const DOCKER = { ...PROXIED, setUp: byService('docker', startDocker, createDockerPuller) };
const BUILDKIT = { ...PROXIED, setUp: byService('docker', startDocker, createBuildKitPuller) };
const CRI = { ...PROXIED, setUp: byService('containerd', startContainerd, createCriPuller) };
const CTR = { ...PROXIED, setUp: byService('containerd', startContainerd, createCtrPuller) };
/** containerd 1 leaves a pull to ctr, which is not the daemon. */
const CTR_ALONE: Words = {
  ...PROXIED,
  setUp: async (machine) => {
    await startContainerd(machine);
    return byTelling(byEnvironment, createCtrPuller)(machine);
  },
};
const PODMAN = {
  ...PROXIED,
  setUp: byTelling(byContainersConf, (machine) => createStoragePuller(machine, 'podman')),
};
const BUILDAH = {
  ...PROXIED,
  setUp: byTelling(byContainersConf, (machine) => createStoragePuller(machine, 'buildah')),
};
const SKOPEO = { ...PROXIED, setUp: byTelling(byEnvironment, createSkopeoPuller) };
const CRANE = { ...PROXIED, setUp: byTelling(byEnvironment, createCranePuller) };
const ORAS = { ...PROXIED, setUp: byTelling(byEnvironment, createOrasPuller) };

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
