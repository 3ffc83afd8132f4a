import { render } from 'preact';
import { refreshAll } from './api/watch.ts';
import { applyTheme, readTheme } from './settings/theme.ts';
import { Shell } from './shell/shell.tsx';

applyTheme(readTheme());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refreshAll();
});
render(<Shell />, document.body);
