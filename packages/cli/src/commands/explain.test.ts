import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryDir } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { createFolder, runProgram } from '../testing/run-program.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const POLICY = `
upstreams: {docker.io: {aliases: [hub]}}
access:
  groups: {ops: [ann]}
  rules:
    - {images: ["docker.io/**"], users: ["*"], allow: [pull, fetch]}
    - {images: ["docker.io/redis"], deny: [fetch], because: "use valkey"}
    - {images: ["quay.io/a/b:v*"], users: ["group:ops", "group:dev"], allow: [pull]}
    - {images: ["quay.io/a/b"], from: ["10.0.0.0/8"], allow: [push]}
`;

function createExplain(policy = POLICY, environment: Record<string, string> = {}) {
  const folder = createFolder();
  const write = (name: string, content: string) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const inputs = {
    PULLSECRETPATH: write('pull-secret.json', '{"auths": {"docker.io": {}, "quay.io": {}}}'),
    POLICYPATH: write('policy.yaml', policy),
    REGISTRY_AUTH: 'htpasswd',
    REGISTRY_AUTH_HTPASSWD_PATH: write('htpasswd', `ann:$2y$10$${'a'.repeat(53)}\n`),
    CERTIFICATEPATH: join(folder, 'certs.pem'),
    REGISTRYDIR: join(folder, 'store'),
    ...environment,
  };
  const tags = join(repositoryDir(inputs.REGISTRYDIR, 'quay.io', 'a/b'), '_manifests/tags');
  return {
    addTag: (tag: string) => {
      const link = join(tags, tag, 'current/link');
      mkdirSync(dirname(link), { recursive: true });
      writeFileSync(link, DIGEST);
    },
    explain: async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await runProgram(['explain', ...args], inputs);
      const notes = stderr.replaceAll('registry-cache: ', '').trimEnd().split('\n');
      return { exitCode, lines: stdout.trimEnd().split('\n'), notes };
    },
  };
}

describe('explain', () => {
  it('prints a line for each right, with the rule and the reason', async () => {
    expect(await createExplain().explain('--as', 'ann', 'localhost:8443/hub/redis:7')).toEqual({
      exitCode: 0,
      lines: [
        'pull yes (rule 1)',
        'fetch no (rule 2: use valkey)',
        'push no (no rule allows it)',
        'delete no (no rule allows it)',
        '',
        'upstream docker.io, library/redis',
        'tag 7: not here',
        'next pull: it is not here, so docker.io is asked for it',
      ],
      notes: ['localhost:8443/hub/redis:7 is docker.io/library/redis:7'],
    });
  });

  it('says that a client without a login is not let in, or is', async () => {
    const closed = await createExplain().explain('docker.io/library/redis:7');
    expect(closed.lines[0]).toBe('pull no (a login is needed)');
    expect(closed.notes).toEqual(['a client without a login is not let in']);
    const open = createExplain(POLICY.replace('groups', 'anonymous: [pull]\n  groups'));
    const found = await open.explain('docker.io/library/redis:7');
    expect(found.lines.slice(0, 2)).toEqual([
      'pull yes (anonymous)',
      'fetch no (rule 2: use valkey)',
    ]);
    expect(found.notes).toEqual(['a client without a login is let in']);
  });

  it('decides a digest by the tags that lead to it here, and names them', async () => {
    const { explain, addTag } = createExplain();
    const ask = () =>
      explain('--as', 'eve', '--group', 'dev', '--from', '10.0.0.1', `quay.io/a/b@${DIGEST}`);
    const before = await ask();
    expect(before.lines[0]).toBe('pull no (no rule allows it)');
    expect(before.notes).toContain(`no tag here leads to ${DIGEST}, so rules without a tag decide`);
    addTag('latest');
    addTag('v1');
    const found = await ask();
    expect(found.lines).toEqual([
      'pull yes (rule 3)',
      'fetch no (no rule allows it)',
      'push yes (rule 4)',
      'delete no (no rule allows it)',
      '',
      'upstream quay.io, a/b',
      `manifest ${DIGEST}: not here`,
      'next pull: it is not here, so quay.io is asked for it',
    ]);
    expect(found.notes).toEqual([
      expect.stringMatching(/^eve is no user of .*htpasswd$/),
      `tags here that lead to ${DIGEST}: latest, v1`,
    ]);
  });

  it('says what its options leave out', async () => {
    const { explain } = createExplain();
    const { lines, notes } = await explain('--as', 'eve', '--group', 'ops', 'quay.io/a/b:v1');
    expect(lines[0]).toBe('pull no (no rule allows it)');
    expect(notes.slice(1)).toEqual([
      'ops: access.groups alone says who is in it, and no issuer does',
      'rules with `from` change the answer for some addresses: give one by --from',
    ]);
  });

  it('says that a registry is not served here', async () => {
    const { lines, notes } = await createExplain().explain('--as', 'ann', 'gcr.io/app:1');
    expect(lines[0]).toBe('pull no (gcr.io is not served here)');
    expect(notes).toContain('gcr.io/app is not served here; served: docker.io, quay.io');
  });

  it('takes everybody for anonymous where nobody can log in', async () => {
    const rules =
      'access: {default: [pull], rules: [{images: ["**"], users: [ann], deny: [pull]}]}';
    const { explain } = createExplain(rules, { REGISTRY_AUTH: '' });
    const { lines, notes } = await explain('--as', 'ann', 'quay.io/a/b:1');
    expect(lines[0]).toBe('pull yes (default)');
    expect(notes).toEqual(['nobody can log in here, so every client is anonymous']);
  });

  it('answers without rules, and as JSON', async () => {
    const { explain } = createExplain('{}');
    const { lines, exitCode } = await explain('--as', 'ann', '--json', 'quay.io/a/b:1');
    expect(exitCode).toBe(0);
    expect(JSON.parse(lines.join('\n'))).toEqual({
      image: 'quay.io/a/b',
      reference: '1',
      served: 'yes',
      upstream: 'quay.io',
      repository: 'a/b',
      user: 'ann',
      groups: [],
      from: null,
      letIn: true,
      rights: [
        { right: 'pull', allowed: true, reason: 'no rules are set' },
        { right: 'fetch', allowed: true, reason: 'no rules are set' },
        { right: 'push', allowed: false, reason: 'a cache takes no pushes' },
        { right: 'delete', allowed: false, reason: 'a cache takes no pushes' },
      ],
      tag: { code: 'fetched', next: 'it is not here, so quay.io is asked for it' },
      referrers: [],
      pinned: false,
      notes: [],
    });
  });

  it('says that a signature is asked for besides', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const file = join(createFolder(), 'cosign.pub');
    writeFileSync(file, key.export({ type: 'spki', format: 'pem' }));
    const { explain } = createExplain(`
