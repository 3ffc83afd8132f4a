import { type Component, describePackage, encodePurl } from './component.ts';

/** Entries of `process.versions` that are numbers of interfaces and data, and no software. */
const NO_LIBRARIES = ['node', 'modules', 'napi', 'unicode', 'cldr', 'tz'];

/** An npm package of the bundles, as `scripts/lib/bundle.ts` lists it. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/**
 * Node.js with the libraries that are built into it.
 *
 * @param versions - `process.versions` of the program.
 */
export function describeNode(versions: Readonly<Record<string, string | undefined>>): Component {
  const { node: version = '' } = versions;
  const libraries = Object.entries(versions).flatMap(([name, found = '']) =>
    found === '' || NO_LIBRARIES.includes(name) ? [] : [describeLibrary(name, found)],
  );
  return {
    ...describePackage(`pkg:generic/node@${version}`, {
      type: 'application',
      name: 'node',
      version,
    }),
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    components: libraries,
  };
}

function describeLibrary(name: string, version: string): Component {
  return describePackage(`pkg:generic/${name}@${encodePurl(version)}`, { name, version });
}

export function describeNpm({ name, version, license }: NpmPackage): Component {
  const path = name.split('/').map(encodePurl).join('/');
  return describePackage(`pkg:npm/${path}@${encodePurl(version)}`, {
    name,
    version,
    licenses: [{ expression: license }],
  });
}
