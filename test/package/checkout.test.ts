// What the README promises of a checkout after `npm ci`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, runTool } from '../../scripts/tools.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

test('npx kentongan runs the checkout, without a network', () => {
  // What npx does; the registry is not asked, and nothing of that name is installed.
  const ran = runTool('npm', ['exec', '--offline', '--', 'kentongan', '--version']);
  expect(ran.status, ran.output).toBe(0);
  expect(ran.stdout.trim()).toContain(version);
});

test('npm start takes the options of serve', () => {
  const ran = runTool('npm', ['start', '--silent', '--', '--help']);
  expect(ran.status, ran.output).toBe(0);
  expect(ran.stdout).toContain('--data');
});
