import { expect, it } from 'vitest';
import { describeDebian } from './debian.ts';
import { formatDocument } from './document.ts';
import { describeNode, describeNpm } from './node.ts';
import { findSchemaFaults } from './testing/validate.ts';

const RELEASE = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n';
const LISTED = [
  'ii \tnginx\t1.26.3-3+deb13u1\tamd64\tnginx\t1.26.3-3+deb13u1',
  'ii \tlibgcc-s1\t14.2.0-19\tamd64\tgcc-14\t14.2.0-19',
  'ii \tbsdutils\t1:2.41-5\tamd64\tutil-linux\t2.41-5',
  'rc \tgone\t1.0\tamd64\tgone\t1.0',
  '',
].join('\n');

const COMPONENTS = [
  ...describeDebian(RELEASE, LISTED),
  describeNode({ node: '24.21.0', undici: '7.29.1', zlib: '1.3', ngtcp2: '', modules: '137' }),
  describeNpm({ name: 'undici', version: '8.12.4', license: 'MIT' }),
  describeNpm({ name: '@peculiar/x509', version: '2.2.0', license: '(MIT OR Apache-2.0)' }),
];

it('names every package by a package URL', () => {
  const { components } = JSON.parse(formatDocument('1.2.3', COMPONENTS)) as {
    components: { purl?: string; components?: { purl: string }[] }[];
  };
  expect(components.map(({ purl }) => purl)).toEqual([
    undefined,
    'pkg:deb/debian/bsdutils@1:2.41-5?arch=amd64&distro=debian-13&upstream=util-linux%402.41-5',
    'pkg:deb/debian/libgcc-s1@14.2.0-19?arch=amd64&distro=debian-13&upstream=gcc-14',
    'pkg:deb/debian/nginx@1.26.3-3%2Bdeb13u1?arch=amd64&distro=debian-13',
    'pkg:generic/node@24.21.0',
    'pkg:npm/%40peculiar/x509@2.2.0',
    'pkg:npm/undici@8.12.4',
  ]);
  const parts = components.flatMap((component) => component.components ?? []);
  expect(parts.map(({ purl }) => purl)).toEqual([
    'pkg:generic/undici@7.29.1',
    'pkg:generic/zlib@1.3',
  ]);
});

it('is a document of CycloneDX 1.6', () => {
  expect(findSchemaFaults(JSON.parse(formatDocument('1.2.3', COMPONENTS)))).toEqual([]);
  expect(findSchemaFaults({ bomFormat: 'CycloneDX' })).not.toEqual([]);
});

it('has the same bytes for the same software, in any order', () => {
  const document = formatDocument('1.2.3', COMPONENTS);
  expect(formatDocument('1.2.3', COMPONENTS.toReversed())).toBe(document);
  expect(formatDocument('1.2.4', COMPONENTS)).not.toBe(document);
  const { serialNumber } = JSON.parse(document) as { serialNumber: string };
  expect(formatDocument('1.2.3', COMPONENTS.slice(1))).not.toContain(serialNumber);
});

it('needs to know which release of Debian it is', () => {
  expect(() => describeDebian('ID=debian\n', LISTED)).toThrow('found no VERSION_ID');
});
