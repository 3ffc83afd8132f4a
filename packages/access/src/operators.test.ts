import { describe, expect, it } from 'vitest';
import { compileOperators } from './operators.ts';

const rightsOf = compileOperators({
  admin: ['group:ops', 'root-*'],
  view: ['*'],
  groups: { ops: ['ann'] },
  hasLogins: true,
});
const caller = (user: string | undefined, ...groups: string[]) => {
  return { user, groups, address: '10.0.0.1' };
};

describe('compileOperators', () => {
  it('gives operators both rights, and users their view', () => {
    expect([...rightsOf(caller('ann'))]).toEqual(['view', 'admin']);
    expect([...rightsOf(caller('root-1'))]).toEqual(['view', 'admin']);
    expect([...rightsOf(caller('bob'))]).toEqual(['view']);
  });

  it('gives nothing to clients without a login, unless they are named', () => {
    expect([...rightsOf(caller(undefined))]).toEqual([]);
    const open = { admin: ['*'], view: ['anonymous'], groups: {}, hasLogins: false };
    expect([...compileOperators(open)(caller(undefined))]).toEqual(['view']);
  });

  it('lets no claim of an issuer fill a group of the policy', () => {
    expect([...rightsOf(caller('eve', 'ops'))]).toEqual(['view']);
  });

  it('gives nobody anything until the policy says it', () => {
    const none = compileOperators({ admin: [], view: [], groups: {}, hasLogins: true });
    expect([...none(caller('ann', 'ops'))]).toEqual([]);
  });
});
