import { describe, expect, it } from 'vitest';
import { checkOrigin, checkSite } from './check-request.ts';

const check = (headers: Record<string, string>) => checkOrigin({}, { headers });
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

describe('a change', () => {
  it('is taken from the command line and from our own pages', () => {
    const meant = { ...JSON_TYPE, 'x-registry-cache': 'change' };
    expect(() => check(meant)).not.toThrow();
    const tar = { 'content-type': 'application/x-tar', 'x-registry-cache': 'change' };
    expect(() => checkOrigin({ bodyType: 'application/x-tar' }, { headers: tar })).not.toThrow();
    expect(() => check(tar)).toThrow('accepted: application/json');
  });

  it.each<[string, Record<string, string>]>([
    ['a form', { 'content-type': 'text/plain', 'x-registry-cache': '1' }],
    ['a body without a type', { 'x-registry-cache': '1' }],
    ['JSON without the header', JSON_TYPE],
  ])('is refused from %s', (_, headers) => {
    expect(() => check(headers)).toThrow();
  });
});

describe('a question or a change', () => {
  it.each([{}, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-origin' }])(
    'is taken with %o',
    (headers) => {
      expect(() => checkSite({ headers })).not.toThrow();
    },
  );

  it.each(['cross-site', 'same-site'])('is refused from a page that is %s', (site) => {
    expect(() => checkSite({ headers: { 'sec-fetch-site': site } })).toThrow('another site');
  });
});
