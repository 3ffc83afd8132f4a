import { expect, it } from 'vitest';
import { formatOwnCommand } from './own-command.ts';

it('a command is shown as a shell reads it', () => {
  expect(formatOwnCommand(['warm', '/lists/a.yaml', '--platform', 'linux/amd64'])).toBe(
    'registry-cache warm /lists/a.yaml --platform linux/amd64',
  );
  expect(formatOwnCommand(['import', "it's here", '$(x)'])).toBe(
    `registry-cache import 'it'\\''s here' '$(x)'`,
  );
});

it('says which file a command read on standard input', () => {
  expect(formatOwnCommand(['import', '-'], 'BUNDLE')).toBe('registry-cache import - < BUNDLE');
});
