import { type Component, describePackage, encodePurl } from './component.ts';

/** The programs of Go 1.18 and newer begin their build information with this. */
const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
/** The header has this size. The texts follow where the flag says that they are inline. */
const HEADER_BYTES = 32;
const INLINE_FLAG = 2;
/** The module text has marks of this size around it. */
const MARK_BYTES = 16;

/** A module that a program is built from. */
interface Module {
  readonly path: string;
  readonly version: string;
}

/** As `go version -m` prints it. */
export interface BuildInfo {
  /** `go1.25.4` */
  readonly goVersion: string;
  /** Its own module; undefined for programs that were built without modules. */
  readonly main: Module | undefined;
  /** Empty for programs that were built without modules, as Debian builds them. */
  readonly dependencies: readonly Module[];
}

/**
 * Reads the modules of a Go program, without Go.
 * Source: Go's package debug/buildinfo.
 *
 * @throws Error if the program has no build information, or one before Go 1.18.
 */
export function readBuildInfo(program: Buffer): BuildInfo {
  const start = program.indexOf(MAGIC);
  const flags = program[start + MAGIC.length + 1] ?? 0;
  if (start < 0 || (flags & INLINE_FLAG) === 0) {
    throw new Error('the program has no build information of Go 1.18 or newer');
  }
  const version = readText(program, start + HEADER_BYTES);
  const modules = readText(program, version.end);
  const text = modules.bytes.subarray(MARK_BYTES, -MARK_BYTES).toString('utf8');
  return { goVersion: version.bytes.toString('utf8'), ...parseModules(text) };
}

/** A text with its length before it, as a varint of seven bits for each byte. */
function readText(program: Buffer, at: number): { bytes: Buffer; end: number } {
  let [length, shift, position] = [0, 0, at];
  for (;;) {
    const byte = program[position++];
    if (byte === undefined) throw new Error('the build information breaks off');
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
    shift += 7;
  }
  return { bytes: program.subarray(position, position + length), end: position + length };
}

/** Lines of `mod` and `dep`, and `=>` for the module that replaces the one before. */
function parseModules(text: string): Pick<BuildInfo, 'main' | 'dependencies'> {
  const dependencies: Module[] = [];
  let main: Module | undefined;
  for (const line of text.split('\n')) {
    const [kind, path = '', version = ''] = line.split('\t');
    if (kind === 'mod') main = { path, version };
    if (kind === '=>') dependencies.pop();
    if (kind === 'dep' || kind === '=>') dependencies.push({ path, version });
  }
  return { main, dependencies };
}

/**
 * A Go program, with its modules and the standard library as its parts.
 *
 * @param told - The line by which the program tells its module and version, as
 *   `registry github.com/distribution/distribution/v3 v3.1.1`. Builds from a checkout have no
 *   version in their build information. By default its own module there counts.
 * @throws Error if the line has another form.
 */
export function describeGoProgram(
  { goVersion, main, dependencies }: BuildInfo,
  told = `program ${main?.path} ${main?.version}`,
): Component {
  const [, path, version] = /^\S+ (\S+) (\S+)$/.exec(told.trim()) ?? [];
  if (path === undefined || version === undefined) {
    throw new Error(`found the version ${JSON.stringify(told)}; accepted: NAME MODULE VERSION`);
  }
  const standard = { path: 'stdlib', version: goVersion.replace(/^go/, '').split(' ')[0] ?? '' };
  return {
    ...describeModule({ path, version }),
    type: 'application',
    components: [standard, ...dependencies].map(describeModule),
  };
}

function describeModule({ path, version }: Module): Component {
  const name = path.toLowerCase().split('/').map(encodePurl).join('/');
  return describePackage(`pkg:golang/${name}@${encodePurl(version)}`, { name: path, version });
}