trust:
  - {images: ["docker.io/**"], mode: warn, anyOf: [{key: ${file}}]}
  - {images: ["quay.io/a/*"], anyOf: [{key: ${file}}]}
`);
    const notesOf = async (image: string) => (await explain('--as', 'ann', image)).notes;
    expect(await notesOf('quay.io/a/b:1')).toEqual([
      'trust rule 2: without a good signature it is refused to everybody',
    ]);
    expect(await notesOf('docker.io/a/b:1')).toEqual(['']);
  });

  it('says what admission would say, without a question to the scanner', async () => {
    const { explain, addTag } = createExplain(`
access: {default: [pull, fetch]}
admission:
  - {images: ["quay.io/a/*"], minimumAge: 3d}
  - {images: ["**"], ask: "http://127.0.0.1:1/admit"}
`);
    const { exitCode, lines, notes } = await explain('--as', 'ann', 'quay.io/a/b:v1');
    expect([exitCode, lines[0]]).toEqual([0, 'pull yes (default)']);
    expect(notes).toEqual([
      'admission: quay.io/a/b has to wait: it has to be known here for 3d first (admission rule 1)',
    ]);
    // The image that a tag has here was admitted, and is not asked about by its age.
    addTag('v1');
    const told = await explain('--as', 'ann', '--json', 'quay.io/a/b:v1');
    expect(JSON.parse(told.lines[0] ?? '').checks).toEqual([
      {
        check: 'admission',
        rules: [1, 2],
        outcome: 'open',
        reason: 'the next pull asks http://127.0.0.1:1/admit',
      },
    ]);
  });

  it('refuses what it cannot read', async () => {
    const { explain } = createExplain();
    const failures = [
      [['Redis'], /^REF: found "Redis"; accepted: an image/],
      [['--from', '10.0.0.0/8', 'redis'], /^--from: found "10.0.0.0\/8"; accepted: an IP address/],
      [['--group', 'ops', 'redis'], /^--group: found "ops"; accepted: --as USER/],
    ] as const;
    for (const [args, message] of failures) {
      const { exitCode, notes } = await explain(...args);
      expect(exitCode).toBe(1);
      expect(notes).toEqual([expect.stringMatching(message)]);
    }
  });

  it('says where a registry decides by itself, also without rules', async () => {
    const { explain } = createExplain('upstreams: {quay.io: {authorize: upstream}}', {
      REGISTRY_AUTH: '',
    });
    const guest = await explain('--as', 'quay.io:bob', 'quay.io/a/b:v1');
    expect(guest.lines[0]).toBe('pull yes (its registry decides)');
    expect((await explain('quay.io/a/b:v1')).lines[0]).toBe('pull no (no rule allows it)');
    expect((await explain('docker.io/library/redis:7')).lines[0]).toBe(
      'pull yes (no rules are set)',
    );
  });
});
