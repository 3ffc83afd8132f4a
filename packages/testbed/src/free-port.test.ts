import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { findFreePort } from './free-port.ts';

it('finds free ports outside the range for outgoing connections', async () => {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  const firstOfConnections = Number(range.split('\t')[0]);
  for (let times = 0; times < 20; times += 1) {
    const port = await findFreePort();
    expect(port).toBeLessThan(firstOfConnections);
    await using server = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve, reject) => server.on('listening', resolve).on('error', reject));
  }
});

it('reports an address that does not belong to this machine', async () => {
  await expect(findFreePort('192.0.2.1')).rejects.toThrow('EADDRNOTAVAIL');
});
