import { expect, test } from 'vitest';
import { FaultCode } from '../../src/protocol/index.ts';
import { Users } from '../../src/core/user.ts';

/** Two hashes that look alike on the wire, where only 8 bytes stand. */
const ONE = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(7).fill(8, 8);

test('KTG-7.4 users are told apart by all 32 bytes', () => {
  const users = new Users();
  const alice = users.claim(ONE, 'alice', 0);
  expect(users.claim(ONE, 'alice', 0)).toBe(alice);
  expect(() => users.claim(OTHER, 'alice', 0)).toThrow(
    expect.objectContaining({ code: FaultCode.NAME_HELD }),
  );
  const bob = users.claim(OTHER, 'bob', 0);
  expect(bob).not.toBe(alice);
  expect(bob.id).toEqual(alice.id);
  users.remove(bob);
  expect(users.claim(ONE, 'alice', 0)).toBe(alice);
});
