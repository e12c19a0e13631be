// Configurations of the peers: templates in bench/peers, filled in and written beside where they run.
import { chmodSync, chownSync, existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Place } from './servers.ts';

/** nobody: for servers that do not want to be root, and it is nobody else's. */
const NOBODY = 65_534;

/** Puts values in the place of `{{name}}`; every name has to have one. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`{{${name}}} has no value`);
    return value;
  });
}

/** Writes the configuration for a place; returns its file. */
export function writeConfiguration(name: string, program: string, { folder, port }: Place): string {
  const template = readFileSync(new URL(`./peers/${name}`, import.meta.url), 'utf8');
  const file = join(folder, name);
  writeFileSync(file, fillTemplate(template, { port: String(port), folder, modules: modulesOf(program) }));
  // Whoever it runs as has to read and write there.
  chmodSync(folder, 0o755);
  const user = plainUser();
  if (user !== undefined) chownSync(folder, user, user);
  return file;
}

/** For root: somebody else; otherwise who we are. */
export function plainUser(): number | undefined {
  return process.getuid?.() === 0 ? NOBODY : undefined;
}

/** InspIRCd's modules lie in the `lib` beside the `sbin` of the program, whichever place both were put in. */
function modulesOf(program: string): string {
  const beside = join(dirname(dirname(realpathSync(program))), 'lib', 'inspircd', 'modules');
  return existsSync(beside) ? beside : '/usr/lib/inspircd/modules';
}
