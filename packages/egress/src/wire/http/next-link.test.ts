import { expect, test } from 'vitest';
import { LONGEST_QUERY } from './cursor.ts';
import { nextLink } from './next-link.ts';

const TAGS = '/v2/team/app/tags/list';
const REFERRERS = `/v2/team/app/referrers/sha256:${'a'.repeat(64)}`;

test.each([
  ['with its query as it is', `<${TAGS}?n=2&last=b>; rel="next"`, 'n=2&last=b'],
  [
    'with a cursor of its own',
    `<${TAGS}?n=2&next_page=abc%3D>; rel="next"`,
    'n=2&next_page=abc%3D',
  ],
  [
    'with percent-encoding in lower case',
    `<${TAGS}?last=a%2fb%3d+c>; rel="next"`,
    'last=a%2fb%3d+c',
  ],
  ['with an ambiguous query', `<${TAGS}?x&y=&=z&x=1;2,3>; rel="next"`, 'x&y=&=z&x=1;2,3'],
  ['of another host', `<https://evil.test${TAGS}?n=2>; rel="next"`, 'n=2'],
  ['of another host without a scheme', `<//evil.test${TAGS}?n=2>; rel="next"`, 'n=2'],
  ['of another prefix', `</artifactory/api/docker/x${TAGS}?n=2>; rel="next"`, 'n=2'],
  ['without a path', `<?n=2>; rel="next"`, 'n=2'],
  ['with a plain rel', `<${TAGS}?n=2>;rel=next`, 'n=2'],
  ['among other rels', `<${TAGS}?n=2>; title="a, b"; REL="last Next"`, 'n=2'],
  ['after another link', `<${TAGS}?n=1>; rel="prev", <${TAGS}?n=2>; rel="next"`, 'n=2'],
  ['with characters that must be encoded', `<${TAGS}?c={"a":1}>; rel="next"`, 'c=%7B%22a%22:1%7D'],
])('a link %s leads back here', (_, header, query) => {
  expect(nextLink(header, TAGS)).toBe(`<${TAGS}?${query}>; rel="next"`);
});

test('a link to more referrers leads back here, even if it encodes the colon', () => {
  const link = `<${REFERRERS.replace(':', '%3A')}?artifactType=a%2Fb&token=x%3D>; rel="next"`;
  expect(nextLink(link, REFERRERS)).toBe(
    `<${REFERRERS}?artifactType=a%2Fb&token=x%3D>; rel="next"`,
  );
});

test.each([
  ['to something else', '</v2/_catalog?n=2>; rel="next"'],
  ['to another page of the host', '</login?n=2>; rel="next"'],
  ['to a blob', `</v2/a/blobs/sha256:x?n=2>; rel="next"`],
  ['without a query', `<${TAGS}>; rel="next"`],
  ['with an empty query', `<${TAGS}?>; rel="next"`],
  ['without a rel', `<${TAGS}?n=2>`],
  ['of another rel', `<${TAGS}?n=2>; rel="prev"`],
  ['with a blank', `<${TAGS}?n=2 3>; rel="next"`],
  ['beyond ASCII', `<${TAGS}?n=\u00e4>; rel="next"`],
  ['with a fragment only', `<${TAGS}#?n=2>; rel="next"`],
  ['that is too long', `<${TAGS}?n=${'x'.repeat(LONGEST_QUERY)}>; rel="next"`],
  ['that is not a link', 'x'],
])('a link %s is left out', (_, header) => {
  expect(nextLink(header, TAGS)).toBeUndefined();
});
