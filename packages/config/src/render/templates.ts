import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { quoteHaproxy, quoteNginx, quoteRsyslog, quoteSupervisor, quoteYaml } from './escape.ts';

const INSTALLED = '/usr/share/registry-cache/templates';

export type Template = (view: object) => string;

/** The templates by file name, compiled. `{{x}}` renders text as it is: quote with a helper. */
export function loadTemplates(dir: string = findTemplatesDir()): (name: string) => Template {
  const handlebars = Handlebars.create();
  handlebars.registerHelper({
    haproxy: quoteHaproxy,
    nginx: quoteNginx,
    yaml: quoteYaml,
    supervisor: quoteSupervisor,
    rsyslog: quoteRsyslog,
  });
  return (name) => {
    const source = readFileSync(join(dir, name), 'utf8');
    return handlebars.compile(source, { noEscape: true, strict: true, preventIndent: true });
  };
}

/** Beside the sources in a checkout, in /usr/share in the image. */
function findTemplatesDir(): string {
  const inCheckout = join(import.meta.dirname ?? '', '../../../../templates');
  return existsSync(inCheckout) ? inCheckout : INSTALLED;
}
