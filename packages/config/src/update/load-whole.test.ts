import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPaths, unwrap } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadModel } from '../load/load-model.ts';
import { placeholderBootFacts } from '../machine/boot-facts.ts';
import { parseSettings } from '../settings/parse.ts';
import { loadWhole } from './load-whole.ts';
import { countRules, type RuleCounts } from './lost-rules.ts';
import { untilQuiet } from './until-quiet.ts';

const POLICY = `upstreams:
  quay.io: {offline: false}
access:
  rules:
    - images: ["quay.io/**"]
      allow: [pull]
    - images: ["quay.io/team/**"]
      deny: [pull]
admission:
  - images: ["quay.io/**"]
    minimumAge: 3d
`;
const CUT_BEFORE_ACCESS = POLICY.slice(0, POLICY.indexOf('access:'));
/** The second rule is another one without its last line. */
const CUT_WITHIN_RULES = `${POLICY.slice(0, POLICY.indexOf('    - images: ["quay.io/team'))}    `;

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'whole-'));
  file = join(dir, 'registry-cache.yaml');
  await writeFile(join(dir, 'pull-secret.json'), '{"auths": {"quay.io": {}}}');
});

afterEach(() => rm(dir, { recursive: true }));

/** Loads `text`; `then` happens to the file while the update waits for its rest. */
async function load(text: string, inForce: RuleCounts, then?: () => Promise<void>) {
  await writeFile(file, text);
  const settings = unwrap(
    parseSettings({ PULLSECRETPATH: join(dir, 'pull-secret.json'), POLICYPATH: file }),
  );
  const waits: string[] = [];
  const warnings: object[] = [];
  const loaded = await loadWhole({
    load: () =>
      loadModel({
        settings,
        run: runPaths(join(dir, 'run')),
        facts: placeholderBootFacts(),
        certificates: 'placeholder',
        hasRules: Object.keys(inForce).length > 0,
      }),
    inForce,
    untilQuiet: async () => {
      waits.push('waited');
      await then?.();
    },
    log: { warn: (fields: object) => void warnings.push(fields) },
  });
  const rules = loaded.model.ok ? countRules(loaded.model.value) : undefined;
  return { rules, waits: waits.length, warnings };
}

const ALL = { access: 2, admission: 1 };

it('a whole policy counts at once, also with another number of rules', async () => {
  expect(await load(POLICY, ALL)).toEqual({ rules: ALL, waits: 0, warnings: [] });
  const one = await load(POLICY, { access: 3, admission: 1 });
  expect(one).toMatchObject({ rules: ALL, waits: 0 });
});

it.each([
  ['before a section', CUT_BEFORE_ACCESS],
  ['within the rules', CUT_WITHIN_RULES],
])('a policy that is written only in part drops no rules: cut %s', async (_, part) => {
  const rest = () => writeFile(file, POLICY);
  expect(await load(part, ALL, rest)).toEqual({ rules: ALL, waits: 1, warnings: [] });
});

it('a section that is gone for good ends its rules, and that is told', async () => {
  expect(await load(CUT_BEFORE_ACCESS, ALL)).toMatchObject({
    rules: {},
    waits: 1,
    warnings: [
      {
        lost: ['access: 2 before, none now', 'admission: 1 before, none now'],
        stopsWithinLine: false,
      },
    ],
  });
});

it('without rules in force nothing waits', async () => {
  expect(await load(CUT_BEFORE_ACCESS, {})).toEqual({ rules: {}, waits: 0, warnings: [] });
});

it('one mapping in braces needs no line end', async () => {
  const text = JSON.stringify({ access: { default: ['pull'] } });
  expect(await load(text, { access: 0 })).toMatchObject({ waits: 0 });
});

it('waits until a file has been at rest', async () => {
  await writeFile(file, 'a');
  let rests = 0;
  await untilQuiet(file, async () => {
    rests += 1;
    if (rests <= 5) await appendFile(file, 'b');
  });
  expect(rests).toBe(6);
});

it('waits no longer than for ten times that', async () => {
  await writeFile(file, 'a');
  let rests = 0;
  await untilQuiet(file, async () => {
    rests += 1;
    await appendFile(file, 'b');
  });
  expect(rests).toBe(10);
});
