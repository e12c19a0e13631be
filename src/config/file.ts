// The configuration file: TOML.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { fileSource, type Source } from './config.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';

/**
 * Reads one file.
 * @throws StartError (usage) when it can not be read or is no TOML
 */
export function readConfigFile(path: string, cwd: string): Source {
  const file = resolve(cwd, path);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError('config.unreadable', { path: file, reason: reasonOf(error) }, 'usage');
  }
  try {
    return fileSource(parse(text), file);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ''] = error.message.split('\n');
    throw new StartError(
      'config.toml',
      { path: file, line: error.line, column: error.column, reason },
      'usage',
    );
  }
}
