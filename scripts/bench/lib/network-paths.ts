import { runOrThrow, type TestNetwork } from '@registry-cache/testbed';
import { execa } from 'execa';
import type { Contender } from './contender.ts';

/** The same contender over its own container's loopback, without the bridge's MTU of 1500. */
export function overLoopback(contender: Contender): Contender {
  return {
    ...contender,
    url: `https://127.0.0.1:${contender.port}`,
    enter: ['nsenter', `--target=${contender.pid}`, '--net'],
  };
}

/** A network namespace that stands for another machine on the network. */
export interface OtherMachine extends AsyncDisposable {
  /** The same contender, from there and at the container's own address. */
  from(contender: Contender): Promise<Contender>;
}

/**
 * Makes a network namespace whose only device is a port of the network's bridge.
 *
 * @param delayMs - Added to each packet in either direction, by netem; see `hasNetem`.
 */
export async function openOtherMachine(
  network: TestNetwork,
  { delayMs = 0 }: { delayMs?: number } = {},
): Promise<OtherMachine> {
  const { bridge, address } = await describeNetwork(network);
  // It runs while its standard input is open, so no longer than this process.
  const holder = execa('unshare', ['--net', 'cat'], { stdin: 'pipe', reject: false });
  const enter = ['nsenter', `--target=${holder.pid}`, '--net'];
  const ip = (...args: string[]) => runOrThrow('ip', args);
  const inside = (...args: string[]) => runOrThrow(enter[0] ?? '', [...enter.slice(1), ...args]);
  const outer = `bench${holder.pid}`;
  // The pair ends with the namespace that has one end of it.
  await ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${holder.pid}`);
  await ip('link', 'set', outer, 'master', bridge, 'up');
  await inside('ip', 'address', 'add', address, 'dev', 'eth0');
  await inside('ip', 'link', 'set', 'eth0', 'up');
  if (delayMs > 0) {
    await inside('tc', ...netem('eth0', delayMs));
    await runOrThrow('tc', netem(outer, delayMs));
  }
  return {
    from: async (contender) => ({
      ...contender,
      url: `https://${await findAddress(contender)}:${contender.port}`,
      enter,
    }),
    [Symbol.asyncDispose]: async () => {
      holder.stdin.end();
      await holder;
    },
  };
}

/** Whether this kernel can delay packets. */
export async function hasNetem(): Promise<boolean> {
  const command = ['--net', 'tc', ...netem('lo', 1)];
  return runOrThrow('unshare', command).then(
    () => true,
    () => false,
  );
}

/**
 * Sets the congestion control of a container's connections to its own network, such as cubic.
 * False if the kernel lacks it. It is set by the route, because a namespace's default is limited
 * to those that the machine allows.
 */
export async function useCongestionControl({ pid }: Contender, name: string): Promise<boolean> {
  const ip = ['nsenter', `--target=${pid}`, '--net', 'ip'] as const;
  const run = (...args: string[]) => runOrThrow(ip[0], [...ip.slice(1), ...args]);
  const found = await run('-oneline', 'route', 'show', 'dev', 'eth0', 'scope', 'link');
  const [route = ''] = found.replace(/ congctl \S+/, '').split('\n');
  const words = [...route.trim().split(' '), 'dev', 'eth0', 'congctl', name];
  return run('route', 'change', ...words).then(
    () => true,
    () => false,
  );
}

function netem(device: string, delayMs: number): string[] {
  return [
    'qdisc',
    'add',
    'dev',
    device,
    'root',
    'netem',
    'delay',
    `${delayMs}ms`,
    'limit',
    '10000',
  ];
}

async function findAddress({ id }: Contender): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return runOrThrow('podman', ['inspect', '--format', format, id]);
}

/** The bridge's name, and an address at the end of its range, which podman assigns last. */
async function describeNetwork({ name, gateway }: TestNetwork) {
  const format = '{{.NetworkInterface}} {{range .Subnets}}{{.Subnet}}{{end}}';
  const answer = await runOrThrow('podman', ['network', 'inspect', '--format', format, name]);
  const [bridge = '', subnet = ''] = answer.split(' ');
  const address = `${gateway.replace(/\d+$/, '250')}/${subnet.split('/')[1]}`;
  return { bridge, address };
}
