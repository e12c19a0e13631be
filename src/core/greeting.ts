// Who may come in, as whom, and what the two sides agree on (docs/protocol.md §6, §7).
import { Fault } from '../protocol/faults.ts';
import { type Hello, Mark } from '../protocol/gen/kentongan/v1/kentongan.ts';
import {
  APPENDS_IN_FLIGHT_PER_SESSION_MAX,
  FRAME_BYTES_MAX,
  SESSIONS_PER_USER_MAX,
  TEXT_BYTES_MAX,
} from '../protocol/limits.ts';
import { VERSION_MAX, VERSION_MIN } from '../protocol/version.ts';
import { welcomeFrame } from './answers.ts';
import { userKeyOf } from './members.ts';
import { canonicalName } from './names.ts';
import { chatRateOf } from './rate.ts';
import type { Session } from './session.ts';
import { type Claim, keyHashOf, type User } from './user.ts';

const KEY_NEEDS_TLS = 'nothing proves a key on this connection; come with it over TLS: kentongan://';

/**
 * Whether somebody who says this may come in at all, whatever the name.
 * @throws Fault VERSION, KEY_REQUIRED, TLS_REQUIRED, PASSWORD_WRONG
 */
export function assertLetIn({ hub, connection }: Session, hello: Hello): void {
  const { settings } = hub;
  if (hello.versionMin > VERSION_MAX || hello.versionMax < VERSION_MIN) {
    throw new Fault('VERSION', { limit: VERSION_MAX });
  }
  const hasKey = hello.key.length > 0;
  if (settings.membersOnly && !hasKey) throw new Fault('KEY_REQUIRED');
  if (hasKey && connection.bindings.size === 0) throw new Fault('TLS_REQUIRED', { text: KEY_NEEDS_TLS });
  // Whose name is bound was let in before.
  if (hasKey && isKnown({ hub }, hello)) return;
  if (settings.admission?.admits(hello.password) === false) throw new Fault('PASSWORD_WRONG');
}

/**
 * Whether this is the secret of somebody who is known here, or a key with a name: no guess, for 32 random bytes can
 * not be guessed. Who shares an address with those who guess is not kept out for that.
 */
export function isKnown({ hub }: Pick<Session, 'hub'>, { key, secret }: Hello): boolean {
  const { users, names, ports } = hub;
  if (key.length > 0) return names.isBound(users.byKey(userKeyOf(keyHashOf(key, ports.crypto))));
  return secret.length > 0 && users.byKey(userKeyOf(ports.crypto.sha256(secret))) !== undefined;
}

/** @throws Fault NAME_BAD */
export function keyClaimOf({ hub, connection }: Session, { key, name }: Hello): Claim {
  const hash = keyHashOf(key, hub.ports.crypto);
  return { hash, name: canonicalName(name), mark: Mark.BOUND, plain: connection.plain };
}

/**
 * Lets a guest in, or somebody without a name.
 * @throws Fault as `assertLetIn`, `Users.claim` and `enter`; NAME_BAD
 */
export function visit(session: Session, hello: Hello): User | undefined {
  assertLetIn(session, hello);
  if (hello.name === '') return undefined;
  const { hub, connection } = session;
  const hash = hub.ports.crypto.sha256(hello.secret);
  const claim = { hash, name: canonicalName(hello.name), mark: Mark.GUEST, plain: connection.plain };
  const user = hub.users.claim(claim, hub.ports.clock.monotonic());
  enter(session, hello, user);
  return user;
}

/**
 * Gives the session its user. Older sessions of the same guest give way, unless this one comes in beside them; those
 * of one key are always beside each other.
 * @throws Fault TOO_MANY_SESSIONS
 */
export function enter(session: Session, hello: Hello, user: User): void {
  const { hub } = session;
  const isBeside = hello.beside || hello.key.length > 0;
  if (isBeside && user.sessions.size >= SESSIONS_PER_USER_MAX) {
    throw new Fault('TOO_MANY_SESSIONS', { limit: SESSIONS_PER_USER_MAX });
  }
  const older = isBeside ? [] : [...user.sessions];
  hub.enteredBy(user, session);
  for (const other of older) other.end(new Fault('REPLACED'));
}

/** Sends the Welcome. */
export function welcome(session: Session, ref: number, hello: Hello, user: User | undefined): void {
  const { hub } = session;
  hub.welcomed(session);
  session.outlet.answer(welcomeFrame(ref, welcomeOf(session, hello, user)));
  hub.ports.observe({
    event: 'welcomed',
    session: session.number,
    address: session.connection.address,
    name: user?.name ?? '',
    software: hello.software,
  });
}

function welcomeOf(
  session: Session,
  hello: Hello,
  user: User | undefined,
): Parameters<typeof welcomeFrame>[1] {
  const { settings, serverId, ports } = session.hub;
  const { perSecond, burst } = chatRateOf(settings, user?.folded);
  return {
    version: Math.min(hello.versionMax, VERSION_MAX),
    // No capability exists yet, so none is shared.
    capabilities: [],
    serverId,
    software: settings.software,
    name: user?.name ?? '',
    user: user?.id ?? new Uint8Array(0),
    mark: user?.mark ?? Mark.UNSPECIFIED,
    limits: {
      frameBytes: FRAME_BYTES_MAX,
      textBytes: TEXT_BYTES_MAX,
      rooms: settings.roomsPerSession,
      inFlight: APPENDS_IN_FLIGHT_PER_SESSION_MAX,
      rate: perSecond,
      burst,
    },
    windowBytes: settings.windowBytes,
    pingIntervalMs: settings.pingIntervalMs,
    stallMs: settings.stallMs,
    graceMs: settings.graceMs,
    rooms: Array.from(user?.rooms ?? [], ({ name }) => name),
    now: ports.clock.now(),
    logsPrivate: settings.logsPrivate,
  };
}
