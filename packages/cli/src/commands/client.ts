import {
  buildClientSetup,
  CLIENTS,
  type Client,
  type ClientFile,
  findClientAddress,
  formatKeyPin,
  listClientNames,
  loadClientModel,
  type Model,
  parseClientAddress,
} from '@registry-cache/config';
import { InvalidInputError, runPaths, unwrap } from '@registry-cache/domain';
import { Argument, type Command, Option } from 'commander';
import { findUncovered } from '../client/certificate-names.ts';
import { renderSystemdScript, SYSTEMD } from '../client/systemd.ts';
import { writeClientFiles } from '../client/write-files.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { warn } from '../warn.ts';

interface ClientOptions extends InputOptions {
  readonly address?: string;
  readonly out?: string;
  readonly script?: boolean;
  readonly curl?: boolean;
}

export function addClient(program: Command): void {
  const command = program
    .command('client')
    .description(
      'Prints the set-up with which a client pulls through the cache: files, or a script.',
    )
    .addArgument(new Argument('<client>', 'the client').choices([...Object.keys(CLIENTS), SYSTEMD]))
    .option(
      '--address <host:port>',
      'where clients reach the cache (default: CLIENT_ADDRESS, or the first of CERTIFICATE_NAMES or else of the certificate, port 8443)',
    )
    .addOption(new Option('--out <dir>', 'write the files below a folder').conflicts('script'))
    .addOption(new Option('--script', 'print the script that the cache serves').conflicts('curl'))
    .addOption(new Option('--curl', 'print the line that fetches and runs it').conflicts('out'));
  addInputOptions(command).action(async (name: string, options: ClientOptions) => {
    const isSystemd = name === SYSTEMD;
    const run = runPaths(process.env.RUNDIR);
    const modelOptions = { withProxy: isSystemd };
    const model = unwrap(await loadClientModel(readSettings(options), run, modelOptions));
    const address = chooseAddress(options.address, model);
    const uncovered = findUncovered(model.certificate, address);
    if (uncovered !== undefined) warn(uncovered);
    const curl = formatCurl(name, address, model.certificate);
    if (isSystemd) return printSystemd(options, curl, renderSystemdScript(model, address));
    const client = CLIENTS[name] as Client;
    const setup = buildClientSetup(model, address);
    if (options.curl || options.script) {
      process.stdout.write(options.curl ? `${curl}\n` : client.script(setup));
      return;
    }
    const { files, notes, isYaml = false } = client.plan(setup);
    if (options.out !== undefined) {
      const written = await writeClientFiles(options.out, files);
      for (const path of written) console.log(path);
    } else {
      process.stdout.write(isYaml ? formatStream(files) : files.map(formatFile).join('\n'));
    }
    for (const note of notes) console.error(`then: ${note}`);
    console.error(`or all of it, on the client: ${curl}`);
  });
}

/** The script finds the services on the client itself, so there are no files to print. */
function printSystemd({ script, out }: ClientOptions, curl: string, text: string): void {
  if (out !== undefined) {
    const accepted = '--script or --curl: its files depend on the client';
    throw new InvalidInputError([{ path: '--out', found: out, accepted }]);
  }
  process.stdout.write(script ? text : `${curl}\n`);
}

/** The given address, else the first host name that an operator gave the cache. */
function chooseAddress(given: string | undefined, model: Model): string {
  if (given !== undefined) return unwrap(parseClientAddress('--address', given));
  const known = findClientAddress(model.settings);
  // Without a host it is only the port.
  if (!known.startsWith(':')) return known;
  for (const one of listClientNames(model)) {
    // A certificate may have names that cannot stand in an image reference.
    const address = parseClientAddress('--address', `${one}${known}`);
    if (!address.ok) continue;
    warn(`the address is ${address.value}, by the certificate; --address takes another one`);
    return address.value;
  }
  const found = 'nothing, and no host name for clients in the certificate';
  const accepted =
    'where clients reach the cache, such as cache.example.com:8443; CERTIFICATE_NAMES adds such a name to a certificate that is made here';
  throw new InvalidInputError([{ path: '--address', found, accepted }]);
}

/** The client does not know the certificate yet, so it checks the key, also with `--insecure`. */
function formatCurl(name: string, address: string, certificate: string): string {
  const pin = formatKeyPin(certificate);
  return `curl -fsS --insecure --pinnedpubkey '${pin}' https://${address}/setup/${name} | sh`;
}

/** Documents of YAML, for a pipe. */
function formatStream(files: readonly ClientFile[]): string {
  return files.map(({ content }) => content).join('---\n');
}

/** A heading as `tail` writes it for several files. */
function formatFile({ path, content }: ClientFile): string {
  return `==> ${path} <==\n${content}`;
}
