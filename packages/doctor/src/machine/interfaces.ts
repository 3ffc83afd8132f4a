import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A network interface of this machine or container. */
export interface Interface {
  readonly name: string;
  /** Bytes. */
  readonly mtu: number;
}

/** All but loopback; none where the kernel shows none. */
export async function readInterfaces(root = '/sys/class/net'): Promise<Interface[]> {
  const names = await readdir(root).catch(() => []);
  const found = await Promise.all(
    names.sort().map(async (name) => {
      const mtu = await readFile(join(root, name, 'mtu'), 'utf8').catch(() => '');
      return { name, mtu: Number(mtu.trim()) };
    }),
  );
  return found.filter(({ name, mtu }) => name !== 'lo' && mtu > 0);
}
