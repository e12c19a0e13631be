// `npm run build`: the package for the registry, compiled, in build/package. The checkout itself runs its
// TypeScript directly and needs no build.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mustRun, ROOT } from './tools.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly dependencies: Record<string, string>;
}

const COPIED = [
  'bin/kentongan.js',
  'proto/kentongan/v1/kentongan.proto',
  'docs/protocol.md',
  'docs/chat-log.md',
  'docs/cli.md',
  'README.md',
  'README.id.md',
  'CHANGELOG.md',
  'LICENSE',
];

/** What others may import, and the source of each. */
const EXPORTS: Record<string, string> = {
  '.': 'src/index',
  './protocol': 'src/protocol/index',
  './client': 'clients/sdk/index',
  './client/tcp': 'clients/sdk/tcp',
  './client/tls': 'clients/sdk/tls',
  './client/known-hosts': 'clients/sdk/known-hosts',
  './client/identity': 'clients/sdk/identity',
};

function manifest(): object {
  const root = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const entries = Object.entries(EXPORTS).map(([name, source]) => [
    name,
    { types: `./dist/${source}.d.ts`, default: `./dist/${source}.js` },
  ]);
  return {
    name: root.name,
    version: root.version,
    description: root.description,
    keywords: root.keywords,
    license: root.license,
    type: 'module',
    // The first one with an SQLite that is no experiment. The checkout brings its own Node; a package must not.
    engines: { node: '>=24.15' },
    bin: { kentongan: 'bin/kentongan.js' },
    exports: { ...Object.fromEntries(entries), './package.json': './package.json' },
    files: ['bin', 'dist', 'docs', 'proto', 'CHANGELOG.md', 'README.id.md'],
    dependencies: root.dependencies,
  };
}

/** Builds the package and returns its folder. */
export function buildPackage(): string {
  const folder = join(ROOT, 'build', 'package');
  rmSync(folder, { recursive: true, force: true });
  mustRun('tsc', ['-p', 'tsconfig.build.json']);
  for (const file of COPIED) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), undefined, 2)}\n`);
  return folder;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) buildPackage();
