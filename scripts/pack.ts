// `npm run pack`: build/kentongan-<version>.tgz, ready for a registry or for `npm install`.
import { join } from 'node:path';
import { buildPackage } from './build.ts';
import { mustRun, ROOT } from './tools.ts';

const folder = buildPackage();
const destination = join(ROOT, 'build');
const output = mustRun('npm', ['pack', '--json', '--pack-destination', destination], folder);
const found = /"filename": "([^"]+)"/.exec(output)?.[1];
if (found === undefined) throw new Error(`npm pack did not say what it made:\n${output}`);
console.log(join(destination, found));
