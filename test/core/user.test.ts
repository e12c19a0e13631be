import { expect, test } from 'vitest';
import { FaultCode, Mark } from '../../src/protocol/index.ts';
import { type Claim, Users } from '../../src/core/user.ts';

/** Two hashes that look alike on the wire, where only 8 bytes stand. */
const ONE = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(7).fill(8, 8);

const guest = (hash: Uint8Array, name: string): Claim => ({ hash, name, mark: Mark.GUEST, plain: false });

test('KTG-7.4 users are told apart by all 32 bytes', () => {
  const users = new Users();
  const alice = users.claim(guest(ONE, 'alice'), 0);
  expect(users.claim(guest(ONE, 'alice'), 0)).toBe(alice);
  expect(() => users.claim(guest(OTHER, 'alice'), 0)).toThrow(
    expect.objectContaining({ code: FaultCode.NAME_HELD }),
  );
  const bob = users.claim(guest(OTHER, 'bob'), 0);
  expect(bob).not.toBe(alice);
  expect(bob.id).toEqual(alice.id);
  users.remove(bob);
  expect(users.claim(guest(ONE, 'alice'), 0)).toBe(alice);
});
