import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../docs/generate.ts';

const BIOME = join(ROOT, 'node_modules/.bin/biome');
const EGRESS = 'packages/egress/src';
const importOf = (...specifiers: string[]) =>
  specifiers.map((specifier) => `export * from '${specifier}';\n`).join('');
const ANSWER = 'export async function answer(): Promise<number> {\n  return await fetchOne();\n}\n';

/** One file for each rule, with the rule that it breaks, or without one if it keeps all. */
const FILES: readonly [file: string, text: string, broken?: string][] = [
  [`${EGRESS}/wire/down.ts`, importOf('@registry-cache/domain', './near.ts', '../../package.json')],
  [`${EGRESS}/wire/up.ts`, importOf('../upstream/down.ts'), 'noRestrictedImports'],
  [`${EGRESS}/wire/to-the-top.ts`, importOf('../egress.ts'), 'noRestrictedImports'],
  [`${EGRESS}/upstream/down.ts`, importOf('../wire/down.ts', './auth/login.ts')],
  [`${EGRESS}/upstream/client/up.ts`, importOf('../../cache/down.ts'), 'noRestrictedImports'],
  [`${EGRESS}/upstream/beside.ts`, importOf('../store/down.ts'), 'noRestrictedImports'],
  [`${EGRESS}/store/down.ts`, importOf('../wire/down.ts')],
  [`${EGRESS}/store/up.ts`, importOf('../cache/down.ts'), 'noRestrictedImports'],
  [`${EGRESS}/cache/down.ts`, importOf('../upstream/down.ts', '../store/down.ts')],
  [`${EGRESS}/cache/tags/up.ts`, importOf('../../doors/down.ts'), 'noRestrictedImports'],
  [`${EGRESS}/doors/down.ts`, importOf('../cache/down.ts', '../metrics/down.ts')],
  [`${EGRESS}/doors/pass/up.ts`, importOf('../../create-client.ts'), 'noRestrictedImports'],
  [`${EGRESS}/metrics/down.ts`, importOf('../wire/down.ts')],
  [`${EGRESS}/metrics/up.ts`, importOf('../doors/down.ts'), 'noRestrictedImports'],
  [`${EGRESS}/options/up.ts`, importOf('../cache/down.ts'), 'noRestrictedImports'],
  [`${EGRESS}/egress.ts`, importOf('./doors/down.ts', '@registry-cache/runtime')],
  [`${EGRESS}/egress.test.ts`, importOf('./wire/down.ts', './testing/registry.ts')],
  ['packages/domain/src/down.ts', importOf('node:path')],
  ['packages/domain/src/up.ts', importOf('@registry-cache/runtime'), 'noRestrictedImports'],
  ['packages/certificates/src/up.ts', importOf('@registry-cache/domain'), 'noRestrictedImports'],
  ['packages/config/src/down.ts', importOf('@registry-cache/certificates')],
  ['packages/lists/src/up.ts', importOf('@registry-cache/runtime'), 'noRestrictedImports'],
  ['packages/runtime/src/up.ts', importOf('@registry-cache/config'), 'noRestrictedImports'],
  ['packages/doctor/src/down.ts', importOf('@registry-cache/egress/probe')],
  ['packages/doctor/src/beside.ts', importOf('@registry-cache/egress'), 'noRestrictedImports'],
  ['packages/auth/src/beside.ts', importOf('@registry-cache/egress'), 'noRestrictedImports'],
  ['packages/cli/src/within.ts', importOf('../../config/src/boot.ts'), 'noRestrictedImports'],
  [`${EGRESS}/cache/one.ts`, importOf('./other.ts'), 'noImportCycles'],
  [`${EGRESS}/cache/other.ts`, "export type { One } from './one.ts';\n", 'noImportCycles'],
  ['packages/config/src/one.ts', importOf('./other.ts'), 'noImportCycles'],
  ['packages/config/src/other.ts', "export type { One } from './one.ts';\n", 'noImportCycles'],
  ['packages/auth/src/answer.ts', `import { fetchOne } from './fetch.ts';\n\n${ANSWER}`],
  ['packages/auth/src/fetch.ts', ANSWER.replace('await fetchOne()', '1')],
  [
    'packages/auth/src/floating.ts',
    "import { answer } from './answer.ts';\n\nanswer();\n",
    'noFloatingPromises',
  ],
  [
    'packages/auth/src/misused.ts',
    "import { answer } from './answer.ts';\n\nexport const word = answer() ? 'yes' : 'no';\n",
    'noMisusedPromises',
  ],
  ['packages/auth/src/long.ts', 'console.info(1);\n'.repeat(251), 'noExcessiveLinesPerFile'],
  ['packages/auth/src/long.test.ts', 'console.info(1);\n'.repeat(400)],
  ['packages/auth/src/unused.ts', "import { x } from './y.ts';\n", 'noUnusedImports'],
];

let root: string;
let brokenRules: ReadonlyMap<string, ReadonlySet<string>>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lint-'));
  await copyFile(join(ROOT, 'biome.json'), join(root, 'biome.json'));
  // Biome takes an empty file for a missing one.
  await writeFile(join(root, '.gitignore'), 'node_modules/\n');
  for (const [file, text] of FILES) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  brokenRules = await lint();
});

afterAll(() => rm(root, { recursive: true, force: true }));

/** The rules that each file breaks, as Biome names them with the project's own configuration. */
async function lint(): Promise<Map<string, Set<string>>> {
  const options = [
    'lint',
    '--error-on-warnings',
    '--max-diagnostics=none',
    '--reporter=github',
    '.',
  ];
  // It ends with a status other than 0, as these files must make it.
  const failed = await promisify(execFile)(BIOME, options, { cwd: root }).catch((error) => error);
  expect(failed.code).toBe(1);
  const found = new Map<string, Set<string>>();
  for (const [, rule = '', file = ''] of failed.stdout.matchAll(
    /^::error title=lint\/\w+\/(\w+),file=([^,]+)/gm,
  )) {
    const name = relative(root, file);
    found.set(name, (found.get(name) ?? new Set()).add(rule));
  }
  return found;
}

test.each(FILES.filter(([, , broken]) => broken !== undefined))(
  'the linter refuses %s',
  (file, _text, broken) => {
    expect([...(brokenRules.get(file) ?? [])]).toEqual([broken]);
  },
);

test('the linter accepts files that keep the rules', () => {
  const good = FILES.filter(([, , broken]) => broken === undefined).map(([file]) => file);
  expect(good.filter((file) => brokenRules.has(file))).toEqual([]);
});
