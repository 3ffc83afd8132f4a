import { expect, test } from 'vitest';
import { parseJson, type Shape } from './json-file.ts';

const refusing = (path: readonly PropertyKey[]): Shape<never> => ({
  safeParse: () => ({ success: false, error: { issues: [{ path, message: 'too small' }] } }),
});
const anything: Shape<unknown> = { safeParse: (data) => ({ success: true, data }) };

test('gives the data that the shape accepts', () => {
  expect(parseJson('{"a":1}', anything)).toEqual({ a: 1 });
});

test('names the field that the shape refuses', () => {
  expect(() => parseJson('{}', refusing(['list', 0, 'name']))).toThrow(
    /^list\.0\.name: too small$/,
  );
  expect(() => parseJson('[]', refusing([]))).toThrow(/^the file: too small$/);
});

test('never shows text that is not JSON', () => {
  expect(() => parseJson('{"up": s3cret', anything)).toThrow(/^not JSON \(13 characters\)$/);
});
