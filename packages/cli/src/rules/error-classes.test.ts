import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../docs/generate.ts';

interface ErrorClass {
  readonly name: string;
  /** A literal, or the type of one that is given to the constructor. */
  readonly code: string | undefined;
}

const CLASS = /^(?:export )?class (\w+) extends \w*Error \{\n([\s\S]*?)^\}/gm;
const CODE = /^ {2}readonly code(?: = '([A-Z_]+)'|: (\w+));$/m;

function listErrorClasses(text: string): ErrorClass[] {
  return [...text.matchAll(CLASS)].map(([, name = '', body = '']) => {
    const [, literal, type] = CODE.exec(body) ?? [];
    return { name, code: literal ?? type };
  });
}

test('each class of errors has a code, and no two have the same', () => {
  const sources = globSync('packages/*/src/**/*.ts', { cwd: ROOT }).filter(
    (path) => !path.endsWith('.test.ts') && !path.startsWith('packages/testbed/'),
  );
  const classes = sources.flatMap((path) =>
    listErrorClasses(readFileSync(join(ROOT, path), 'utf8')),
  );
  expect(classes.length).toBeGreaterThan(10);
  expect(classes.filter(({ code }) => code === undefined)).toEqual([]);
  const codes = classes.map(({ code }) => code);
  expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
});

test('a class without a code is found', () => {
  const text = `
export class OddError extends Error {
  constructor() {
    super('odd');
  }
}

class CodedError extends TypeError {
  readonly code = 'CODED';
}

export class RegistryError extends Error {
  readonly code: OciErrorCode;
}
`;
  expect(listErrorClasses(text)).toEqual([
    { name: 'OddError', code: undefined },
    { name: 'CodedError', code: 'CODED' },
    { name: 'RegistryError', code: 'OciErrorCode' },
  ]);
});
