import { expect, it } from 'vitest';
import { formatColumns } from './format-columns.ts';

it('aligns columns, and escapes what would change the terminal', () => {
  expect(
    formatColumns(
      ['NAME', 'STATE', 'REASON'],
      [
        ['quay.io', 'up', ''],
        ['registry.example.com', 'down', 'a\u001b[2J\nb'],
      ],
    ),
  ).toEqual([
    'NAME                  STATE  REASON',
    'quay.io               up',
    'registry.example.com  down   a\\u001b[2J\\u000ab',
  ]);
});
