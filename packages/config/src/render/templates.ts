import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import {
  quoteHaproxy,
  quoteHaproxyFormat,
  quoteNginx,
  quoteRsyslog,
  quoteSupervisor,
  quoteYaml,
} from '../escape/escape.ts';

const PARTIAL = '.partial.hbs';
const INSTALLED = '/usr/share/registry-cache/templates';

export type Template = (view: object) => string;

/** The compiled templates by file name. `{{x}}` does not escape text, so templates quote by a helper. */
export function loadTemplates(): (name: string) => Template {
  const dir = findTemplatesDir();
  const handlebars = Handlebars.create();
  handlebars.registerHelper({
    haproxy: quoteHaproxy,
    haproxyFormat: quoteHaproxyFormat,
    nginx: quoteNginx,
    rsyslog: quoteRsyslog,
    yaml: quoteYaml,
    supervisor: quoteSupervisor,
  });
  for (const file of readdirSync(dir).filter((name) => name.endsWith(PARTIAL))) {
    const source = readFileSync(join(dir, file), 'utf8');
    handlebars.registerPartial(file.slice(0, -PARTIAL.length), source);
  }
  return (name) => {
    const source = readFileSync(join(dir, name), 'utf8');
    return handlebars.compile(source, { noEscape: true, strict: true, preventIndent: true });
  };
}

/** A script beside the templates. It has no variables of Handlebars, so it is copied as it is. */
export function readScript(name: string): string {
  return readFileSync(join(findTemplatesDir(), name), 'utf8');
}

/** Beside the sources in a checkout, in /usr/share in the image. */
function findTemplatesDir(): string {
  const inCheckout = join(import.meta.dirname ?? '', '../../../../templates');
  return existsSync(inCheckout) ? inCheckout : INSTALLED;
}
