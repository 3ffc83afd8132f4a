import { describe, expect, it } from 'vitest';
import { formatCollector, parseCollectors } from './collectors.ts';

const parse = (text: string) => parseCollectors('LOG_FORWARD', text);
const issuesOf = (text: string) => {
  const parsed = parse(text);
  return parsed.ok ? [] : parsed.issues;
};

describe('LOG_FORWARD', () => {
  it('is a list of collectors', () => {
    const text = 'tcp://logs.test:514  tls://[2001:db8::1]:6514 relps://10.0.0.1:2514';
    const parsed = parse(text);
    expect(parsed.ok && parsed.value).toEqual([
      { scheme: 'tcp', host: 'logs.test', port: 514 },
      { scheme: 'tls', host: '2001:db8::1', port: 6514 },
      { scheme: 'relps', host: '10.0.0.1', port: 2514 },
    ]);
    const shown = parsed.ok ? parsed.value.map(formatCollector) : [];
    expect(shown).toEqual(text.split(/ +/));
  });

  it('may be empty', () => {
    expect(parse(' ')).toEqual({ ok: true, value: [] });
  });

  it.each([
    'logs.test',
    'logs.test:514',
    'http://logs.test:514',
    'tcp://logs.test',
    'tcp://logs.test:0',
    'tcp://logs.test:65536',
    'tcp://[logs]:514',
    'tcp://logs.test:514/path',
    'tcp://a"b:514',
    'tcp://$x:514',
    'tcp://`id`:514',
    'TCP://logs.test:514',
  ])('does not accept %s', (word) => {
    expect(issuesOf(`tcp://good.test:514 ${word}`)).toEqual([
      expect.objectContaining({
        path: 'LOG_FORWARD',
        found: JSON.stringify(word),
        accepted: expect.stringContaining('tcp://HOST:PORT'),
      }),
    ]);
  });

  it('names every bad word, shows no password, and takes each collector once', () => {
    const found = issuesOf('one tcp://user:secret@logs.test:514 tcp://a:1 tcp://a:1').map(
      (issue) => issue.found,
    );
    expect(found).toEqual(['"one"', 'an address with a user', '"tcp://a:1" twice']);
  });
});
