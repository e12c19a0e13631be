import { execPath } from 'node:process';
import { expect, test } from 'vitest';
import { missingPackages } from '../system-requirements.ts';

test('a program that is not there is named by its Debian package, one that is there is not', () => {
  expect(
    missingPackages([
      { program: execPath, args: ['--version'], debian: 'nodejs' },
      { program: 'kentongan-no-such-program', args: [], debian: 'iproute2' },
      { program: execPath, args: ['--no-such-flag'], debian: 'tmux' },
    ]),
  ).toEqual(['iproute2', 'tmux']);
});
