// Answers a Hello: who this is, and what the two sides agree on (docs/protocol.md §6).
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
import { canonicalName } from './names.ts';
import { chatRateOf } from './rate.ts';
import type { Session } from './session.ts';
import type { User } from './user.ts';

/**
 * Gives the session its user, if it wants a name, and sends the Welcome.
 * @throws Fault VERSION, NAME_BAD, NAME_TAKEN, NAME_HELD, SECRET_USED, TOO_MANY_SESSIONS
 */
export function greet(session: Session, ref: number, hello: Hello): User | undefined {
  const { hub } = session;
  if (hello.versionMin > VERSION_MAX || hello.versionMax < VERSION_MIN) {
    throw new Fault('VERSION', { limit: VERSION_MAX });
  }
  const user = hello.name === '' ? undefined : takePlace(session, hello);
  hub.welcomed(session);
  session.outlet.answer(welcomeFrame(ref, welcomeOf(session, hello, user)));
  hub.ports.observe({
    event: 'welcomed',
    session: session.number,
    address: session.connection.address,
    name: user?.name ?? '',
    software: hello.software,
  });
  return user;
}

/** Sessions of the same user give way, unless this one comes in beside them. */
function takePlace(session: Session, hello: Hello): User {
  const { hub } = session;
  const { clock, crypto } = hub.ports;
  const user = hub.users.claim(crypto.sha256(hello.secret), canonicalName(hello.name), clock.monotonic());
  if (hello.beside && user.sessions.size >= SESSIONS_PER_USER_MAX) {
    throw new Fault('TOO_MANY_SESSIONS', { limit: SESSIONS_PER_USER_MAX });
  }
  const older = hello.beside ? [] : [...user.sessions];
  hub.enteredBy(user, session);
  for (const other of older) other.end(new Fault('REPLACED'));
  return user;
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
    mark: user === undefined ? Mark.UNSPECIFIED : Mark.GUEST,
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
