import { expect, test } from 'vitest';
import { writeState } from '../../../clients/cli/state-directory.ts';

// The recursive mkdir of Node.js tries for ever where the parent exists and nothing can be made in it.
test('a state directory in /proc is refused, not tried for ever', () => {
  expect(() => writeState('/proc/none/below/state.json', '{}')).toThrow(/ENOENT|EPERM|EACCES/);
});
