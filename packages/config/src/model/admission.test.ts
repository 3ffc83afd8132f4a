import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../policy/parse.ts';
import { buildAdmission } from './admission.ts';

const FILE = '/registry-cache.yaml';
const NAMES = { aliases: { 'index.docker.io': 'docker.io' }, library: ['docker.io'] };

function parse(yaml: string) {
  const parsed = parsePolicy(FILE, `admission:\n${yaml}`);
  return parsed.ok ? buildAdmission(parsed.value.admission, NAMES) : parsed.issues;
}

describe('the rules for admission', () => {
  test('are read with their times, and name images as they are named here', () => {
    const rules = parse(`
  - images: ["index.docker.io/redis", "quay.io/**", "index.*/nginx"]
    minimumAge: 3d
  - images: ["**"]
    ask: http://scanner.internal/admit
  - images: ["**"]
    ask: https://scanner.internal:8443/admit?since=2026
    timeout: 5s
    minimumAge: 1h
`);
    expect(rules).toEqual([
      {
        number: 1,
        images: [
          'docker.io/library/redis',
          'quay.io/**',
          'index.*/nginx',
          'docker.io/library/nginx',
        ],
        minimumAgeMs: 259_200_000,
      },
      {
        number: 2,
        images: ['**'],
        ask: { url: 'http://scanner.internal/admit', timeoutMs: 30_000 },
      },
      {
        number: 3,
        images: ['**'],
        minimumAgeMs: 3_600_000,
        ask: { url: 'https://scanner.internal:8443/admit?since=2026', timeoutMs: 5_000 },
      },
    ]);
    expect(parse('  []')).toBeUndefined();
  });

  test.each([
    ['  - {images: ["**"]}', 'admission[0]', /minimumAge, or ask, or both/],
    ['  - {images: ["a/b:v1"], minimumAge: 3d}', 'admission[0].images[0]', /without a tag/],
    ['  - {images: ["**"], minimumAge: 3}', 'admission[0].minimumAge', /a duration/],
    ['  - {images: ["**"], minimumAge: 0s}', 'admission[0].minimumAge', /a duration/],
    ['  - {images: ["**"], minimumAge: 3d, timeout: 3s}', 'admission[0].timeout', /with ask/],
    ['  - {images: ["**"], ask: "http://a/", timeout: 11m}', 'admission[0].timeout', /to 10m/],
    ['  - {images: ["**"], ask: "ftp://a/"}', 'admission[0].ask', /^http:/],
    ['  - {images: ["**"], ask: "scanner"}', 'admission[0].ask', /^http:/],
    ['  - {images: ["**"], minimumAge: 3d, token: /t}', 'admission[0].token', /with ask/],
    ['  - {images: ["**"], ask: "http://a/", token: t}', 'admission[0].token', /absolute path/],
    [
      '  - {images: ["**"], asks: "http://a/"}',
      'admission[0].asks',
      /images, minimumAge, ask, token/,
    ],
  ])('refuse %j', (yaml, path, accepted) => {
    expect(parse(yaml)).toContainEqual(
      expect.objectContaining({
        path: `${FILE} ${path}`,
        accepted: expect.stringMatching(accepted),
      }),
    );
  });

  test('refuse a login in the URL, and never quote it', () => {
    const issues = parse('  - {images: ["**"], ask: "http://ann:s3cret@scanner/"}');
    expect(issues).toMatchObject([{ accepted: expect.stringMatching(/without a login/) }]);
    expect(JSON.stringify(issues)).not.toContain('s3cret');
  });
});
