import { ANONYMOUS, basicLogin, identityLogin, type Login } from './login.ts';

/** Runs `docker-credential-<program> get` with `input` on its standard input. */
export type RunHelper = (program: string, input: string) => Promise<HelperResult>;

export interface HelperResult {
  readonly failed: boolean;
  readonly timedOut: boolean;
  readonly stdout: string;
}

const TIMEOUT_MS = 15_000;

/** Runs the real program. Loads execa at first use, because most pull secrets name no helper. */
export const runHelper: RunHelper = async (program, input) => {
  const { execa } = await import('execa');
  const options = { input, timeout: TIMEOUT_MS, reject: false, maxBuffer: 1_000_000 } as const;
  const { failed, timedOut, stdout } = await execa(
    `docker-credential-${program}`,
    ['get'],
    options,
  );
  return { failed, timedOut, stdout: stdout ?? '' };
};

/**
 * Asks a credential helper. The login is anonymous if the helper does not know the server.
 * Source: docker-credential-helpers, "Development": JSON `{Username, Secret}`; the user name
 * `<token>` marks the secret as an identity token.
 * @throws Error without any output of the helper, which may hold secrets.
 */
export async function askHelper(
  program: string,
  serverUrl: string,
  run: RunHelper,
): Promise<Login> {
  const name = `docker-credential-${program}`;
  const { failed, timedOut, stdout } = await run(program, serverUrl);
  if (timedOut) throw new Error(`${name} gave no answer within ${TIMEOUT_MS / 1000}s`);
  if (failed) {
    if (stdout.includes('credentials not found')) return ANONYMOUS;
    throw new Error(`${name} get failed for ${serverUrl}`);
  }
  const answer = parseAnswer(stdout);
  if (answer === undefined)
    throw new Error(`${name} get answered with something other than JSON with Username and Secret`);
  const { username, secret } = answer;
  if (username === '' && secret === '') return ANONYMOUS;
  return username === '<token>' ? identityLogin(secret) : basicLogin(username, secret);
}

function parseAnswer(stdout: string): { username: string; secret: string } | undefined {
  try {
    const { Username: username, Secret: secret } = JSON.parse(stdout) as Record<string, unknown>;
    if (typeof username === 'string' && typeof secret === 'string') return { username, secret };
  } catch {
    // The caller reports it without the text, which may hold a secret.
  }
  return undefined;
}
