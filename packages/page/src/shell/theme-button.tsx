import { useState } from 'preact/hooks';
import { applyTheme, nextTheme, readTheme, type Theme } from '../settings/theme.ts';

const WORDS: Readonly<Record<Theme, string>> = { auto: 'Auto', light: 'Light', dark: 'Dark' };
const SIGNS: Readonly<Record<Theme, string>> = { auto: '◐', light: '☀', dark: '☾' };

/** Switches between the system's theme, light and dark. */
export function ThemeButton() {
  const [theme, setTheme] = useState(readTheme);
  const change = () => {
    const next = nextTheme(theme);
    applyTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" class="plain" id="theme" onClick={change}>
      <span aria-hidden="true">{SIGNS[theme]}</span> <span class="sr">Theme: </span>
      {WORDS[theme]}
    </button>
  );
}
