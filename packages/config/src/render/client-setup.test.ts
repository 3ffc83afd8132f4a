import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { Model } from '../model/build.ts';
import { renderClientSetup } from './client-setup.ts';

function render(count: number) {
  const hosts = Array.from({ length: count }, (_, index) => `registry-${index}.example.com`);
  const upstreams = hosts.map((host) => ({ key: host, host }));
  const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  return renderClientSetup({ upstreams, certificate, issuers: [] } as unknown as Model);
}

it('serves scripts that fit into a buffer of the edge, and an explanation in place of others', () => {
  const few = render(100).get('etc/haproxy/setup/containerd.sh')?.content;
  expect(few).toContain('registry-99.example.com');
  const many = render(2000).get('etc/haproxy/setup/containerd.sh')?.content;
  const { status, stderr } = spawnSync('sh', { input: many, encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('use registry-cache client containerd --script');
});
