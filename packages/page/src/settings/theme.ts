import { keep, readKept } from './kept.ts';

/** `auto` follows the system. */
export type Theme = 'auto' | 'light' | 'dark';

const ORDER: readonly Theme[] = ['auto', 'light', 'dark'];

export function readTheme(): Theme {
  const kept = readKept('theme');
  return ORDER.find((one) => one === kept) ?? 'auto';
}

/** The theme behind this one, round and round. */
export function nextTheme(theme: Theme): Theme {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? 'auto';
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  keep('theme', theme);
}
