import { describe, expect, it } from 'vitest';
import { parseImage, parseRepository } from './parse-image.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const names = {
  ids: new Map([
    ['quay.io', 'quay.io'],
    ['quay.io/team', 'quay.io_team'],
    ['reg.test:5000', 'reg.test_5000'],
  ]),
};
const parse = (text: string) => parseImage(text, names);

describe('parseImage', () => {
  it('finds the upstream by the longest name', () => {
    const app = { repository: 'team/app', reference: 'v1' };
    expect(parse('quay.io/team/app:v1')).toEqual({ upstreamId: 'quay.io_team', ...app });
    expect(parse('reg.test:5000/app:v1')).toMatchObject({ upstreamId: 'reg.test_5000' });
    expect(parse(`quay.io/org/app@${DIGEST}`)).toEqual({
      ...{ upstreamId: 'quay.io', repository: 'org/app', reference: DIGEST },
    });
  });

  it.each([
    ...['', 'quay.io', 'quay.io/app', 'quay.io/:v1', 'other.io/app:v1', 'quay.io/../../etc:v1'],
    ...['quay.io/a/..:v1', 'quay.io/app:..', 'quay.io/app@../x', `quay.io/App@${DIGEST}`],
    ...['quay.io//app:v1', 'quay.io/app:v1\n', 'quay.io/app:a/b', 'quay.io/app@sha256:12'],
    ...[`quay.io/app@${DIGEST}@${DIGEST}`, `quay.io/app@${DIGEST}\n`],
  ])('refuses %j, and names what is served', (text) => {
    expect(() => parse(text)).toThrow('of quay.io, quay.io/team, reg.test:5000');
  });
});

describe('parseRepository', () => {
  it('takes a repository, and an image in it', () => {
    const app = { upstreamId: 'quay.io_team', repository: 'team/app' };
    expect(parseRepository('quay.io/team/app', names)).toEqual({ ...app, reference: undefined });
    expect(parseRepository('quay.io/team/app:v1', names)).toEqual({ ...app, reference: 'v1' });
    expect(parseRepository('reg.test:5000/app', names)).toMatchObject({ repository: 'app' });
  });

  it.each(['', 'quay.io', 'quay.io/', 'quay.io/a/../b', 'other.io/app', 'quay.io/app:..'])(
    'refuses %j',
    (text) => {
      expect(() => parseRepository(text, names)).toThrow('of quay.io, quay.io/team');
    },
  );
});
