import { useState } from 'preact/hooks';

/** A line to copy into a terminal, or elsewhere. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [state, setState] = useState<'ready' | 'copied' | 'failed'>('ready');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      setState('failed');
    }
    setTimeout(() => setState('ready'), 2_000);
  };
  const words = { ready: 'Copy', copied: 'Copied', failed: 'Select it, and copy by hand' };
  return (
    <div class="copy">
      <code>{text}</code>
      <button type="button" aria-label={`Copy the line for ${label}`} onClick={() => void copy()}>
        {words[state]}
      </button>
    </div>
  );
}
