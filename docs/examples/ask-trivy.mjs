// Answers the questions of `admission` by Trivy: `PORT=8080 node ask-trivy.mjs`.
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FLAGS = ['--quiet', '--format=json', '--severity=CRITICAL', '--ignore-unfixed'];

createServer(async (request, response) => {
  // Where Trivy fails there is no answer, and nothing is admitted.
  const answer = await decide(request).catch((error) => void console.error(error));
  response.writeHead(answer === undefined ? 500 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer ?? {}));
}).listen(Number(process.env.PORT ?? 8080));

async function decide(request) {
  const { image, digest } = await json(request);
  const { stdout } = await run('trivy', ['image', ...FLAGS, `${image}@${digest}`], {
    maxBuffer: 256 * 1024 * 1024,
  });
  const results = JSON.parse(stdout).Results ?? [];
  const findings = results.flatMap(({ Vulnerabilities }) => Vulnerabilities ?? []);
  const ids = [...new Set(findings.map(({ VulnerabilityID }) => VulnerabilityID))];
  if (ids.length === 0) return { admit: true, reason: 'no critical finding' };
  return { admit: false, reason: `critical: ${ids.slice(0, 5).join(', ')}` };
}
