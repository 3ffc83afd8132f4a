import { formatIssue, unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../policy/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';
import { buildHosted } from './hosted.ts';

const UPSTREAMS = unwrap(upstreamsOf(['quay.io'], 'upstreams: {quay.io: {aliases: [quay]}}'));

function issuesOf(yaml: string): readonly string[] {
  const policy = parsePolicy('/p.yaml', yaml);
  const built = policy.ok ? buildHosted('/p.yaml', policy.value.hosted, UPSTREAMS) : policy;
  return built.ok ? [] : built.issues.map(formatIssue);
}

function build(yaml: string) {
  return unwrap(buildHosted('/p.yaml', unwrap(parsePolicy('/p.yaml', yaml)).hosted, UPSTREAMS));
}

describe('hosted registries', () => {
  it('have names and share their room', () => {
    expect(build('hosted: {charts: {}, apps: {}, maxSize: 2G}')).toEqual({
      names: ['apps', 'charts'],
      maxSizeBytes: 2 * 1024 ** 3,
    });
  });

  it('may take 50 GiB where nothing is said', () => {
    expect(build('hosted: {apps: {}}')?.maxSizeBytes).toBe(50 * 1024 ** 3);
  });

  it('are off without a name', () => {
    expect(build('hosted: {maxSize: 2G}')).toBeUndefined();
    expect(build('{}')).toBeUndefined();
  });

  it.each([
    ['hosted: {quay: {}}', /hosted\["quay"\].*the name of a registry that is served/],
    ['hosted: {my.apps: {}}', /another name.*one part in lower case/],
    ['hosted: {a/b: {}}', /another name/],
    ['hosted: {library: {}}', /a meaning of its own/],
    ['hosted: {apps: {}, maxSize: lots}', /hosted\.maxSize.*a size, such as 50G/],
    ['hosted: {apps: yes}', /hosted\.apps.*an empty mapping/],
    ['hosted: {apps: {size: 1}}', /hosted\.apps\.size.*not known/],
  ])('%s is refused with its reason', (yaml, message) => {
    expect(issuesOf(yaml).join('\n')).toMatch(message);
  });
});
