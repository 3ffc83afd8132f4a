import { type Component, describePackage, encodePurl } from './component.ts';

/** The format in which `dpkg-query --show` lists packages for {@link describeDebian}. */
export const DPKG_FORMAT =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg fills these in.
  '${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n';

/**
 * The operating system and its installed packages.
 *
 * @param release - The text of /etc/os-release.
 * @param listed - The output of `dpkg-query --show --showformat=DPKG_FORMAT`.
 */
export function describeDebian(release: string, listed: string): Component[] {
  const id = readValue(release, 'ID');
  const version = readValue(release, 'VERSION_ID');
  const system: Component = { type: 'operating-system', 'bom-ref': 'os', name: id, version };
  const packages = listed.split('\n').filter((line) => line.startsWith('ii'));
  return [system, ...packages.map((line) => describeLine(line, id, version))];
}

function describeLine(line: string, id: string, release: string): Component {
  const [, name = '', version = '', arch = '', source = '', sourceVersion = ''] = line.split('\t');
  // Faults are reported by the name of the source.
  const upstream = sourceVersion === version ? source : `${source}@${sourceVersion}`;
  const qualifiers = [
    `arch=${arch}`,
    `distro=${id}-${release}`,
    ...(upstream === name ? [] : [`upstream=${encodePurl(upstream)}`]),
  ];
  const purl = `pkg:deb/${id}/${encodePurl(name)}@${encodePurl(version)}?${qualifiers.join('&')}`;
  return describePackage(purl, { name, version });
}

/** `debian` of the line `ID=debian`, with or without quotes. */
function readValue(release: string, name: string): string {
  const value = new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(release)?.[1];
  if (value === undefined) throw new Error(`/etc/os-release: found no ${name}`);
  return value;
}
