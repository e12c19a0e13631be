// What a running server does for those who ask it over its status socket.
import type { ControlHandler, StatusQuestion } from '../control/socket.ts';
import type { ServerStatus } from '../control/status.ts';
import type { InviteFacts, NameStatus } from '../control/access.ts';
import type { BoundName } from '../core/ports.ts';
import { USER_BYTES } from '../protocol/limits.ts';
import { labCode } from './access.ts';
import { readLiveHeap } from './live-heap.ts';
import { nodeCrypto } from './node-ports.ts';
import type { Parts } from './parts.ts';

/** What a server does for programs that embed it, too. */
type Shared = Pick<ControlHandler, 'announce' | 'erase'> & { status(): ServerStatus };

export function controlHandler(server: Shared, parts: Parts): ControlHandler {
  const { hub, invites, observe } = parts;
  return {
    status: (question) => answer(question, server, parts),
    announce: (room, text) => server.announce(room, text),
    erase: (room, seq) => server.erase(room, seq),
    invite: async ({ expiresMs, note = '' }) => {
      if (expiresMs === undefined) return inviteFacts(parts, labCode(invites, parts.clock.now()));
      const made = await invites.make({ now: parts.clock.now(), expiresMs, note });
      observe({ event: 'invite-made', number: made.number });
      return inviteFacts(parts, made);
    },
    invites: () => invites.list(parts.clock.now()),
    revoke: async (which) => {
      const count = await invites.revoke(which);
      if (count > 0) observe({ event: 'invites-revoked', count });
      return count;
    },
    names: () => [
      ...hub.boundNames().map((bound) => ({ ...nameStatus(bound), sessions: bound.sessions })),
      ...hub.releasedNames().map((released) => ({
        ...nameStatus(released),
        sessions: 0,
        releasedUntil: released.until,
      })),
    ],
    release: (name) =>
      new Promise((resolve, reject) => {
        hub.releaseName(name, (result) => {
          if (result === 'released') resolve();
          else reject(new Error(result));
        });
      }),
  };
}

function nameStatus({ name, key, boundAt, usedAt, source }: BoundName): Omit<NameStatus, 'sessions'> {
  const user = Buffer.from(nodeCrypto.sha256(key)).toString('hex', 0, USER_BYTES);
  return { name, user, boundAt, usedAt, source };
}

async function answer(
  { heap, measure }: StatusQuestion,
  server: Shared,
  parts: Parts,
): Promise<ServerStatus> {
  const measuredDelayMs = measure === true ? parts.measure.take() : undefined;
  // Behind the measurement: it stops the event loop itself.
  const live = heap === true ? await readLiveHeap() : undefined;
  return { ...server.status(), measuredDelayMs, heap: live };
}

function inviteFacts(
  { listener, admission, settings }: Parts,
  code: { readonly code: string; readonly expiresAt: number } | undefined,
): InviteFacts {
  const { host: address, port } = listener.address;
  return {
    address,
    port,
    names: settings.net.names ?? [],
    fingerprint: listener.fingerprint,
    code: code?.code,
    expiresAt: code?.expiresAt,
    isDemanding: admission.isDemanding,
  };
}
