/** One escaper for each target language. Each throws on text that its language cannot hold. */

/** A double-quoted word of haproxy.cfg (management manual, "Quoting and escaping"). */
export function quoteHaproxy(value: unknown): string {
  return `"${checkText(value).replace(/[\\"$]/g, '\\$&')}"`;
}

/** The same for a log format of HAProxy, in which a percent sign begins a variable. */
export function quoteHaproxyFormat(value: unknown): string {
  return quoteHaproxy(checkText(value).replaceAll('%', '%%'));
}

/** A double-quoted nginx parameter. nginx has no escape for `$`, so a value may not hold one. */
export function quoteNginx(value: unknown): string {
  const text = checkText(value);
  if (text.includes('$')) throw new Error(`nginx cannot hold a $ in ${JSON.stringify(text)}`);
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** A double-quoted string of RainerScript, in which a dollar sign may begin a variable. */
export function quoteRsyslog(value: unknown): string {
  return `"${checkText(value).replace(/[\\"$]/g, '\\$&')}"`;
}

/** JSON strings are YAML 1.2 strings as well. */
export function quoteYaml(value: unknown): string {
  return JSON.stringify(checkText(value));
}

/** A basic string of TOML, which has the escapes of JSON. */
export function quoteToml(value: unknown): string {
  return JSON.stringify(checkText(value));
}

/** One word of a POSIX shell. */
export function quoteShell(value: unknown): string {
  return `'${checkText(value).replaceAll("'", "'\\''")}'`;
}

/** A value of supervisord's environment= line: quoted, with % doubled. */
export function quoteSupervisor(value: unknown): string {
  const text = checkText(value);
  if (/["\\]/.test(text)) throw new Error(`supervisord cannot hold ${JSON.stringify(text)}`);
  return `"${text.replaceAll('%', '%%')}"`;
}

function checkText(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new Error(`a template asked for ${typeof value}, not text`);
  }
  const text = String(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw new Error(`a value with a control character cannot be rendered: ${JSON.stringify(text)}`);
  }
  return text;
}
