import { expect, it } from 'vitest';
import { findMountedStore } from './store.ts';

const NAMELESS = `/var/lib/containers/storage/volumes/${'a1'.repeat(32)}/_data`;

/** Lines as /proc/self/mountinfo has them, for folders of the machine and of the container. */
function mountinfo(...mounts: (readonly [from: string, to: string])[]): string {
  const lines = mounts.map(
    ([from, to]) => `112 91 254:0 ${from} ${to} rw,relatime - ext4 /dev/vda rw`,
  );
  return ['91 63 0:40 / / rw,relatime - overlay overlay rw', ...lines, ''].join('\n');
}

it.each(['/registry_proxy_mirror_cache', '/docker_mirror_cache'])(
  'takes %s, where only the image itself has a volume at our own place',
  (folder) => {
    const text = mountinfo([NAMELESS, '/var/lib/registry'], ['/srv/cache', folder]);
    expect(findMountedStore(text)).toEqual({ store: folder, unused: [] });
    expect(findMountedStore(mountinfo(['/srv/cache', folder])).store).toBe(folder);
  },
);

it('takes our own place where the operator mounted something there', () => {
  const other = ['/srv/cache', '/registry_proxy_mirror_cache'] as const;
  for (const own of ['/srv/data', '/var/lib/containers/storage/volumes/data/_data', '/']) {
    expect(findMountedStore(mountinfo(other, [own, '/var/lib/registry']))).toEqual({
      store: undefined,
      unused: ['/registry_proxy_mirror_cache'],
    });
  }
});

it('finds nothing where nothing is mounted, or only below such a folder', () => {
  for (const text of [mountinfo(), mountinfo(['/srv', '/registry_proxy_mirror_cache/a']), '']) {
    expect(findMountedStore(text)).toEqual({ store: undefined, unused: [] });
  }
});

it('takes one of two such folders, and names the other', () => {
  const text = mountinfo(['/a', '/docker_mirror_cache'], ['/b', '/registry_proxy_mirror_cache']);
  expect(findMountedStore(text)).toEqual({
    store: '/registry_proxy_mirror_cache',
    unused: ['/docker_mirror_cache'],
  });
});
