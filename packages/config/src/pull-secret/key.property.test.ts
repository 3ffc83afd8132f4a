import { isRepository, unwrap } from '@registry-cache/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHost, spellHost } from './host.ts';
import { DOCKER_HUB_HOSTS, doubtKey, formatUpstreamName, parseUpstreamKey } from './key.ts';

fc.configureGlobal({ seed: 20_261 });

const name = fc.domain().map((text) => text.toLowerCase());
const address = fc.ipV6().map((text) => `[${text}]`);
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const host = fc
  .tuple(fc.oneof(name, address, fc.constant('localhost')), port)
  .map(([text, number]) => (number === undefined ? text : `${text}:${number}`));
/** A path that begins with v1 or v2 is the root of an API, not a namespace. */
const namespace = fc.stringMatching(/^(?:[a-u][a-z0-9]{0,4}(?:[/._-][a-z0-9]{1,5}){0,3})?$/);
const key = fc.tuple(host, namespace).map((parts) => parts.filter(Boolean).join('/'));
const near = fc.string({ unit: fc.constantFrom(...'aZ09.:/[]*-_@ ', 'https://', '::1', 'v2/') });

const normalForm = (text: string) => {
  const parsed = parseUpstreamKey('', text);
  return parsed.ok ? formatUpstreamName(parsed.value) : undefined;
};

test('a host in normal form is its own normal form', () => {
  fc.assert(
    fc.property(fc.oneof(host, near), (text) => {
      const normal = parseHost(text);
      if (normal !== undefined) expect(parseHost(normal)).toBe(normal);
    }),
  );
});

test('each registry has one normal form, which is its own', () => {
  fc.assert(
    fc.property(key, (text) => {
      const normal = normalForm(text);
      expect(normal).toBeDefined();
      expect(normalForm(normal ?? '')).toBe(normal);
    }),
  );
});

test('scheme, root of the API, capitals, port 443 and slashes at the end do not matter', () => {
  const bare = fc.oneof(name, address);
  const scheme = fc.constantFrom('', 'https://', 'http://', 'HTTPS://');
  const end = fc.constantFrom('', '/', '//');
  const root = fc.constantFrom('', '/v1', '/v2');
  fc.assert(
    fc.property(bare, namespace, scheme, root, end, (text, path, start, api, slashes) => {
      const tail = path === '' ? '' : `/${path}`;
      const spelled = `${start}${text.toUpperCase()}:443${api}${tail.toUpperCase()}${slashes}`;
      expect(normalForm(spelled)).toBe(normalForm(text + tail));
    }),
  );
});

test('all hosts of Docker Hub are one registry', () => {
  fc.assert(
    fc.property(fc.constantFrom(...DOCKER_HUB_HOSTS), namespace, (hub, path) => {
      expect(unwrap(parseUpstreamKey('', `${hub}/${path}`))).toEqual({
        host: 'docker.io',
        namespace: path,
      });
    }),
  );
});

test('no text gets a host or a namespace through that is not in the grammar', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      doubtKey(text);
      const parsed = parseUpstreamKey('KEY', text);
      if (!parsed.ok) return;
      expect(parseHost(parsed.value.host)).toBe(parsed.value.host);
      expect(parsed.value.namespace === '' || isRepository(parsed.value.namespace)).toBe(true);
    }),
  );
});

test('a host can be a part of the name of an image, and two hosts never have the same', () => {
  const few = fc
    .tuple(
      fc.oneof(
        fc.stringMatching(/^[a5]{1,2}([.-][a5]{1,2}){0,2}$/),
        fc.stringMatching(/^\[(::|1::|::1|1::1|1:2:3:4:5:6:7:8)\]$/),
      ),
      fc.constantFrom('', ':443', ':5', ':55'),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(few, few, (one, other) => {
      const [left = '', right = ''] = [parseHost(one), parseHost(other)];
      for (const normal of [left, right]) expect(spellHost(normal)).toMatch(/^[a-z0-9._-]+$/);
      expect(spellHost(left) === spellHost(right)).toBe(left === right);
    }),
    { numRuns: 500 },
  );
});
