import { expect, test } from 'vitest';
import { optionsIn } from '../testing/egress-fixture.ts';
import { parseCredentials, parseOptions } from './schema.ts';

test('reads the options that config writes', () => {
  const options = optionsIn('/run', 'https://registry.example.com');
  expect(parseOptions(JSON.stringify(options))).toEqual(options);
});

test('an error names the wrong field', () => {
  expect(() => parseOptions('{"logLevel":"loud"}')).toThrow(/^logLevel: /);
});

test('an error never shows the content of a broken credentials file', () => {
  expect(() => parseCredentials('{"up": s3cret')).toThrow(/^not JSON \(13 characters\)$/);
  const wrong = JSON.stringify({ up: { kind: 'basic', username: 's3cret', password: ['s3cret'] } });
  expect(() => parseCredentials(wrong)).toThrow(/^up\.password: (?!.*s3cret)/);
});

test('refuses a path as the name of a helper', () => {
  const text = JSON.stringify({ up: { kind: 'helper', program: '../evil', serverUrl: 'x' } });
  expect(() => parseCredentials(text)).toThrow(/^up\.program: /);
});
