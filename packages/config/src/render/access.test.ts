import { expect, it } from 'vitest';
import { describeAccess } from './access.ts';

const RULE = { images: ['reg.test/team/app'], allow: ['pull' as const] };
const access = {
  groups: {},
  default: [],
  rules: [RULE],
  hasLogins: true,
  names: { aliases: {}, library: [] },
};

it('the edge has another configuration after each change of the rules, and forgets answers', () => {
  const before = describeAccess({ access });
  expect(describeAccess({ access: structuredClone(access) })).toEqual(before);
  const changes = [
    { ...access, rules: [{ ...RULE, images: ['reg.test/team/other'] }] },
    { ...access, default: ['pull' as const] },
    { ...access, groups: { ops: ['ann'] } },
  ];
  for (const changed of changes) {
    expect(describeAccess({ access: changed })).not.toEqual(before);
  }
});
