import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeTemporaryFolder, runOrThrow } from '@registry-cache/testbed';

/** `scripts/test` builds it. */
export const HELM = resolve(import.meta.dirname, '../../.tools/bin/helm');

/**
 * Packs a chart with the real helm, and pushes it as `<registry>/<repository>/<name>:<version>`.
 * @param registry `127.0.0.1:5000`, by plain HTTP.
 */
export async function pushChart(
  registry: string,
  repository: string,
  { name, version }: { readonly name: string; readonly version: string },
): Promise<void> {
  await using folder = await makeTemporaryFolder('chart');
  const chart = join(folder.path, name);
  await mkdir(join(chart, 'templates'), { recursive: true });
  const about = { apiVersion: 'v2', name, version, description: 'of a test' };
  await writeFile(join(chart, 'Chart.yaml'), JSON.stringify(about));
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n';
  await writeFile(join(chart, 'templates/map.yaml'), map);
  const options = { env: { HOME: folder.path, PATH: '/usr/bin:/bin' } };
  await runOrThrow(HELM, ['package', chart, '--destination', folder.path], options);
  const archive = join(folder.path, `${name}-${version}.tgz`);
  await runOrThrow(
    HELM,
    ['push', archive, `oci://${registry}/${repository}`, '--plain-http'],
    options,
  );
}
